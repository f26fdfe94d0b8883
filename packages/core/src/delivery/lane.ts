import { leafHash } from '@branchline/audit-sink'
import type { Stream } from '@libp2p/interface'
import { isPassing } from '../content/admission.ts'
import { MessengerError } from '../errors.ts'
import { inTime } from '../in-time.ts'
import { OPEN_TIMEOUT_MS, STOP_TIMEOUT_MS } from '../limits.ts'
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
import { Reopening } from './reopening.ts'
import { type Greeted, StreamLogs } from './stream-logs.ts'
import { type Answer, type OnItsWay, UnderWay } from './under-way.ts'
import { SendWindow } from './window.ts'

/** A stream that is open, and on which both have said hello. */
interface Side extends Greeted {
  readonly stream: Stream
  readonly writer: FrameWriter
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
  readonly #underWay: UnderWay
  #side: Side | undefined
  readonly #cosignatures: CosignatureCheck
  #opening: Promise<void> | undefined
  readonly #reopening: Reopening
  #noted: Promise<void> = Promise.resolve()
  #closed = false

  constructor(context: DeliveryContext, peer: string) {
    this.#context = context
    this.#peer = peer
    this.#underWay = new UnderWay(peer)
    this.#reopening = new Reopening({
      isNeeded: () => this.#side === undefined && !this.#underWay.isEmpty && !this.#closed,
      isPatient: () => this.#underWay.isPatient,
      open: () => this.open(),
      onFailed: (error) => context.log('no stream to %s yet: %e', peer, error),
    })
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

  /**
   * Sends a recorded message and waits for its answer; always gets one, at the deadline if not before.
   * @param deadline - by `performance.now()`; none: it is tried until it is answered, withdrawn, or the lane is closed
   */
  async deliver(message: Recorded<SentMessage>, deadline?: number): Promise<Answer> {
    return new Promise((answer) => {
      const one = { message, deadline, answer, written: false, checkpoint: undefined }
      this.#underWay.add(one)
      if (this.#closed) this.#underWay.end()
      else if (this.#side !== undefined) this.#write(this.#side, one)
      else this.#reopening.begin()
    })
  }

  /** Gives up what is under way and fits: its answer is `withheld` or `unconfirmed`. */
  withdraw(fits: (message: SentMessage) => boolean): void {
    for (const one of this.#underWay.all()) if (fits(one.message.value)) this.#underWay.giveUp(one)
  }

  /** The peer may be there now, or may take what it did not take before. */
  hurry(): void {
    this.#reopening.hurry()
  }

  #write(side: Side, one: OnItsWay): void {
    const write = (proof: LogProof): boolean => {
      // By now it may have been given up, or the stream lost.
      if (this.#side !== side || !this.#underWay.has(one)) return false
      if (this.#context.roster.whyNot(this.#peer) !== undefined) return false
      if (this.#context.stopped !== undefined) throw this.#context.stopped
      one.written = true
      one.checkpoint = { origin: this.#context.sink.origin, ...proof.checkpoint }
      side.writer.message(one.message, proof)
      return true
    }
    side.own.send(one.message.value.seq, write, (error) => {
      this.#context.auditFailed(error)
      if (!this.#underWay.has(one)) return
      // What may wait is not over because it could not be proven now: it comes again on another stream.
      if (one.deadline === undefined) side.stream.abort(error instanceof Error ? error : new Error(String(error)))
      else this.#underWay.giveUp(one)
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
      for (const one of this.#underWay.all()) this.#write(side, one)
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
    this.#reopening.begin()
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
    const one = this.#underWay.get(record.message)
    // A message that was sent twice is answered twice.
    if (one === undefined) return
    assertReceiptFor(one.message, record, { from: this.#peer, self: this.#context.self })
    const cosigned = this.#cosignatures.check(one.checkpoint, theirs, cosignature)
    this.#reopening.succeeded()
    this.#underWay.settle(one, { result: 'delivered', line, record, checkpoint: theirs.takeUnkept(), cosigned })
  }

  /**
   * A refusal that names no message is of the stream, and so of all that is under way on it. What may wait outlives that,
   * and a refusal that will pass: it comes again on another stream, and with it what is after it.
   */
  #onRefusal({ message, code, reason }: Refusal, logs: StreamLogs): void {
    const id = Buffer.from(message).toString('hex')
    if (id === '') logs.fail(refusedBy(this.#peer, code, reason))
    for (const one of this.#underWay.all()) {
      if (id !== '' && id !== one.message.value.id) continue
      const isKept = one.deadline === undefined && (id === '' || isPassing(code))
      if (!isKept) this.#underWay.settle(one, { result: 'refused', code, reason })
      else this.#side?.stream.abort(new Error(`a message was refused that will come again: ${code}`))
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#underWay.end()
    this.#reopening.hurry()
    const side = this.#side
    this.#side = undefined
    await Promise.all([side?.writer.close(STOP_TIMEOUT_MS), this.#noted])
  }
}
