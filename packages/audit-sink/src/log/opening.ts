import { AuditError, reasonOf } from '../errors.ts'
import { type Hash, leafHash } from '../hash.ts'
import { type KeyChange, type KeyEpoch, keyEpochs, keyInForce } from '../keys/epochs.ts'
import type { LogSigner } from '../keys/log-key.ts'
import { OPENING_CHECK_RECORDS } from '../limits.ts'
import { type AuditRecord, parseRecord } from '../record/record.ts'
import type { AuditStore, Head, StoredEntry } from '../store.ts'
import { type Checkpoint, parseCheckpoint } from '../tlog/checkpoint.ts'
import { TILE_WIDTH, TiledTree } from '../tlog/tiled-tree.ts'
import { subtreeRoot } from '../tlog/tree.ts'
import { readHeadNote, withoutPadding } from '../tlog/head-note.ts'
import { type PayloadPlace, redactedPlace } from './redaction.ts'

export interface OpenedLog {
  readonly head: Head
  readonly tree: TiledTree
  /** Wall clock of the last record, milliseconds. */
  readonly lastTime: number | undefined
  /** How many records the head note tells of: nobody was told of those after them. */
  readonly notedSize: number
  /** What the last records say to be erased. */
  readonly redactions: readonly PayloadPlace[]
  /** The statements of continuation, in order. */
  readonly changes: readonly KeyChange[]
}

interface Tail {
  readonly leaves: readonly Hash[]
  readonly redactions: readonly PayloadPlace[]
  readonly lastTime: number | undefined
}

/**
 * What a log must be like before a first append (spec/audit-log.md section 9): it names this origin and key, its last
 * records chain up to its head, and its tree has the root that was signed last. Whoever needs the whole proven runs
 * `verifyLog`.
 * @returns undefined for a log that has not begun
 */
export async function checkOpening(store: AuditStore, signer: LogSigner): Promise<OpenedLog | undefined> {
  const [head, note, first] = [await store.head(), await store.headNote(), await firstEntry(store)]
  if (head === undefined && first === undefined && note === undefined) return undefined
  if (head === undefined && first === undefined) throw rolledBack('its head note is there, and the log is gone')
  if (head === undefined) throw damaged('it has records but no head')
  if (first?.seq !== 0) throw damaged('its first record is gone')
  const genesis = parsed(first)
  assertOrigin(genesis, signer)
  const { leaves, lastTime, redactions } = await checkedTail(store, head)
  const tree = await restoreTree(store, head, leaves)
  const changes = await readChanges(store, tree)
  const epochs = followed(String(genesis.detail?.['key']), changes)
  assertKey(epochs, note, tree.size, signer)
  const notedSize = isJustRecovered(epochs, tree.size) ? tree.size : await assertHeadNote(note, tree, epochs)
  return { head, tree, notedSize, lastTime, redactions, changes }
}

async function firstEntry(store: AuditStore): Promise<StoredEntry | undefined> {
  for await (const piece of store.read({ from: 0, to: 1 })) return piece[0]
  for await (const piece of store.read()) return piece[0]
  return undefined
}

function assertOrigin({ detail }: AuditRecord, signer: LogSigner): void {
  if (detail?.['origin'] === signer.name) return
  const message = `the log is that of ${detail?.['origin']}; this profile is ${signer.name}`
  throw new AuditError('AUDIT_LOG_FOREIGN', message)
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

function assertKey(epochs: readonly KeyEpoch[], note: Uint8Array | undefined, size: number, signer: LogSigner): void {
  if (keyInForce(epochs, size) === signer.vkey) return
  const noted = note === undefined ? undefined : sizeSignedBy(note, signer)
  if (noted !== undefined && noted > size) {
    throw rolledBack(`${noted} records were signed for with a key that came later, and ${size} are there`)
  }
  const message = `the log of ${signer.name} is signed with another key than the one that this profile has`
  throw new AuditError('AUDIT_LOG_FOREIGN', message)
}

function sizeSignedBy(note: Uint8Array, { vkey }: LogSigner): number | undefined {
  try {
    return readHeadNote(note, vkey).size
  } catch {
    return undefined
  }
}

/** The note of the recovery was not written yet; the one that is there may be why it was needed (section 9). */
function isJustRecovered(epochs: readonly KeyEpoch[], size: number): boolean {
  const { from, director } = epochs.at(-1) as KeyEpoch
  return director !== undefined && from === size
}

/** @returns what the last records tell, from the beginning of a tile on */
async function checkedTail(store: AuditStore, head: Head): Promise<Tail> {
  const from = Math.max(0, head.size - OPENING_CHECK_RECORDS)
  let expected = from - (from % TILE_WIDTH)
  const leaves: Hash[] = []
  const redactions: PayloadPlace[] = []
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
      lastTime = record.time
      expected += 1
    }
  }
  if (expected !== head.size || leaves.at(-1) !== head.leaf) {
    throw damaged(`its head says ${head.size} records, and its records end at ${expected}, or the last was changed`)
  }
  return { leaves, redactions, lastTime }
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

/** @returns its size */
async function assertHeadNote(
  note: Uint8Array | undefined,
  tree: TiledTree,
  epochs: readonly KeyEpoch[],
): Promise<number> {
  if (note === undefined) {
    // The first batch is the genesis alone; the process may have ended before its note was written.
    if (tree.size === 1) return 0
    throw rolledBack('its head note is gone, so nobody can tell whether records are missing at its end')
  }
  const { size, root } = readNote(note, epochs)
  if (size > tree.size) throw rolledBack(`${size} records were signed for, and ${tree.size} are there`)
  const own = size === tree.size ? tree.root() : await subtreeRoot(tree, 0, size)
  if (own !== root) throw damaged(`its first ${size} records are not those that were signed for`)
  return size
}

function readNote(note: Uint8Array, epochs: readonly KeyEpoch[]): Checkpoint {
  try {
    const { size } = parseCheckpoint(withoutPadding(note))
    return readHeadNote(note, keyInForce(epochs, size))
  } catch (cause) {
    throw damaged(`its head note cannot be relied on: ${reasonOf(cause)}`, cause)
  }
}

function parsed(entry: StoredEntry): AuditRecord {
  try {
    return parseRecord(entry.line)
  } catch (cause) {
    throw damaged(`record ${entry.seq} cannot be read: ${reasonOf(cause)}`, cause)
  }
}

function damaged(why: string, cause?: unknown): AuditError {
  return new AuditError('AUDIT_LOG_DAMAGED', `the log is not as it was left: ${why}; see "branchline audit verify"`, {
    cause,
  })
}

function rolledBack(why: string): AuditError {
  const message = `the log is older than it was: ${why}; keep it as it is, see "branchline audit verify", and begin a new profile`
  return new AuditError('AUDIT_LOG_ROLLED_BACK', message)
}
