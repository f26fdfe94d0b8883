import type { AbortOptions, AuditEntry, AuditReceipt } from '@branchline/audit-sink'
import { MessengerError } from '../errors.ts'
import { inTime } from '../in-time.ts'
import { MAX_TEXT_BYTES, SEND_TIMEOUT_MS } from '../limits.ts'
import type { Delivery, SentMessage } from '../messages.ts'
import { Recorded } from '../recorded.ts'
import type { Opening } from '../wire/frame.ts'
import type { DeliveryContext } from './context.ts'
import { type Answer, Lane } from './lane.ts'
import { refusedBy, unreachable } from './no-delivery.ts'
import { seenOf } from './seen.ts'

export interface SendOptions extends AbortOptions {
  /** How long recording, sending and the receipt may take in all. */
  readonly timeoutMs?: number
}

const OUTCOME_UNRECORDED = 'the message is on record and may have arrived, but what became of it could not be recorded'

/** Text to peers: connect, record, send, receipt, outcome; in this order, and no other way. */
export class Outgoing {
  readonly #context: DeliveryContext
  readonly #lanes = new Map<string, Lane>()
  readonly #underWay = new Set<Promise<unknown>>()
  #closed = false

  constructor(context: DeliveryContext) {
    this.#context = context
  }

  /** See `Messenger.send`. */
  async send(to: string, text: Uint8Array, options: SendOptions = {}): Promise<Delivery> {
    assertText(text)
    if (this.#closed) throw new MessengerError('MESSENGER_CLOSED', 'the messenger is closed')
    if (this.#context.stopped !== undefined) throw this.#context.stopped
    for (const peer of [this.#context.self, to]) this.#context.roster.assertTakesPart(peer)
    // A copy: the caller may use the bytes again while they are recorded and sent.
    const sending = this.#send(to, Buffer.from(text), options)
    this.#underWay.add(sending)
    try {
      return await sending
    } finally {
      this.#underWay.delete(sending)
    }
  }

  /**
   * Says hello to a peer who has just come, before there is anything to send: whoever has seen more of our log than we
   * have says so now.
   */
  greet(peer: string): void {
    if (this.#closed || this.#context.stopped !== undefined) return
    if (this.#context.roster.whyNot(peer) !== undefined) return
    const greeting = this.#laneTo(peer).open()
    greeting.catch((error: unknown) => this.#context.log('%s was not greeted - %e', peer, error))
  }

  async #send(to: string, text: Uint8Array, options: SendOptions): Promise<Delivery> {
    const { signal, timeoutMs = SEND_TIMEOUT_MS } = options
    const deadline = Date.now() + timeoutMs
    const lane = this.#laneTo(to)
    if (!lane.isOpen) await inTime(lane.open(), { timeoutMs, signal, late: () => unreachable(to) })
    const { message, answer } = await this.#deliver(lane, to, text, deadline, signal)
    return this.#finish(message, answer)
  }

  /** The next message may set out while the outcome of this one is recorded: both then share a batch of the log. */
  async #deliver(lane: Lane, to: string, text: Uint8Array, deadline: number, signal: AbortSignal | undefined) {
    await lane.window.enter(text.length, deadline, signal)
    try {
      const message = await this.#record(to, text, signal)
      return { message, answer: await lane.deliver(message, deadline) }
    } finally {
      lane.window.leave(text.length)
    }
  }

  #laneTo(peer: string): Lane {
    let lane = this.#lanes.get(peer)
    if (lane === undefined) {
      lane = new Lane(this.#context, peer)
      this.#lanes.set(peer, lane)
    }
    return lane
  }

  async #record(to: string, text: Uint8Array, signal: AbortSignal | undefined): Promise<Recorded<SentMessage>> {
    const { sink, self, name, recordTimeoutMs } = this.#context
    const entry: AuditEntry = {
      kind: 'sent',
      actor: self,
      peers: [to],
      detail: name === undefined ? undefined : { name },
      payloads: [{ label: 'text', bytes: text }],
    }
    const onLate = (receipt: AuditReceipt): void => this.#noteWithheld(receipt)
    const valueOf = (receipt: AuditReceipt): SentMessage => sentMessage(receipt, to)
    try {
      return await Recorded.mint(sink, entry, valueOf, { timeoutMs: recordTimeoutMs, signal, onLate })
    } catch (error) {
      if (signal?.aborted !== true) this.#context.auditFailed(error)
      throw error
    }
  }

  /** The record turned up after its sender was told that nothing was sent: the log must say so, too. */
  #noteWithheld(receipt: AuditReceipt): void {
    const to = receipt.record.peers?.[0] as string
    const reason = 'the sender gave up before the record was durable; not a byte of it was sent'
    const entry = outcomeEntry(this.#context.self, to, receipt, 'withheld', { reason })
    this.#outcome(entry).catch(() => undefined)
  }

  async #finish(message: Recorded<SentMessage>, answer: Answer): Promise<Delivery> {
    const { self } = this.#context
    const { id, to, seq } = message.value
    if (answer.result === 'delivered') {
      const outcome = await this.#outcome(outcomeEntry(self, to, message.receipt, 'delivered', evidenceIn(answer)))
      const receivedSeq = answer.record.seq
      return { id, to, sentSeq: seq, outcomeSeq: outcome.seq, receipt: answer.line, receivedSeq }
    }
    const error = answer.result === 'refused' ? refusedBy(to, answer.code, answer.reason) : answer.error
    await this.#outcome(outcomeEntry(self, to, message.receipt, answer.result, { reason: error.message }))
    throw error
  }

  /** @throws MessengerError NOT_CONFIRMED: the cause's own code would say that nothing was sent */
  async #outcome(entry: AuditEntry): Promise<AuditReceipt> {
    const { sink, recordTimeoutMs } = this.#context
    try {
      const outcome = await Recorded.mint(sink, entry, () => undefined, { timeoutMs: recordTimeoutMs })
      return outcome.receipt
    } catch (cause) {
      this.#context.auditFailed(cause)
      throw new MessengerError('NOT_CONFIRMED', OUTCOME_UNRECORDED, { cause })
    }
  }

  /** What is under way becomes `unconfirmed`; waits until that is on record, too. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#lanes.values()].map((lane) => lane.close()))
    await Promise.allSettled(this.#underWay)
  }
}

function assertText(text: Uint8Array): void {
  if (text.length === 0) throw new MessengerError('MESSAGE_EMPTY', 'there is nothing to send')
  if (text.length > MAX_TEXT_BYTES) {
    const message = `a message has at most ${MAX_TEXT_BYTES} bytes (32 KiB); this one has ${text.length}`
    throw new MessengerError('MESSAGE_TOO_LARGE', message)
  }
}

function sentMessage({ leaf, seq, payloads }: AuditReceipt, to: string): SentMessage {
  const openings = payloads.map(({ label, salt, bytes }) => ({ label, salt, payload: bytes }) as Opening)
  return { id: leaf, seq, to, openings, bytes: payloads.reduce((sum, { bytes }) => sum + bytes.length, 0) }
}

/** What a receipt proved of the peer's log, and the peer of ours. */
function evidenceIn({ line, checkpoint, cosigned }: Answer & { result: 'delivered' }) {
  const payloads = [{ label: 'receipt', bytes: line }]
  if (cosigned !== undefined) payloads.push({ label: 'cosignature', bytes: Buffer.from(cosigned) })
  return { payloads, ...(checkpoint !== undefined && { seen: [seenOf(checkpoint)] }) }
}

function outcomeEntry(
  self: string,
  to: string,
  sent: AuditReceipt,
  result: 'delivered' | 'refused' | 'unconfirmed' | 'withheld',
  more: Pick<AuditEntry, 'payloads' | 'reason' | 'seen'>,
): AuditEntry {
  return { kind: 'outcome', actor: self, peers: [to], message: sent.leaf, ref: sent.seq, detail: { result }, ...more }
}
