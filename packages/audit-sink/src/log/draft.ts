import type { AuditClock } from '../clock.ts'
import { AuditError, reasonOf } from '../errors.ts'
import { commitmentOf, freshSalt, type Hash, leafHash } from '../hash.ts'
import { MAX_PAYLOAD_BYTES, SALT_BYTES } from '../limits.ts'
import { isLabel } from '../record/check.ts'
import { isContinuation } from '../record/continuation.ts'
import type { RecordKind } from '../record/kinds.ts'
import { type AuditRecord, encodeDraft } from '../record/record.ts'
import type { AuditEntry, AuditReceipt, EntryPayload } from '../sink.ts'
import type { Head, StoredPayload } from '../store.ts'
import { type LargestSeen, tellsOfContinuation } from './largest-seen.ts'
import type { Waiting } from './queue.ts'

/** An entry, or the genesis that only the log itself may write. */
export type Draft = Omit<AuditEntry, 'kind'> & { readonly kind: RecordKind }

export interface Drafted {
  readonly accepted: Waiting[]
  readonly receipts: AuditReceipt[]
  readonly head: Head
  readonly messages: Map<Hash, number>
  /** Origins of other logs, each with the seq of the record that holds the largest checkpoint of it. */
  readonly witnessed: Map<string, number>
  /** The seq of each statement of continuation. */
  readonly continuations: number[]
}

export interface DraftContext {
  readonly head: Head
  readonly origin: string
  readonly clock: AuditClock
  readonly largest: LargestSeen
}

/**
 * Gives every waiting entry its place in the chain. A call with an entry that is no valid record is rejected here,
 * with AUDIT_ENTRY_INVALID, and leaves no trace: the places go to the next call.
 */
export function draftRecords(batch: readonly Waiting[], { head, origin, clock, largest }: DraftContext): Drafted {
  const stamp = { boot: clock.boot, mono: clock.monoMs(), time: clock.wallMs() }
  const accepted: Waiting[] = []
  const receipts: AuditReceipt[] = []
  const messages = new Map<Hash, number>()
  let { size, leaf } = head
  for (const waiting of batch) {
    const before = { size, leaf, receipts: receipts.length }
    try {
      for (const entry of waiting.entries) {
        const receipt = draft(entry, { ...stamp, seq: size, prev: leaf }, origin)
        receipts.push(receipt)
        size += 1
        leaf = receipt.leaf
      }
      accepted.push(waiting)
    } catch (cause) {
      ;({ size, leaf } = before)
      receipts.length = before.receipts
      waiting.reject(new AuditError('AUDIT_ENTRY_INVALID', `the entry is not recorded: ${reasonOf(cause)}`, { cause }))
    }
  }
  const witnessed = new Map<string, number>()
  for (const { record } of receipts) {
    if (record.kind === 'received' && record.message !== undefined) messages.set(record.message, record.seq)
    const goesBack = tellsOfContinuation(record)
    for (const seen of record.seen ?? []) if (largest.add(seen, goesBack)) witnessed.set(seen[0], record.seq)
  }
  const continuations = receipts.filter(({ record }) => isContinuation(record)).map(({ seq }) => seq)
  return { accepted, receipts, head: { size, leaf }, messages, witnessed, continuations }
}

type Place = Pick<AuditRecord, 'boot' | 'mono' | 'time' | 'seq' | 'prev'>

function draft(entry: Draft, place: Place, origin: string): AuditReceipt {
  const payloads = entry.payloads?.map(salted)
  const record: AuditRecord = {
    actor: entry.actor,
    boot: place.boot,
    conversation: entry.conversation,
    detail: entry.detail,
    kind: entry.kind,
    message: entry.message,
    mono: place.mono,
    payloads: payloads?.map(
      ({ label, salt, bytes }) => [label, bytes.length, commitmentOf(salt, label, bytes)] as const,
    ),
    peers: entry.peers,
    prev: place.prev,
    reason: entry.reason,
    ref: entry.ref,
    seen: entry.seen,
    seq: place.seq,
    time: place.time,
    v: 1,
  }
  const line = encodeDraft(record)
  return { origin, seq: place.seq, leaf: leafHash(line), line, record, payloads: payloads ?? [] }
}

function salted({ label, bytes, salt = freshSalt() }: EntryPayload): StoredPayload {
  if (!isLabel(label)) throw new RangeError(`${JSON.stringify(label)} is no label for a payload`)
  if (salt.length !== SALT_BYTES) throw new RangeError(`a salt has ${SALT_BYTES} bytes, not ${salt.length}`)
  if (bytes.length > MAX_PAYLOAD_BYTES) throw new RangeError(`a payload has at most ${MAX_PAYLOAD_BYTES} bytes`)
  return { label, salt, bytes }
}
