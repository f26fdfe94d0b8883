import { type AuditReceipt, type Hash, leafHash, type SignedCheckpoint } from '@branchline/audit-sink'
import type { Connection, Stream } from '@libp2p/interface'
import { isPassing } from '../content/admission.ts'
import { MessengerError } from '../errors.ts'
import { STOP_TIMEOUT_MS } from '../limits.ts'
import type { ReceivedMessage } from '../messages.ts'
import { Recorded } from '../recorded.ts'
import type { Frame, Message } from '../wire/frame.ts'
import type { LogProof } from '../wire/proof.ts'
import { FrameReader } from '../wire/reader.ts'
import { FrameWriter } from '../wire/writer.ts'
import { type CheckedMessage, type OpenedMessage, openMessage, readContent } from './check-message.ts'
import type { DeliveryContext } from './context.ts'
import { isNotAsItWas } from './own-log.ts'
import { readInTime } from './read-in-time.ts'
import { receivedEntry, receivedMessage } from './received.ts'
import { recordRefusal, tooOften } from './record-refusal.ts'
import { type Greeted, StreamLogs } from './stream-logs.ts'

export interface IncomingInit {
  readonly context: DeliveryContext
  /** Called once a message, and only when its record is durable. */
  readonly onMessage: (message: Recorded<ReceivedMessage>) => void
  readonly onRefused: (from: string, error: MessengerError) => void
  /** Called for who is no member, and so is not listened to. */
  readonly onTurnedAway: (from: string, error: MessengerError) => void
}

/** One stream on which a peer sends to us. */
interface Side {
  readonly from: string
  readonly writer: FrameWriter
  readonly logs: StreamLogs
  /** Nothing more is looked at: a message was refused that will come again, and nothing may overtake it. */
  isOver: boolean
}

interface Checked {
  readonly checked: CheckedMessage
  /** Of its place in its author's log, to be kept. */
  readonly proof: string
}

/** Text from peers: check, record, then receipt and event; in this order, and no other way. */
export class Incoming {
  readonly #init: IncomingInit
  readonly #recording = new Map<Hash, Promise<Recorded<ReceivedMessage>>>()
  /** Messages whose records may still be written, or are, although the sender was told that they are not taken. */
  readonly #unshown = new Set<Hash>()
  readonly #streams = new Map<Stream, { readonly reader: FrameReader; readonly writer: FrameWriter }>()
  /** All work on what has come, until it is answered. */
  readonly #underWay = new Set<Promise<void>>()
  #lastLookup: Promise<unknown> = Promise.resolve()
  #closed = false

  constructor(init: IncomingInit) {
    this.#init = init
  }

  handle(stream: Stream, connection: Connection): void {
    const from = connection.remotePeer.toString()
    const why = this.#init.context.roster.whyNot(from)
    if (why !== undefined) {
      this.#init.onTurnedAway(from, why)
      stream.abort(why)
      return
    }
    const writer = new FrameWriter(stream)
    const logs = new StreamLogs(this.#init.context, from, writer)
    const side: Side = { from, writer, logs, isOver: false }
    const reader = new FrameReader({
      stream,
      onFrame: (frame) => this.#onFrame(frame, side),
      onError: (error) => void this.#track(this.#refuseStream(stream, writer, from, error)),
    })
    this.#streams.set(stream, { reader, writer })
    stream.addEventListener('close', () => this.#streams.delete(stream))
    stream.addEventListener('remoteCloseWrite', () => void writer.close(STOP_TIMEOUT_MS))
  }

  async #onFrame({ hello, message }: Frame, side: Side): Promise<void> {
    if (hello !== undefined) return side.logs.onHello(hello)
    if (message === undefined) throw new MessengerError('FRAME_UNEXPECTED', 'only messages belong here')
    const greeted = await side.logs.greeted(true)
    // From here to `prove` without a pause: proofs go on from each other, in the order in which they came.
    if (this.#closed || side.isOver) return
    await this.#track(this.#answer(message, side, greeted))
    await side.writer.room()
  }

  async #track(work: Promise<void>): Promise<void> {
    this.#underWay.add(work)
    try {
      await work
    } finally {
      this.#underWay.delete(work)
    }
  }

  async #answer(message: Message, side: Side, greeted: Greeted): Promise<void> {
    try {
      await this.#take(message, side, greeted)
    } catch (error) {
      if (!(error instanceof MessengerError)) throw error
      await this.#refuse(message, side, greeted, error)
    }
  }

  /** Check, record, receipt. */
  async #take(message: Message, side: Side, greeted: Greeted): Promise<void> {
    const { context } = this.#init
    if (context.stopped !== undefined) throw context.stopped
    const { own, theirs } = greeted
    const { checked, proof } = this.#check(message, side, greeted)
    const proven = theirs.proven as SignedCheckpoint
    const unkept = theirs.takeUnkept()
    const recording = this.#recordOnce(checked, proof, unkept)
    const [recorded, cosignature] = await Promise.all([
      recording,
      side.logs.cosign(proven),
      side.logs.kept(greeted, unkept, recording),
    ])
    await new Promise<void>((resolve, reject) => {
      const write = (proof: LogProof): boolean => {
        if (context.stopped !== undefined) throw context.stopped
        side.writer.receipt(recorded, proof, cosignature)
        resolve()
        return true
      }
      own.send(recorded.receipt.seq, write, reject)
    })
  }

  /** A message that is refused for what it is may still prove its log, for the sake of those after it. */
  #check(message: Message, side: Side, { theirs }: Greeted): Checked {
    const { from, logs } = side
    const proof = logs.proofs.read(message.proof)
    let opened: OpenedMessage
    const { roster, self } = this.#init.context
    try {
      for (const peer of [self, from]) roster.assertTakesPart(peer)
      opened = openMessage(message, from, self)
    } catch (error) {
      side.isOver = isPassingError(error)
      if (proof !== undefined) theirs.follow(proof)
      throw error
    }
    const { id: leaf, record } = opened
    theirs.prove({ seq: record.seq, leaf }, proof)
    try {
      return { checked: readContent(opened, self, roster), proof: theirs.fileOf(record.seq, proof as LogProof) }
    } catch (error) {
      side.isOver = isPassingError(error)
      throw error
    }
  }

  /** A refusal names its message wherever it can: one that does not is of all that is under way on the stream. */
  async #refuse({ record }: Message, side: Side, greeted: Greeted, error: MessengerError): Promise<void> {
    const { from, writer, logs } = side
    const message = record.length === 0 ? undefined : leafHash(record)
    const { context, onRefused } = this.#init
    const unrecorded = isOurFault(error) ? 0 : context.refusals.admit(from, error)
    if (unrecorded === undefined) this.#refuseNoMore(side, message)
    try {
      if (isOurFault(error)) throw error
      onRefused(from, error)
      const checkpoint = greeted.theirs.takeUnkept()
      const recording = recordRefusal(context, { from, error, message, checkpoint, unrecorded })
      await Promise.all([recording, logs.kept(greeted, checkpoint, recording)])
      writer.refusal({ message, code: error.code, reason: error.message })
    } catch (ours) {
      context.auditFailed(ours)
      const reason = 'the record cannot be kept here at present, so the message was not taken'
      writer.refusal({ message, code: 'AUDIT_UNAVAILABLE', reason })
    }
    if (side.isOver) void writer.close(STOP_TIMEOUT_MS)
  }

  /** What was proven with it stays unkept: nothing that rests on it is acknowledged, and another stream proves it anew. */
  #refuseNoMore({ writer }: Side, message: Hash | undefined): never {
    const error = tooOften()
    writer.refusal({ message, code: error.code, reason: error.message })
    throw error
  }

  /** A message that came before, or is being recorded right now, is neither recorded nor shown again. */
  async #recordOnce(
    checked: CheckedMessage,
    proof: string,
    seen: SignedCheckpoint | undefined,
  ): Promise<Recorded<ReceivedMessage>> {
    const under = this.#recording.get(checked.id)
    if (under !== undefined) return under
    const recording = this.#record(checked, proof, seen)
    this.#recording.set(checked.id, recording)
    try {
      return await recording
    } finally {
      this.#recording.delete(checked.id)
    }
  }

  async #record(
    checked: CheckedMessage,
    proof: string,
    seen: SignedCheckpoint | undefined,
  ): Promise<Recorded<ReceivedMessage>> {
    const { sink, self, recordTimeoutMs, roster } = this.#init.context
    const valueOf = (receipt: AuditReceipt): ReceivedMessage => receivedMessage(checked, receipt, roster)
    const known = await this.#lookup(checked.id)
    if (known !== undefined) return this.#recall(known, checked.id, valueOf)
    if (this.#unshown.has(checked.id)) {
      throw new MessengerError('AUDIT_UNAVAILABLE', 'the message came before, and its record is still being written')
    }
    const message = await Recorded.mint(sink, receivedEntry(checked, proof, self, seen), valueOf, {
      timeoutMs: recordTimeoutMs,
      onGivenUp: () => this.#unshown.add(checked.id),
    })
    this.#init.onMessage(message)
    return message
  }

  async #recall(
    seq: number,
    id: Hash,
    valueOf: (receipt: AuditReceipt) => ReceivedMessage,
  ): Promise<Recorded<ReceivedMessage>> {
    const { sink, recordTimeoutMs } = this.#init.context
    const message = await readInTime(
      Recorded.recall(sink, { kind: 'received', seq, message: id }, valueOf),
      recordTimeoutMs,
    )
    if (this.#unshown.delete(id)) this.#init.onMessage(message)
    return message
  }

  /** One after the other: records are appended in the order in which lookups end, and that must be the order of arrival. */
  async #lookup(id: Hash): Promise<number | undefined> {
    const { sink, recordTimeoutMs } = this.#init.context
    const lookup = readInTime(
      this.#lastLookup.then(() => sink.lookup(id)),
      recordTimeoutMs,
    )
    this.#lastLookup = lookup.catch(() => undefined)
    return lookup
  }

  async #refuseStream(stream: Stream, writer: FrameWriter, from: string, error: MessengerError): Promise<void> {
    const { context, onRefused } = this.#init
    if (isNotAsItWas(error)) context.stop(error)
    else if (isOurFault(error)) context.auditFailed(error)
    else if (context.refusals.mayTell(from)) onRefused(from, error)
    if (error.code.startsWith('LOG_')) await this.#recordStream(from, error)
    // The message that was one too many was named; those before it may be sent again.
    if (error.code !== 'REFUSED_TOO_OFTEN') writer.refusal({ code: error.code, reason: error.message })
    await writer.close(STOP_TIMEOUT_MS)
    stream.abort(error)
  }

  async #recordStream(from: string, error: MessengerError): Promise<void> {
    const { context } = this.#init
    const unrecorded = context.refusals.admit(from, error)
    if (unrecorded === undefined) return
    await recordRefusal(context, { from, error, unrecorded }).catch((ours: unknown) => context.auditFailed(ours))
  }

  /** Reads no more, and ends all streams after the answers to what is being recorded have gone out. */
  async close(): Promise<void> {
    this.#closed = true
    const streams = [...this.#streams.values()]
    for (const { reader } of streams) reader.end()
    await Promise.allSettled(this.#underWay)
    await Promise.all(streams.map(({ writer }) => writer.close(STOP_TIMEOUT_MS)))
  }
}

function isPassingError(error: unknown): boolean {
  return error instanceof MessengerError && isPassing(error.code)
}

/** Whether it is our own log that keeps us from taking a message, and not the message. */
function isOurFault({ code }: MessengerError): boolean {
  return code === 'AUDIT_UNAVAILABLE' || code === 'AUDIT_RECEIPT_WRONG'
}
