import { setTimeout as pause } from 'node:timers/promises'
import type { AuditRecord, Hash } from '@branchline/audit-sink'
import type { Stream } from '@libp2p/interface'
import { MessengerError } from '../errors.ts'
import { OPEN_TIMEOUT_MS, REOPEN_PAUSES_MS, STOP_TIMEOUT_MS, SWEEP_INTERVAL_MS } from '../limits.ts'
import type { SentMessage } from '../messages.ts'
import type { Recorded } from '../recorded.ts'
import type { Frame, Refusal } from '../wire/frame.ts'
import { FrameReader } from '../wire/reader.ts'
import { FrameWriter } from '../wire/writer.ts'
import type { DeliveryContext } from './context.ts'
import { assertReceiptFor, parseReceipt } from './receipt.ts'
import { SendWindow } from './window.ts'

export type Answer =
  | { readonly result: 'delivered'; readonly line: Uint8Array; readonly record: AuditRecord }
  | { readonly result: 'refused'; readonly code: string; readonly reason: string }
  | { readonly result: 'unconfirmed' | 'withheld'; readonly error: MessengerError }

interface UnderWay {
  readonly message: Recorded<SentMessage>
  readonly deadline: number
  readonly answer: (answer: Answer) => void
  /** Whether a byte of it has been given to a stream. */
  written: boolean
}

/**
 * Our stream to one peer, and what is under way on it. When the stream is lost while receipts are missing it is opened
 * again and all that is under way is sent once more, in order: the peer records each message once (spec/wire.md
 * section 6).
 */
export class Lane {
  readonly window = new SendWindow()
  readonly #context: DeliveryContext
  readonly #peer: string
  readonly #underWay = new Map<Hash, UnderWay>()
  #stream: Stream | undefined
  #writer: FrameWriter | undefined
  #opening: Promise<void> | undefined
  #reopening = false
  /** Streams that were opened, or could not be, since the last answer. */
  #attempts = 0
  #sweeper: NodeJS.Timeout | undefined
  #closed = false

  constructor(context: DeliveryContext, peer: string) {
    this.#context = context
    this.#peer = peer
  }

  /** @throws MessengerError PEER_UNREACHABLE */
  async open(): Promise<void> {
    if (this.#writer !== undefined) return
    this.#opening ??= this.#connect().finally(() => {
      this.#opening = undefined
    })
    await this.#opening
  }

  /** Sends a recorded message and waits for its answer; always gets one, at the deadline if not before. */
  async deliver(message: Recorded<SentMessage>, deadline: number): Promise<Answer> {
    return new Promise((answer) => {
      const underWay = { message, deadline, answer, written: false }
      this.#underWay.set(message.value.id, underWay)
      this.#sweeper ??= setInterval(() => this.#sweep(), SWEEP_INTERVAL_MS)
      if (this.#closed) this.#giveUp(underWay)
      else if (this.#writer !== undefined) this.#write(this.#writer, underWay)
      else void this.#reopen()
    })
  }

  #write(writer: FrameWriter, underWay: UnderWay): void {
    underWay.written = true
    writer.message(underWay.message)
  }

  async #connect(): Promise<void> {
    const signal = AbortSignal.timeout(OPEN_TIMEOUT_MS)
    let stream: Stream
    try {
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
    void new FrameReader({ stream, onFrame: (frame) => this.#onFrame(frame), onError: (error) => stream.abort(error) })
    stream.addEventListener('remoteCloseWrite', () => stream.abort(new Error('the peer ended the stream')))
    stream.addEventListener('close', () => this.#lost(stream))
    this.#stream = stream
    this.#writer = writer
    for (const underWay of this.#underWay.values()) this.#write(writer, underWay)
  }

  #lost(stream: Stream): void {
    if (this.#stream !== stream) return
    this.#stream = undefined
    this.#writer = undefined
    if (this.#underWay.size > 0) void this.#reopen()
  }

  /**
   * Goes on until the stream is there, or nothing is under way any more (the sweeper sees to that). The first attempt
   * after an answer is made at once; a peer that takes streams and ends them is asked as seldom as one that is away.
   */
  async #reopen(): Promise<void> {
    if (this.#reopening) return
    this.#reopening = true
    while (this.#writer === undefined && this.#underWay.size > 0 && !this.#closed) {
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

  async #onFrame(frame: Frame): Promise<void> {
    if (frame.receipt !== undefined) this.#onReceipt(frame.receipt.record)
    else if (frame.refusal !== undefined) this.#onRefusal(frame.refusal)
    else throw new MessengerError('FRAME_UNEXPECTED', 'a peer sent a message where receipts belong')
  }

  #onReceipt(line: Uint8Array): void {
    const record = parseReceipt(line)
    const underWay = this.#underWay.get(record.message)
    // A message that was sent twice is answered twice.
    if (underWay === undefined) return
    assertReceiptFor(underWay.message, record, this.#context.self)
    this.#attempts = 0
    this.#settle(underWay, { result: 'delivered', line, record })
  }

  /** A refusal that names no message is of the stream, and so of all that is under way on it. */
  #onRefusal({ message, code, reason }: Refusal): void {
    const refused = { result: 'refused', code, reason } as const
    const id = Buffer.from(message).toString('hex')
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
    const writer = this.#writer
    this.#stream = undefined
    this.#writer = undefined
    await writer?.close(STOP_TIMEOUT_MS)
  }
}

export function unreachable(peer: string, cause?: unknown): MessengerError {
  const message = `there is no way to ${peer} now; nothing was recorded or sent`
  return new MessengerError('PEER_UNREACHABLE', message, { cause })
}
