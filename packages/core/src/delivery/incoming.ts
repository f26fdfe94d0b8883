import { type Hash, leafHash, type SignedCheckpoint } from '@branchline/audit-sink'
import type { Connection, Stream } from '@libp2p/interface'
import { isPassing } from '../content/admission.ts'
import { MessengerError } from '../errors.ts'
import { STOP_TIMEOUT_MS } from '../limits.ts'
import type { ReceivedMessage } from '../messages.ts'
import type { Recorded } from '../recorded.ts'
import type { Frame, Message } from '../wire/frame.ts'
import type { LogProof } from '../wire/proof.ts'
import { FrameReader } from '../wire/reader.ts'
import { FrameWriter } from '../wire/writer.ts'
import { type OpenedMessage, openMessage, readContent } from './check-message.ts'
import type { DeliveryContext } from './context.ts'
import { isNotAsItWas } from './own-log.ts'
import { recordRefusal, tooOften } from './record-refusal.ts'
import { type Greeted, StreamLogs } from './stream-logs.ts'
import { type Arrived, Taking } from './taking.ts'
import { type Place, type Turn, Turns } from './turn.ts'

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
  readonly turn: Turn
}

type Checked = Pick<Arrived, 'checked' | 'proof'>

/** Text from peers: check, record, then receipt and event; in this order, and no other way. */
export class Incoming {
  readonly #init: IncomingInit
  readonly #taking: Taking
  readonly #turns = new Turns()
  readonly #streams = new Map<Stream, Side & { readonly reader: FrameReader }>()
  /** All work on what has come, until it is answered. */
  readonly #underWay = new Set<Promise<void>>()
  #closed = false

  constructor(init: IncomingInit) {
    this.#init = init
    this.#taking = new Taking({ ...init, onFailed: (from, place) => this.#turns.end(from, place) })
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
    const side: Side = { from, writer, logs, turn: this.#turns.of(from) }
    const reader = new FrameReader({
      stream,
      onFrame: (frame) => this.#onFrame(frame, side),
      onError: (error) => void this.#track(this.#refuseStream(stream, writer, from, error)),
    })
    this.#streams.set(stream, { ...side, reader })
    stream.addEventListener('close', () => this.#streams.delete(stream))
    stream.addEventListener('remoteCloseWrite', () => void writer.close(STOP_TIMEOUT_MS))
  }

  async #onFrame({ hello, message }: Frame, side: Side): Promise<void> {
    if (hello !== undefined) return side.logs.onHello(hello)
    if (message === undefined) throw new MessengerError('FRAME_UNEXPECTED', 'only messages belong here')
    const greeted = await side.logs.greeted(true)
    // From here to `prove` without a pause: proofs go on from each other, in the order in which they came.
    if (this.#closed || side.turn.isOver) return
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
    const place = side.turn.enter()
    try {
      await this.#take(message, side, greeted, place)
    } catch (error) {
      if (!(error instanceof MessengerError)) throw error
      await this.#refuse(message, side, greeted, error)
    }
  }

  /** Check, record, receipt. */
  async #take(message: Message, side: Side, greeted: Greeted, place: Place): Promise<void> {
    const { context } = this.#init
    if (context.stopped !== undefined) throw context.stopped
    const { own, theirs } = greeted
    const { checked, proof } = this.#check(message, side, greeted, place)
    const proven = theirs.proven as SignedCheckpoint
    const unkept = theirs.takeUnkept()
    const recording = this.#taking.take({ checked, proof, seen: unkept, place })
    const work = [recording, side.logs.cosign(proven), side.logs.kept(greeted, unkept, recording)] as const
    // Whatever fails first, the answer waits for the end of the record: that may end the turn, and the answer its streams.
    await Promise.allSettled(work)
    const [recorded, cosignature] = await Promise.all(work)
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
  #check(message: Message, side: Side, { theirs }: Greeted, place: Place): Checked {
    const { from, logs } = side
    const proof = logs.proofs.read(message.proof)
    let opened: OpenedMessage
    const { roster, self } = this.#init.context
    try {
      for (const peer of [self, from]) roster.assertTakesPart(peer)
      opened = openMessage(message, from, self)
    } catch (error) {
      if (isPassingError(error)) this.#turns.end(from, place)
      if (proof !== undefined) theirs.follow(proof)
      throw error
    }
    const { id: leaf, record } = opened
    theirs.prove({ seq: record.seq, leaf }, proof)
    try {
      return { checked: readContent(opened, self, roster), proof: theirs.fileOf(record.seq, proof as LogProof) }
    } catch (error) {
      if (isPassingError(error)) this.#turns.end(from, place)
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
    if (side.turn.isOver) this.#endStreams(from)
  }

  /** Those on which nothing is taken any more: the peer comes again on another. */
  #endStreams(peer: string): void {
    for (const { from, turn, writer } of this.#streams.values()) {
      if (from === peer && turn.isOver) void writer.close(STOP_TIMEOUT_MS)
    }
  }

  /** What was proven with it stays unkept: nothing that rests on it is acknowledged, and another stream proves it anew. */
  #refuseNoMore({ writer }: Side, message: Hash | undefined): never {
    const error = tooOften()
    writer.refusal({ message, code: error.code, reason: error.message })
    throw error
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
