import type { Hash } from './hash.ts'
import type { KeyChange } from './keys/epochs.ts'
import type { AuditRecord, Detail, SeenCheckpoint } from './record/record.ts'
import type { RecordKind } from './record/kinds.ts'
import type { EntryRange, Head, StoredEntry, StoredPayload } from './store.ts'
import type { Checkpoint } from './tlog/checkpoint.ts'

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
  readonly kind: Exclude<RecordKind, 'genesis' | 'key-rotate'>
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

export interface SignedCheckpoint extends Checkpoint {
  /** The log key's, 64 bytes, over the checkpoint's text. */
  readonly signature: Uint8Array
}

/** Every path in the order of RFC 6962. */
export interface ProofRequest {
  /** Size of the tree in which all is proven. */
  readonly size: number
  /** Place of the record whose inclusion is asked for. */
  readonly seq?: number
  /** Size of the older tree whose consistency is asked for; 0 needs no path. */
  readonly from?: number
}

export interface Proof {
  /** Empty when no record was asked for. */
  readonly inclusion: readonly Hash[]
  /** As `earlierRootProof` of ./tlog makes it: it tells the older root also to somebody who holds another. */
  readonly consistency: readonly Hash[]
}

export interface Redaction {
  /** The record whose payload is erased, and its label. */
  readonly seq: number
  readonly label: string
  /** 1 to 1,024 bytes. */
  readonly reason: string
}

/** A cosignature (C2SP tlog-cosignature) without the key ID. */
export interface Cosignature {
  /** POSIX seconds. */
  readonly time: number
  /** Ed25519, 64 bytes. */
  readonly signature: Uint8Array
}

/**
 * What Branchline needs of an audit log. There is no default and no way around it: a messenger cannot be built
 * without one.
 */
export interface AuditSink extends AsyncDisposable {
  readonly origin: string
  /**
   * Verifier key of the log key in force (spec/audit-log.md sections 6 and 12). It stays the same while the log is open.
   */
  readonly key: string
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
  /** The newest checkpoint: of all that is durable, and no more. */
  checkpoint(): Promise<SignedCheckpoint>
  /**
   * @throws AuditError AUDIT_PROOF_IMPOSSIBLE for a place or a size that the durable log does not have
   */
  prove(request: ProofRequest): Promise<Proof>
  /**
   * Erases what was said, for good: appends a `redact` record, then removes salt and bytes from the store. Chain, count
   * and every other message still verify.
   * @throws AuditError AUDIT_ENTRY_INVALID when there is no such payload; what `append` throws; AUDIT_STORE_LIED
   */
  redact(redaction: Redaction, options?: AbortOptions): Promise<AuditReceipt>
  /**
   * The statements by which the log came from its genesis key to `key`, in order; none for nearly every log. `keyEpochs`
   * follows them.
   */
  continuations(): Promise<readonly KeyChange[]>
  /** The largest checkpoint of another log that a record of this one holds. */
  witnessed(origin: string): Promise<SeenCheckpoint | undefined>
  /**
   * Signs that another log was seen to be consistent up to this checkpoint (spec/audit-log.md section 7). Whoever
   * calls has checked that.
   */
  cosign(checkpoint: Checkpoint): Promise<Cosignature>
  /** Waits for what is under way; later appends reject with AUDIT_CLOSED. */
  close(): Promise<void>
}
