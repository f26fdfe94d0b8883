import { AuditError } from '../errors.ts'
import { type Hash, isHash } from '../hash.ts'
import { type CheckpointNote, parseCheckpoint, verifyCheckpoint } from './checkpoint.ts'
import { NOTE_KEY, parseVerifierKey, type VerifierKey } from './note.ts'
import { earlierRoot, MAX_PATH_HASHES } from './proofs.ts'

/** Two checkpoints of one log that no single history has (spec/audit-log.md section 7). */
export interface Evidence {
  /** Text of a signed checkpoint: of the one that somebody kept. */
  readonly held: string
  /** Of the one that the log showed later. */
  readonly shown: string
  /**
   * What `earlierRootProof` gives for the smaller size in the history of the larger; empty for one size. Where the
   * smaller size is a power of two it begins with that history's root at that size.
   */
  readonly path: readonly Hash[]
}

const MEMBERS = ['held', 'path', 'shown']
/** Two notes and a path, with room for escapes. */
const MAX_EVIDENCE_CHARACTERS = 262_144

/**
 * Reads evidence from anybody. What it proves is for `provesEquivocation` to say.
 * @param json - at most 262,144 characters
 * @throws AuditError PROOF_MALFORMED; NOTE_MALFORMED, CHECKPOINT_MALFORMED when one of the two is no checkpoint
 */
export function parseEvidence(json: string): Evidence {
  if (json.length > MAX_EVIDENCE_CHARACTERS) throw malformed('it is too long')
  const evidence = objectOf(json)
  if (evidence === undefined || Object.keys(evidence).toSorted().join() !== MEMBERS.join()) {
    throw malformed('it is no JSON object of held, shown and path')
  }
  const { held, shown, path } = evidence
  if (typeof held !== 'string' || typeof shown !== 'string') throw malformed('"held" and "shown" are texts')
  if (!Array.isArray(path) || path.length > MAX_PATH_HASHES || !path.every(isHash)) {
    throw malformed(`"path" is a list of at most ${MAX_PATH_HASHES} hashes`)
  }
  for (const note of [held, shown]) parseCheckpoint(Buffer.from(note))
  return { held, shown, path }
}

export function formatEvidence({ held, shown, path }: Evidence): string {
  return JSON.stringify({ held, shown, path })
}

/**
 * Whether the owner of this key signed two histories. To believe it nobody else need be trusted.
 * @param vkey - the log's verifier key
 * @throws AuditError KEY_UNREADABLE; NOTE_MALFORMED, CHECKPOINT_MALFORMED, which evidence that was parsed does not have
 */
export function provesEquivocation({ held, shown, path }: Evidence, vkey: string): boolean {
  const key = parseVerifierKey(vkey, NOTE_KEY)
  const both = [held, shown].map((note) => parseCheckpoint(Buffer.from(note)))
  if (!both.every((checkpoint) => isVerified(checkpoint, key))) return false
  const [older, newer] = both.toSorted((a, b) => a.size - b.size) as [CheckpointNote, CheckpointNote]
  const root = earlierRoot({ from: older.size, to: newer.size, toRoot: newer.root, path })
  return root !== undefined && root !== older.root
}

function isVerified(checkpoint: CheckpointNote, key: VerifierKey): boolean {
  try {
    verifyCheckpoint(checkpoint, key)
    return true
  } catch (error) {
    if (error instanceof AuditError && error.code === 'NOTE_UNVERIFIED') return false
    throw error
  }
}

function objectOf(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}

function malformed(why: string): AuditError {
  return new AuditError('PROOF_MALFORMED', `not evidence of equivocation: ${why}`)
}
