import { AuditError, reasonOf } from '../errors.ts'
import { type Hash, leafHash } from '../hash.ts'
import { type KeyChange, type KeyEpoch, keyEpochs } from '../keys/epochs.ts'
import { OPENING_CHECK_RECORDS } from '../limits.ts'
import { isContinuation } from '../record/continuation.ts'
import { type AuditRecord, parseRecord } from '../record/record.ts'
import type { AuditStore, Head, StoredEntry } from '../store.ts'
import { TILE_WIDTH, TiledTree } from '../tlog/tiled-tree.ts'
import { subtreeRoot } from '../tlog/tree.ts'
import { type PayloadPlace, redactedPlace } from './redaction.ts'

/** A log as a store has it; whether it is all that was signed for is not asked yet. */
export interface FoundLog {
  readonly head: Head
  readonly tree: TiledTree
  /** Wall clock of the last record, milliseconds. */
  readonly lastTime: number | undefined
  /** What the last records say to be erased. */
  readonly redactions: readonly PayloadPlace[]
  /** The statements of continuation, in order. */
  readonly changes: readonly KeyChange[]
  readonly epochs: readonly KeyEpoch[]
  /** The head note's bytes. */
  readonly note: Uint8Array | undefined
}

interface Tail {
  readonly leaves: readonly Hash[]
  readonly redactions: readonly PayloadPlace[]
  readonly lastTime: number | undefined
  readonly continuations: readonly number[]
}

/**
 * Reads what a log's writer goes on from: its last records chain up to its head, the tiles give their tree, and its
 * keys lead from record 0 to the one in force.
 * @returns undefined for a log that has not begun
 * @throws AuditError AUDIT_LOG_FOREIGN, AUDIT_LOG_DAMAGED; AUDIT_LOG_ROLLED_BACK when nothing but its head note is there
 */
export async function findLog(store: AuditStore, origin: string): Promise<FoundLog | undefined> {
  const [head, note, first] = [await store.head(), await store.headNote(), await firstEntry(store)]
  if (head === undefined && first === undefined && note === undefined) return undefined
  if (head === undefined && first === undefined) {
    const message = 'its head note is there, and the log is gone: find a copy of it, or begin a new profile'
    throw new AuditError('AUDIT_LOG_ROLLED_BACK', `the log is older than it was: ${message}`)
  }
  if (head === undefined) throw damaged('it has records but no head')
  if (first?.seq !== 0) throw damaged('its first record is gone')
  const { detail } = parsed(first)
  if (detail?.['origin'] !== origin) {
    throw new AuditError('AUDIT_LOG_FOREIGN', `the log is that of ${detail?.['origin']}; this profile is ${origin}`)
  }
  const { leaves, lastTime, redactions, continuations } = await checkedTail(store, head)
  const tree = await restoreTree(store, head, leaves)
  const changes = await readChanges(store, tree)
  const forgotten = continuations.find((seq) => !changes.some(({ record }) => record.seq === seq))
  if (forgotten !== undefined) throw damaged(`record ${forgotten} changes its key, and its store does not know`)
  const epochs = followed(String(detail['key']), changes)
  return { head, tree, lastTime, redactions, changes, epochs, note }
}

async function firstEntry(store: AuditStore): Promise<StoredEntry | undefined> {
  for await (const piece of store.read({ from: 0, to: 1 })) return piece[0]
  for await (const piece of store.read()) return piece[0]
  return undefined
}

/** @returns what the last records tell, from the beginning of a tile on */
async function checkedTail(store: AuditStore, head: Head): Promise<Tail> {
  const from = Math.max(0, head.size - OPENING_CHECK_RECORDS)
  let expected = from - (from % TILE_WIDTH)
  const leaves: Hash[] = []
  const redactions: PayloadPlace[] = []
  const continuations: number[] = []
  let lastTime: number | undefined
  for await (const piece of store.read({ from: expected })) {
    for (const entry of piece) {
      const record = parsed(entry)
      const before = leaves.at(-1)
      const follows = entry.seq === expected && record.seq === expected && (before ?? record.prev) === record.prev
      if (!follows) throw damaged(`record ${expected} is missing or does not follow the one before`)
      leaves.push(leafHash(entry.line))
      const redacted = redactedPlace(record)
      if (redacted !== undefined) redactions.push(redacted)
      if (isContinuation(record)) continuations.push(record.seq)
      lastTime = record.time
      expected += 1
    }
  }
  if (expected !== head.size || leaves.at(-1) !== head.leaf) {
    throw damaged(`its head says ${head.size} records, and its records end at ${expected}, or the last was changed`)
  }
  return { leaves, redactions, lastTime, continuations }
}

/** Tiles that the tail covers are not taken from the store but compared with it. */
async function restoreTree(store: AuditStore, { size }: Head, tail: readonly Hash[]): Promise<TiledTree> {
  const start = size - tail.length
  for (let at = start; at + TILE_WIDTH <= size; at += TILE_WIDTH) {
    const kept = await store.tile(0, at / TILE_WIDTH)
    const hashes = tail.slice(at - start, at - start + TILE_WIDTH).join('')
    if (kept === undefined || Buffer.from(kept).toString('hex') !== hashes) {
      throw damaged(`the hashes kept of records ${at} to ${at + TILE_WIDTH - 1} are not theirs`)
    }
  }
  try {
    const read = (level: number, index: number): Promise<Uint8Array | undefined> => store.tile(level, index)
    return await TiledTree.restore(read, size, tail.slice(tail.length - (size % TILE_WIDTH)))
  } catch (cause) {
    throw damaged(`its tree cannot be read: ${reasonOf(cause)}`, cause)
  }
}

async function readChanges(store: AuditStore, tree: TiledTree): Promise<KeyChange[]> {
  const changes: KeyChange[] = []
  for (const seq of await store.continuations()) {
    if (seq >= tree.size) throw damaged(`record ${seq}, which changed its key, is gone`)
    for await (const [entry] of store.read({ from: seq, to: seq + 1 })) {
      if (entry === undefined) continue
      changes.push({ record: parsed(entry), line: entry.line, root: await subtreeRoot(tree, 0, seq) })
    }
  }
  return changes
}

function followed(genesisKey: string, changes: readonly KeyChange[]): KeyEpoch[] {
  try {
    return keyEpochs(genesisKey, changes)
  } catch (cause) {
    throw damaged(reasonOf(cause), cause)
  }
}

function parsed(entry: StoredEntry): AuditRecord {
  try {
    return parseRecord(entry.line)
  } catch (cause) {
    throw damaged(`record ${entry.seq} cannot be read: ${reasonOf(cause)}`, cause)
  }
}

export function damaged(why: string, cause?: unknown): AuditError {
  return new AuditError('AUDIT_LOG_DAMAGED', `the log is not as it was left: ${why}; see "branchline audit verify"`, {
    cause,
  })
}
