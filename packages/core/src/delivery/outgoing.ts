import type { AbortOptions, AuditReceipt } from '@branchline/audit-sink'
import { MessengerError } from '../errors.ts'
import { inTime } from '../in-time.ts'
import { EXPIRY_INTERVAL_MS, MAX_TEXT_BYTES, SEND_TIMEOUT_MS } from '../limits.ts'
import type { Delivery, MessageLedger, Outcome, SentMessage } from '../messages.ts'
import type { Recorded } from '../recorded.ts'
import type { DeliveryContext } from './context.ts'
import type { Heads } from './heads.ts'
import { Lane } from './lane.ts'
import type { Letter } from './letter.ts'
import { refusedBy, unreachable } from './no-delivery.ts'
import { type End, type Kept, Outbox } from './outbox.ts'
import { recordOutcome } from './outcomes.ts'
import { restore, type Restored } from './restore.ts'
import { type RecordOptions, SentRecords } from './sent-records.ts'
import type { Answer } from './under-way.ts'

export interface SendOptions extends AbortOptions {
  /** How long recording, sending and the receipt may take in all. */
  readonly timeoutMs?: number
}

export interface OutgoingInit {
  readonly context: DeliveryContext
  /** Told what became of each message that was posted, for each peer, when that is on record. */
  readonly onOutcome: (outcome: Outcome) => void
  /** Brought up to date from the log. */
  readonly heads: Heads
  readonly ledger?: MessageLedger | undefined
  /** Of which it is asked whether they are on record. */
  readonly drafts?: ReadonlySet<string> | undefined
}

interface Way {
  readonly lane: Lane
  readonly outbox: Outbox
}

/** Messages to peers: record, send, receipt, outcome; in this order, and no other way. */
export class Outgoing {
  readonly #init: OutgoingInit
  readonly #context: DeliveryContext
  readonly #ways = new Map<string, Way>()
  readonly #underWay = new Set<Promise<unknown>>()
  readonly #closing = new AbortController()
  readonly #restoring: Promise<void>
  readonly #records: SentRecords
  #restored: Restored | undefined
  #expiry: NodeJS.Timeout | undefined

  constructor(init: OutgoingInit) {
    this.#init = init
    this.#context = init.context
    this.#records = new SentRecords(init.context, init.ledger)
    this.#restoring = this.#restore()
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted
  }

  /** What the log holds from before goes first. Where it cannot be read nothing that may wait is sent. */
  async #restore(): Promise<void> {
    try {
      const { heads, ledger, drafts } = this.#init
      const restored = await restore(this.#context.sink, heads, { signal: this.#closing.signal, ledger, drafts })
      for (const [peer, { outbox }] of this.#ways) outbox.restore(restored.undelivered.get(peer) ?? [])
      this.#restored = restored
      for (const peer of restored.undelivered.keys()) this.#wayTo(peer)
      for (const peer of this.#ways.keys()) this.#giveUpRevoked(peer)
      this.#expiry = setInterval(() => this.#expire(), EXPIRY_INTERVAL_MS)
      this.#expiry.unref()
      this.#expire()
    } catch (error) {
      if (!this.#isClosed) this.#context.auditFailed(error)
    }
  }

  #expire(): void {
    for (const { outbox } of this.#ways.values()) outbox.expire(Date.now())
  }

  /** See `Messenger.send`. */
  async send(to: string, text: Uint8Array, options: SendOptions = {}): Promise<Delivery> {
    assertText(text)
    this.#assertMay([to])
    // A copy: the caller may use the bytes again while they are recorded and sent.
    return this.#track(this.#send(to, Buffer.from(text), options))
  }

  /** Resolves when what the log holds from before was read; to undefined when that could not be. */
  async restored(): Promise<Restored | undefined> {
    await this.#restoring
    return this.#restored
  }

  /** See `Messenger.post`. */
  async post(letter: Letter, options: RecordOptions = {}): Promise<Recorded<SentMessage>> {
    this.#assertMay(letter.peers)
    const recording = this.#records.make(letter, options)
    const bytes = letter.payloads.reduce((sum, payload) => sum + payload.bytes.length, 0)
    for (const peer of letter.peers) void this.#track(this.#keep(peer, recording, bytes))
    return recording
  }

  /**
   * Takes a message of this session that turned up on record after its append had failed.
   * @returns undefined when no record has this draft
   * @throws MessengerError AUDIT_UNAVAILABLE
   */
  async takeOnRecord(draft: string): Promise<Recorded<SentMessage> | undefined> {
    const message = await this.#records.ofDraft(draft)
    if (message === undefined) return undefined
    const { to, bytes } = message.value
    for (const peer of to) void this.#track(this.#keep(peer, Promise.resolve(message), bytes))
    return message
  }

  /** The peer may be revoked while it is recorded. */
  async #keep(peer: string, recording: Promise<Recorded<SentMessage>>, bytes: number): Promise<void> {
    await this.#wayTo(peer).outbox.take(recording, bytes)
    this.#giveUpRevoked(peer)
  }

  #assertMay(peers: readonly string[]): void {
    if (this.#isClosed) throw new MessengerError('MESSENGER_CLOSED', 'the messenger is closed')
    if (this.#context.stopped !== undefined) throw this.#context.stopped
    for (const peer of [this.#context.self, ...peers]) this.#context.roster.assertTakesPart(peer)
  }

  async #track<T>(work: Promise<T>): Promise<T> {
    this.#underWay.add(work)
    try {
      return await work
    } finally {
      this.#underWay.delete(work)
    }
  }

  /**
   * Says hello to a peer who has just come, before there is anything to send: whoever has seen more of our log than we
   * have says so now.
   */
  greet(peer: string): void {
    if (this.#isClosed || this.#context.stopped !== undefined) return
    if (this.#context.roster.whyNot(peer) !== undefined) return
    const { lane, outbox } = this.#wayTo(peer)
    lane.hurry()
    outbox.fill()
    lane.open().catch((error: unknown) => this.#context.log('%s was not greeted - %e', peer, error))
  }

  /** Another roster is in force: who was refused may be taken now, and whoever was revoked is waited for no more. */
  rosterChanged(): void {
    for (const [peer, { lane }] of this.#ways) {
      if (!this.#giveUpRevoked(peer)) lane.hurry()
    }
  }

  #giveUpRevoked(peer: string): boolean {
    const why = this.#context.roster.whyNot(peer)
    if (why?.code !== 'MEMBER_REVOKED') return false
    this.#wayTo(peer).outbox.giveUp(why)
    return true
  }

  async #send(to: string, text: Uint8Array, options: SendOptions): Promise<Delivery> {
    const { signal, timeoutMs = SEND_TIMEOUT_MS } = options
    const deadline = performance.now() + timeoutMs
    const { lane, outbox } = this.#wayTo(to)
    if (!lane.isOpen) await inTime(lane.open(), { timeoutMs, signal, late: () => unreachable(to) })
    const { message, answer } = await this.#deliver(to, text, deadline, signal)
    outbox.fill()
    return this.#finish(to, message, answer)
  }

  /** The next message may set out while the outcome of this one is recorded: both then share a batch of the log. */
  async #deliver(to: string, text: Uint8Array, deadline: number, signal: AbortSignal | undefined) {
    const { lane } = this.#wayTo(to)
    await this.#enter(to, text.length, deadline, signal)
    try {
      const letter = { conversation: undefined, peers: [to], payloads: [{ label: 'text', bytes: text }], detail: {} }
      const message = await this.#records.make(letter, { signal })
      return { message, answer: await lane.deliver(message, deadline) }
    } finally {
      lane.window.leave(text.length)
    }
  }

  /** Behind what waits for the same peer already. */
  async #enter(to: string, bytes: number, deadline: number, signal: AbortSignal | undefined): Promise<void> {
    const { lane, outbox } = this.#wayTo(to)
    const late = (): MessengerError =>
      new MessengerError('BUSY', 'earlier messages to this peer wait to be delivered; nothing was recorded or sent')
    for (;;) {
      if (!outbox.isIdle) await inTime(outbox.idle(), { timeoutMs: deadline - performance.now(), signal, late })
      await lane.window.enter(bytes, deadline, signal)
      if (outbox.isIdle) return
      lane.window.leave(bytes)
    }
  }

  #wayTo(peer: string): Way {
    let way = this.#ways.get(peer)
    if (way === undefined) {
      const lane = new Lane(this.#context, peer)
      const outbox = new Outbox({
        lane,
        recall: (kept) => this.#records.recall(kept),
        onEnd: (kept, end) => this.#track(this.#end(peer, kept, end)),
        onFailed: (error) => this.#context.auditFailed(error),
      })
      way = { lane, outbox }
      this.#ways.set(peer, way)
      if (this.#restored !== undefined) outbox.restore(this.#restored.undelivered.get(peer) ?? [])
    }
    return way
  }

  async #finish(to: string, message: Recorded<SentMessage>, answer: Answer): Promise<Delivery> {
    if (answer.result === 'kept') throw new Error('a message that may not wait was kept')
    const { id, seq } = message.value
    const outcome = await recordOutcome(this.#context, to, message.value, answer)
    if (answer.result === 'delivered') {
      return { id, to, sentSeq: seq, outcomeSeq: outcome.seq, receipt: answer.line, receivedSeq: answer.record.seq }
    }
    throw answer.result === 'refused' ? refusedBy(to, answer.code, answer.reason) : answer.error
  }

  async #end(to: string, { id, seq }: Kept, end: End): Promise<void> {
    let outcome: AuditReceipt
    try {
      outcome = await recordOutcome(this.#context, to, { id, seq }, end)
    } catch {
      return // `auditFailed` was told; the log holds no outcome, so the next start goes on with it
    }
    const { reason } = outcome.record
    const receivedSeq = end.result === 'delivered' ? end.record.seq : undefined
    const code = end.result === 'refused' ? end.code : undefined
    this.#init.onOutcome({
      id,
      to,
      result: end.result,
      sentSeq: seq,
      outcomeSeq: outcome.seq,
      receivedSeq,
      code,
      reason,
    })
  }

  /** What may not wait becomes `unconfirmed`; waits until that is on record, too. */
  async close(): Promise<void> {
    this.#closing.abort(new MessengerError('MESSENGER_CLOSED', 'the messenger is closed'))
    clearInterval(this.#expiry)
    const ways = [...this.#ways.values()]
    for (const { outbox } of ways) outbox.close()
    await Promise.all(ways.map(({ lane }) => lane.close()))
    await Promise.allSettled([this.#restoring, ...this.#underWay])
  }
}

function assertText(text: Uint8Array): void {
  if (text.length === 0) throw new MessengerError('MESSAGE_EMPTY', 'there is nothing to send')
  if (text.length > MAX_TEXT_BYTES) {
    const message = `a message has at most ${MAX_TEXT_BYTES} bytes (32 KiB); this one has ${text.length}`
    throw new MessengerError('MESSAGE_TOO_LARGE', message)
  }
}
