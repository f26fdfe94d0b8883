import type { Hash } from './hash.ts'
import type { AuditRecord, Detail, SeenCheckpoint } from './record/record.ts'
import type { RecordKind } from './record/kinds.ts'
import type { EntryRange, Head, StoredEntry, StoredPayload } from './store.ts'

export interface AbortOptions {
  readonly signal?: AbortSignal | undefined
}

/** A payload to commit to; without `salt` the log draws a fresh one. */
export interface EntryPayload {
  readonly label: string
  readonly bytes: Uint8Array
  readonly salt?: Uint8Array
}

/** What the caller knows of a record; the log adds place, chain, clock and commitments. */
export interface AuditEntry {
  readonly kind: Exclude<RecordKind, 'genesis'>
  readonly actor: string
  readonly peers?: readonly string[] | undefined
  readonly conversation?: string | undefined
  readonly message?: Hash | undefined
  readonly payloads?: readonly EntryPayload[] | undefined
  readonly seen?: readonly SeenCheckpoint[] | undefined
  readonly ref?: number | undefined
  readonly reason?: string | undefined
  readonly detail?: Detail | undefined
}

/** Proof for the caller that an entry is durable: the very bytes that were hashed and kept. */
export interface AuditReceipt {
  readonly origin: string
  readonly seq: number
  readonly leaf: Hash
  readonly line: Uint8Array
  readonly record: AuditRecord
  /** With the salts under which the record commits to them. */
  readonly payloads: readonly StoredPayload[]
}

/**
 * What Branchline needs of an audit log. There is no default and no way around it: a messenger cannot be built
 * without one.
 */
export interface AuditSink extends AsyncDisposable {
  readonly origin: string
  /**
   * Appends all entries, next to each other, or none. MUST NOT resolve before they would survive loss of power.
   * After a storage error the outcome is unknown, and this and every later append rejects until the log has been
   * opened and checked again. An abort takes an append out of the queue; one that the writer has already taken
   * goes on, and its record may be there although the caller saw the abort.
   * @returns one receipt an entry, in order
   * @throws AuditError AUDIT_ENTRY_INVALID (nothing was written), AUDIT_BUSY (nothing was written),
   *   AUDIT_STORE_FULL, AUDIT_STORE_FAILED, AUDIT_STORE_LIED, AUDIT_TIMEOUT, AUDIT_FAILED, AUDIT_CLOSED
   */
  append(entries: readonly AuditEntry[], options?: AbortOptions): Promise<AuditReceipt[]>
  head(): Promise<Head>
  /** What is durable, in rising order of seq, in pieces of bounded size. */
  read(range?: EntryRange): AsyncIterable<readonly StoredEntry[]>
  /** The seq of the `received` record for this message; undefined when there is none. */
  lookup(message: Hash): Promise<number | undefined>
  /** Waits for what is under way; later appends reject with AUDIT_CLOSED. */
  close(): Promise<void>
}
