import { AuditError, reasonOf } from '../errors.ts'
import { type KeyEpoch, keyInForce } from '../keys/epochs.ts'
import type { LogSigner } from '../keys/log-key.ts'
import type { AuditStore } from '../store.ts'
import type { Checkpoint } from '../tlog/checkpoint.ts'
import { parseHeadNote, readHeadNote } from '../tlog/head-note.ts'
import type { TiledTree } from '../tlog/tiled-tree.ts'
import { subtreeRoot } from '../tlog/tree.ts'
import { damaged, findLog, type FoundLog } from './found-log.ts'

export interface OpenedLog extends Pick<FoundLog, 'head' | 'tree' | 'lastTime' | 'redactions' | 'changes' | 'epochs'> {
  /** Of those given the one whose key is in force. */
  readonly signer: LogSigner
  /** How many records the head note tells of: nobody was told of those after them. */
  readonly notedSize: number
}

/**
 * What a log must be like before a first append (spec/audit-log.md section 9): it names this origin, one of these keys
 * is in force, its last records chain up to its head, and its tree has the root that was signed last. Whoever needs the
 * whole proven runs `verifyLog`.
 * @param signers - of one origin
 * @returns undefined for a log that has not begun
 */
export async function checkOpening(
  store: AuditStore,
  signers: readonly [LogSigner, ...LogSigner[]],
): Promise<OpenedLog | undefined> {
  const found = await findLog(store, signers[0].name)
  if (found === undefined) return undefined
  const { tree, epochs, note } = found
  const signer = signerInForce(found, signers)
  const notedSize = isJustRecovered(epochs, tree.size) ? tree.size : await assertHeadNote(note, tree, epochs)
  return { ...found, signer, notedSize }
}

function signerInForce({ epochs, note, tree: { size } }: FoundLog, signers: readonly LogSigner[]): LogSigner {
  const key = keyInForce(epochs, size)
  const signer = signers.find(({ vkey }) => vkey === key)
  if (signer !== undefined) return signer
  const noted = signers.map((each) => sizeSignedBy(each, note)).find((each) => each !== undefined && each > size)
  if (noted !== undefined) {
    throw rolledBack(`${noted} records were signed for with a key that came later, and ${size} are there`)
  }
  const message = `the log of ${signers[0]?.name} is signed with another key than this profile has; ${RECOVER}`
  throw new AuditError('AUDIT_LOG_FOREIGN', message)
}

function sizeSignedBy({ vkey }: LogSigner, note: Uint8Array | undefined): number | undefined {
  try {
    return note && readHeadNote(note, vkey).size
  } catch {
    return undefined
  }
}

/** The note of the recovery was not written yet; the one that is there may be why it was needed (section 9). */
function isJustRecovered(epochs: readonly KeyEpoch[], size: number): boolean {
  const { from, director } = epochs.at(-1) as KeyEpoch
  return director !== undefined && from === size
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
  if (own !== root) throw changed(`its first ${size} records are not those that were signed for`)
  return size
}

function readNote(note: Uint8Array, epochs: readonly KeyEpoch[]): Checkpoint {
  try {
    const { size } = parseHeadNote(note)
    return readHeadNote(note, keyInForce(epochs, size))
  } catch (cause) {
    throw changed(`its head note cannot be relied on: ${reasonOf(cause)}`, cause)
  }
}

/** It has no hole: a director may let it go on (section 12). */
function changed(why: string, cause?: unknown): AuditError {
  return damaged(`${why}; ${RECOVER}`, cause)
}

function rolledBack(why: string): AuditError {
  const message = `the log is older than it was: ${why}; keep a copy of it as it is, and ${RECOVER}`
  return new AuditError('AUDIT_LOG_ROLLED_BACK', message)
}

const RECOVER = 'ask a director to let it go on: "branchline audit recover"'
