import { setTimeout as pause } from 'node:timers/promises'
import { type AuditRecord, type Hash, leafHash, type SignedCheckpoint } from '@branchline/audit-sink'
import type { Stream } from '@libp2p/interface'
import { MessengerError } from '../errors.ts'
import { inTime } from '../in-time.ts'
import { OPEN_TIMEOUT_MS, REOPEN_PAUSES_MS, STOP_TIMEOUT_MS, SWEEP_INTERVAL_MS } from '../limits.ts'
import type { SentMessage } from '../messages.ts'
import type { Recorded } from '../recorded.ts'
import type { Frame, Receipt, Refusal } from '../wire/frame.ts'
import type { LogProof } from '../wire/proof.ts'
import { FrameReader } from '../wire/reader.ts'
import { FrameWriter } from '../wire/writer.ts'
import type { DeliveryContext } from './context.ts'
import { CosignatureCheck } from './cosignature-check.ts'
import { isNotAsItWas } from './own-log.ts'
import { assertReceiptFor, parseReceipt, proveReceipt } from './receipt.ts'
import { recordRefusal } from './record-refusal.ts'
import { refusedBy, unreachable } from './no-delivery.ts'
import { type Greeted, StreamLogs } from './stream-logs.ts'
import { SendWindow } from './window.ts'

export type Answer =
  | ({ readonly result: 'delivered'; readonly line: Uint8Array; readonly record: AuditRecord } & Seen)
  | { readonly result: 'refused'; readonly code: string; readonly reason: string }
  | { readonly result: 'unconfirmed' | 'withheld'; readonly error: MessengerError }

/** What a receipt told of the two logs, as far as it is new. */
interface Seen {
  /** The peer's, larger than any on record. */
  readonly checkpoint: SignedCheckpoint | undefined
  /** One of ours as a signed note, with the peer's signature under it. */
  readonly cosigned: string | undefined
}

/** A stream that is open, and on which both have said hello. */
interface Side extends Greeted {
  readonly stream: Stream
  readonly writer: FrameWriter
}

interface UnderWay {
  readonly message: Recorded<SentMessage>
  readonly deadline: number
  readonly answer: (answer: Answer) => void
  /** Whether a byte of it has been given to a stream. */
  written: boolean
  /** The checkpoint that was sent with it last. */
  checkpoint: SignedCheckpoint | undefined
}

/**
 * Our stream to one peer, and what is under way on it. When the stream is lost while receipts are missing it is opened
 * again and all that is under way is sent once more, in order: the peer records each message once (spec/wire.md
 * section 7).
 */
export class Lane {
  readonly window = new SendWindow()
  readonly #context: DeliveryContext
  readonly #peer: string
  readonly #underWay = new Map<Hash, UnderWay>()
  #side: Side | undefined
  readonly #cosignatures: CosignatureCheck
  #opening: Promise<void> | undefined
  #reopening = false
  /** Streams that were opened, or could not be, since the last answer. */
  #attempts = 0
  #sweeper: NodeJS.Timeout | undefined
  #noted: Promise<void> = Promise.resolve()
  #closed = false

  constructor(context: DeliveryContext, peer: string) {
    this.#context = context
    this.#peer = peer
    this.#cosignatures = new CosignatureCheck(context.sink.key)
  }

  get isOpen(): boolean {
    return this.#side !== undefined
  }

  /** @throws MessengerError PEER_UNREACHABLE */
  async open(): Promise<void> {
    if (this.#side !== undefined) return
    this.#opening ??= this.#connect().finally(() => {
      this.#opening = undefined
    })
    await this.#opening
  }

  /** Sends a recorded message and waits for its answer; always gets one, at the deadline if not before. */
  async deliver(message: Recorded<SentMessage>, deadline: number): Promise<Answer> {
    return new Promise((answer) => {
      const underWay = { message, deadline, answer, written: false, checkpoint: undefined }
      this.#underWay.set(message.value.id, underWay)
      this.#sweeper ??= setInterval(() => this.#sweep(), SWEEP_INTERVAL_MS)
      if (this.#closed) this.#giveUp(underWay)
      else if (this.#side !== undefined) this.#write(this.#side, underWay)
      else void this.#reopen()
    })
  }

  #write(side: Side, underWay: UnderWay): void {
    const { id, seq } = underWay.message.value
    const write = (proof: LogProof): boolean => {
      // By now it may have been given up, or the stream lost.
      if (this.#side !== side || this.#underWay.get(id) !== underWay) return false
      if (this.#context.roster.whyNot(this.#peer) !== undefined) return false
      if (this.#context.stopped !== undefined) throw this.#context.stopped
      underWay.written = true
      underWay.checkpoint = { origin: this.#context.sink.origin, ...proof.checkpoint }
      side.writer.message(underWay.message, proof)
      return true
    }
    side.own.send(seq, write, (error) => {
      this.#context.auditFailed(error)
      if (this.#underWay.get(id) === underWay) this.#giveUp(underWay)
    })
  }

  async #connect(): Promise<void> {
    const signal = AbortSignal.timeout(OPEN_TIMEOUT_MS)
    let stream: Stream
    try {
      this.#context.roster.assertTakesPart(this.#peer)
      stream = await this.#context.openStream(this.#peer, signal)
    } catch (cause) {
      throw unreachable(this.#peer, cause)
    }
    if (this.#closed || stream.status !== 'open' || stream.remoteWriteStatus !== 'writable') {
      const cause = new Error('the stream was ended before it was used')
      stream.abort(cause)
      throw unreachable(this.#peer, cause)
    }
    const writer = new FrameWriter(stream)
    const logs = new StreamLogs(this.#context, this.#peer, writer)
    const onError = (error: MessengerError): void => {
      logs.fail(error)
      stream.abort(error)
      this.#noted = this.#noted.then(() => this.#noteWrong(error))
    }
    void new FrameReader({ stream, onFrame: (frame) => this.#onFrame(frame, logs), onError })
    stream.addEventListener('remoteCloseWrite', () => stream.abort(new Error('the peer ended the stream')))
    stream.addEventListener('close', () => {
      logs.fail(unreachable(this.#peer, new Error('the stream was ended')))
      this.#lost(stream)
    })
    const late = (): MessengerError => unreachable(this.#peer, new Error('it did not say hello in time'))
    try {
      const side = { stream, writer, ...(await inTime(logs.greeted(), { timeoutMs: OPEN_TIMEOUT_MS, late })) }
      if (this.#closed || stream.status !== 'open') throw late()
      this.#side = side
      for (const underWay of this.#underWay.values()) this.#write(side, underWay)
    } catch (error) {
      stream.abort(error as Error)
      throw error
    }
  }

  /** What is wrong with the peer's log goes on record; what is wrong with ours stops us. */
  async #noteWrong(error: MessengerError): Promise<void> {
    if (isNotAsItWas(error)) this.#context.stop(error)
    if (!error.code.startsWith('LOG_')) return
    const unrecorded = this.#context.refusals.admit(this.#peer, error)
    if (unrecorded === undefined) return
    const recording = recordRefusal(this.#context, { from: this.#peer, error, unrecorded })
    await recording.catch((ours: unknown) => this.#context.auditFailed(ours))
  }

  #lost(stream: Stream): void {
    if (this.#side?.stream !== stream) return
    this.#side = undefined
    if (this.#underWay.size > 0) void this.#reopen()
  }

  /**
   * Goes on until the stream is there, or nothing is under way any more (the sweeper sees to that). The first attempt
   * after an answer is made at once; a peer that takes streams and ends them is asked as seldom as one that is away.
   */
  async #reopen(): Promise<void> {
    if (this.#reopening) return
    this.#reopening = true
    while (this.#side === undefined && this.#underWay.size > 0 && !this.#closed) {
      const attempt = this.#attempts++
      try {
        if (attempt > 0) await pause(REOPEN_PAUSES_MS[Math.min(attempt, REOPEN_PAUSES_MS.length) - 1])
        await this.open()
      } catch (error) {
        this.#context.log('no stream to %s yet: %e', this.#peer, error)
      }
    }
    this.#reopening = false
  }

  async #onFrame({ hello, receipt, refusal }: Frame, logs: StreamLogs): Promise<void> {
    if (hello !== undefined) await logs.onHello(hello)
    else if (receipt !== undefined) this.#onReceipt(receipt, logs, await logs.greeted(true))
    else if (refusal !== undefined) this.#onRefusal(refusal, logs)
    else throw new MessengerError('FRAME_UNEXPECTED', 'a peer sent a message where receipts belong')
  }

  #onReceipt({ record: line, ...wire }: Receipt, logs: StreamLogs, { theirs }: Greeted): void {
    const record = parseReceipt(line)
    proveReceipt(theirs, { seq: record.seq, leaf: leafHash(line) }, logs.proofs.read(wire.proof))
    const cosignature = logs.cosignatureIn(wire)
    const underWay = this.#underWay.get(record.message)
    // A message that was sent twice is answered twice.
    if (underWay === undefined) return
    assertReceiptFor(underWay.message, record, this.#context.self)
    const cosigned = this.#cosignatures.check(underWay.checkpoint, theirs, cosignature)
    this.#attempts = 0
    this.#settle(underWay, { result: 'delivered', line, record, checkpoint: theirs.takeUnkept(), cosigned })
  }

  /** A refusal that names no message is of the stream, and so of all that is under way on it. */
  #onRefusal({ message, code, reason }: Refusal, logs: StreamLogs): void {
    const refused = { result: 'refused', code, reason } as const
    const id = Buffer.from(message).toString('hex')
    if (id === '') logs.fail(refusedBy(this.#peer, code, reason))
    for (const underWay of this.#underWay.values()) {
      if (id === '' || id === underWay.message.value.id) this.#settle(underWay, refused)
    }
  }

  #sweep(): void {
    const now = Date.now()
    for (const underWay of this.#underWay.values()) if (underWay.deadline <= now) this.#giveUp(underWay)
  }

  /** Says no more than is known: what was given to a stream may have arrived. */
  #giveUp(underWay: UnderWay): void {
    const { written } = underWay
    const what = written
      ? `no receipt came from ${this.#peer}; the message is on record and may have arrived`
      : `${this.#peer} could not be reached; the message is on record, and not a byte of it was sent`
    const error = new MessengerError('NOT_CONFIRMED', what)
    this.#settle(underWay, { result: written ? 'unconfirmed' : 'withheld', error })
  }

  #settle(underWay: UnderWay, answer: Answer): void {
    this.#underWay.delete(underWay.message.value.id)
    if (this.#underWay.size === 0) {
      clearInterval(this.#sweeper)
      this.#sweeper = undefined
    }
    underWay.answer(answer)
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const underWay of this.#underWay.values()) this.#giveUp(underWay)
    const side = this.#side
    this.#side = undefined
    await Promise.all([side?.writer.close(STOP_TIMEOUT_MS), this.#noted])
  }
}
