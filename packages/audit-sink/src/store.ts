import type { Hash } from './hash.ts'
import type { CompleteTile } from './tlog/tiled-tree.ts'

/** Salt (32 bytes) and payload, kept beside the chain under (seq, label). */
export interface StoredPayload {
  readonly label: string
  readonly salt: Uint8Array
  readonly bytes: Uint8Array
}

export interface StoredEntry {
  readonly seq: number
  /** The record's line, exactly as it was hashed. */
  readonly line: Uint8Array
  /** In the order in which they were given; without those that were erased. */
  readonly payloads: readonly StoredPayload[]
}

/** How far a log goes: number of records, and the leaf hash of the last. */
export interface Head {
  readonly size: number
  readonly leaf: Hash
}

/** From `from` (0) up to but without `to` (the end). */
export interface EntryRange {
  readonly from?: number
  readonly to?: number
}

export interface StoreBatch {
  readonly entries: readonly StoredEntry[]
  readonly head: Head
  /** Message IDs that `lookup` must find from now on, each with the seq of its record. */
  readonly messages: ReadonlyMap<Hash, number>
  /** Origins that `witnessed` must find from now on, each with the seq of the record that tells of the log. */
  readonly witnessed: ReadonlyMap<string, number>
  /** The seq of each record of the batch that `continuations` must give from now on; nearly always none. */
  readonly continuations: readonly number[]
  /** Tiles of the tree that are complete with this batch. */
  readonly tiles: readonly CompleteTile[]
}

/**
 * A place that keeps a log's bytes. It knows no hashes: `auditLog` computes them, reads back what it wrote and
 * compares. Drivers are called by one writer, never with a second `append` before the first has settled.
 */
export interface AuditStore {
  /**
   * Writes the batch as a whole or not at all. MUST NOT resolve before it would survive loss of power. When it
   * rejects the batch may be there or not; the log then never calls `append` again.
   * @throws AuditError AUDIT_STORE_FULL when there is no room; anything else counts as AUDIT_STORE_FAILED
   */
  append(batch: StoreBatch): Promise<void>
  /** The head of the last batch that is there; undefined for an empty store. */
  head(): Promise<Head | undefined>
  /**
   * What is there, in rising order of seq, in pieces of bounded size; MUST NOT hide a gap, and MUST see either
   * all or nothing of a batch.
   */
  read(range?: EntryRange): AsyncIterable<readonly StoredEntry[]>
  /** The seq that a batch's `messages` gave for this message ID. */
  lookup(message: Hash): Promise<number | undefined>
  /** The seq that the newest batch to name this origin gave for it. */
  witnessed(origin: string): Promise<number | undefined>
  /** Every seq that a batch's `continuations` gave, in rising order: a handful in a log's life. */
  continuations(): Promise<readonly number[]>
  /**
   * Removes salt and bytes of one payload, and everything that the driver kept of them. MUST NOT resolve before that
   * would survive loss of power. May be called while an append is under way. One that is not there is no error.
   */
  erase(seq: number, label: string): Promise<void>
  /** A complete tile of the tree, 8,192 bytes; undefined when no batch has brought it. */
  tile(level: number, index: number): Promise<Uint8Array | undefined>
  /** What was last given to `writeHeadNote`; undefined when there is none. */
  headNote(): Promise<Uint8Array | undefined>
  /**
   * Keeps the signed checkpoint of the log's head outside the place that keeps the log, so that it outlives the log's
   * tail. Called after the batch that it tells of is durable; need not be durable itself, but MUST survive the end of
   * the process.
   * @param note - at most 4,096 bytes
   */
  writeHeadNote(note: Uint8Array): Promise<void>
  close(): Promise<void>
}
