import type { AbortOptions, AuditEntry, AuditReceipt } from '@branchline/audit-sink'
import { MessengerError } from '../errors.ts'
import type { MessageLedger, SentMessage } from '../messages.ts'
import { Recorded } from '../recorded.ts'
import type { Opening } from '../wire/frame.ts'
import type { DeliveryContext } from './context.ts'
import type { Letter } from './letter.ts'
import type { Kept } from './outbox.ts'
import { recordOutcome } from './outcomes.ts'
import { readInTime } from './read-in-time.ts'
import { findDraft } from './restore.ts'

export interface RecordOptions extends AbortOptions {
  /** How long recording may take; default: as long as every record. */
  readonly timeoutMs?: number | undefined
  /** Whether a record that turns up after its caller was told that it failed is on its way all the same. */
  readonly isAwaited?: (() => boolean) | undefined
}

/** The `sent` records of our log: each is made here, or read back, and none otherwise. */
export class SentRecords {
  readonly #context: DeliveryContext
  readonly #ledger: MessageLedger | undefined
  /** The size of the log when this began. */
  readonly #begin: Promise<number>

  /** @param ledger - told of each that is made */
  constructor(context: DeliveryContext, ledger: MessageLedger | undefined) {
    this.#context = context
    this.#ledger = ledger
    this.#begin = context.sink.head().then(({ size }) => size)
    // Whoever asks is told.
    this.#begin.catch(() => undefined)
  }

  /** @throws MessengerError AUDIT_UNAVAILABLE, AUDIT_RECEIPT_WRONG, of which `auditFailed` is told; what the signal aborts with */
  async make(letter: Letter, { signal, isAwaited, ...more }: RecordOptions): Promise<Recorded<SentMessage>> {
    const { sink, self, name, recordTimeoutMs } = this.#context
    const detail = { ...(name !== undefined && { name }), ...letter.detail }
    const entry: AuditEntry = {
      ...letter,
      kind: 'sent',
      actor: self,
      detail: Object.keys(detail).length === 0 ? undefined : detail,
    }
    const onLate = (receipt: AuditReceipt): void => {
      if (isAwaited?.() !== true) this.#noteWithheld(receipt)
    }
    try {
      const timeoutMs = more.timeoutMs ?? recordTimeoutMs
      const message = await Recorded.mint(sink, entry, sentMessage, { timeoutMs, signal, onLate })
      this.#ledger?.take(message.receipt, true)
      return message
    } catch (error) {
      if (signal?.aborted !== true) this.#context.auditFailed(error)
      throw error
    }
  }

  /** @throws MessengerError AUDIT_UNAVAILABLE, MESSAGE_ERASED */
  async recall({ seq, id }: Kept): Promise<Recorded<SentMessage>> {
    return Recorded.recall(this.#context.sink, { kind: 'sent', seq, message: id }, sentMessage)
  }

  /**
   * A message of this session that turned up on record after its append had failed.
   * @returns undefined when no record has this draft
   * @throws MessengerError AUDIT_UNAVAILABLE
   */
  async ofDraft(draft: string): Promise<Recorded<SentMessage> | undefined> {
    const { sink, recordTimeoutMs } = this.#context
    const finding = this.#begin.then((from) => findDraft(sink, draft, from))
    const found = await readInTime(finding, recordTimeoutMs)
    return found && this.recall(found)
  }

  /** The record turned up after its sender was told that nothing was sent: the log must say so, too. */
  #noteWithheld({ leaf: id, seq, record }: AuditReceipt): void {
    const error = new MessengerError(
      'NOT_CONFIRMED',
      'the sender gave up before the record was durable; not a byte of it was sent',
    )
    for (const to of record.peers ?? []) {
      recordOutcome(this.#context, to, { id, seq }, { result: 'withheld', error }).catch(() => undefined)
    }
  }
}

function sentMessage({ leaf, seq, payloads, record }: AuditReceipt): SentMessage {
  const openings = payloads.map(({ label, salt, bytes }) => ({ label, salt, payload: bytes }) as Opening)
  const bytes = payloads.reduce((sum, each) => sum + each.bytes.length, 0)
  return { id: leaf, seq, to: record.peers ?? [], conversation: record.conversation, openings, bytes }
}
