import { AuditError } from '../errors.ts'
import { type Hash, leafHash } from '../hash.ts'
import { MAX_RECORD_BYTES } from '../limits.ts'
import { type CheckpointNote, parseCheckpoint, verifyCheckpoint, type Witnessed } from './checkpoint.ts'
import { COSIGNATURE_KEY, decodeBase64, MAX_NOTE_BYTES, NOTE_KEY, parseVerifierKey } from './note.ts'
import { MAX_PATH_HASHES, verifyInclusion } from './proofs.ts'

/*
 * C2SP tlog-proof v1, files named `.tlog-proof`: that a record is in a log, for whoever has the log's key and no more.
 */

export interface InclusionFile {
  /** The record's line, so that the file stands alone; at most 65,535 bytes. */
  readonly extra?: Uint8Array | undefined
  /** The record's seq. */
  readonly index: number
  /** Siblings from the leaf up (RFC 6962 section 2.1.1). */
  readonly path: readonly Hash[]
  /** Text of the signed checkpoint. */
  readonly checkpoint: string
}

export interface InclusionCheck {
  /** The log's verifier key. */
  readonly log: string
  /** Verifier keys, of type 0x04, of the witnesses that the reader knows. */
  readonly witnesses?: readonly string[] | undefined
  /** Hash of the record's line; without it, that of `extra`. */
  readonly leaf?: Hash | undefined
}

export interface ProvenInclusion {
  readonly leaf: Hash
  readonly index: number
  readonly checkpoint: CheckpointNote
  /** Those of the witnesses asked for whose cosignature is there, each once. */
  readonly witnesses: readonly Witnessed[]
}

const FIRST_LINE = 'c2sp.org/tlog-proof@v1'
const EXTRA = 'extra '
const INDEX = /^index (0|[1-9][0-9]{0,15})$/
const HASH_BYTES = 32
/** More than first line, extra, index and path take. */
const MAX_HEADER_BYTES = 100_000

export function formatInclusionFile({ extra, index, path, checkpoint }: InclusionFile): string {
  const lines = [
    FIRST_LINE,
    ...(extra === undefined ? [] : [EXTRA + Buffer.from(extra).toString('base64')]),
    `index ${index}`,
    ...path.map((hash) => Buffer.from(hash, 'hex').toString('base64')),
  ]
  return `${lines.join('\n')}\n\n${checkpoint}`
}

/**
 * Reads a file from anybody; nothing in it is verified yet.
 * @throws AuditError PROOF_MALFORMED; NOTE_MALFORMED, CHECKPOINT_MALFORMED for what follows the first empty line
 */
export function parseInclusionFile(bytes: Uint8Array): InclusionFile {
  if (bytes.length > MAX_HEADER_BYTES + MAX_NOTE_BYTES) throw malformed('it is too long')
  const file = Buffer.from(bytes)
  const split = file.indexOf('\n\n')
  if (split < 0 || split > MAX_HEADER_BYTES) throw malformed('no empty line parts path and checkpoint')
  const [first, ...lines] = file.toString('latin1', 0, split).split('\n')
  if (first !== FIRST_LINE) throw malformed(`its first line is not ${FIRST_LINE}`)
  const extra = lines[0]?.startsWith(EXTRA) ? parseExtra(lines.shift() as string) : undefined
  const index = Number(INDEX.exec(lines.shift() ?? '')?.[1])
  if (!Number.isSafeInteger(index)) throw malformed('it has no index')
  if (lines.length > MAX_PATH_HASHES) throw malformed('its path is too long')
  const path = lines.map(parsePathLine)
  const note = file.subarray(split + 2)
  parseCheckpoint(note)
  return { extra, index, path, checkpoint: note.toString('utf8') }
}

function parseExtra(line: string): Uint8Array {
  const extra = decodeBase64(line.slice(EXTRA.length))
  if (extra === undefined || extra.length === 0 || extra.length > MAX_RECORD_BYTES) {
    throw malformed(`its extra line does not hold 1 to ${MAX_RECORD_BYTES} bytes in base64`)
  }
  return extra
}

function parsePathLine(line: string): Hash {
  const bytes = decodeBase64(line)
  if (bytes?.length !== HASH_BYTES) throw malformed('a line of its path is no hash in base64')
  return bytes.toString('hex')
}

/**
 * That the record is in the log at its place. How many witnesses are enough is for the caller to say.
 * @throws AuditError KEY_UNREADABLE for a key of the check; NOTE_UNVERIFIED when the log did not sign the checkpoint or
 *   a known witness's cosignature is wrong; PROOF_UNVERIFIED when the path does not lead from the record to its root,
 *   or `extra` is another record; PROOF_MALFORMED when there is neither `extra` nor `leaf`; NOTE_MALFORMED,
 *   CHECKPOINT_MALFORMED, which a file that was parsed does not have
 */
export function verifyInclusionFile(
  file: InclusionFile,
  { log, witnesses = [], leaf }: InclusionCheck,
): ProvenInclusion {
  const logKey = parseVerifierKey(log, NOTE_KEY)
  const witnessKeys = witnesses.map((witness) => parseVerifierKey(witness, COSIGNATURE_KEY))
  const proven = leafOf(file, leaf)
  const checkpoint = parseCheckpoint(Buffer.from(file.checkpoint))
  const witnessed = verifyCheckpoint(checkpoint, logKey, witnessKeys)
  const { index, path } = file
  if (!verifyInclusion({ leaf: proven, index, size: checkpoint.size, root: checkpoint.root, path })) {
    throw new AuditError('PROOF_UNVERIFIED', `the record is not proved to be number ${index} of ${checkpoint.origin}`)
  }
  return { leaf: proven, index, checkpoint, witnesses: witnessed }
}

/** "MUST NOT implicitly trust the extra data": it counts by its hash alone. */
function leafOf({ extra }: InclusionFile, expected: Hash | undefined): Hash {
  if (extra === undefined) {
    if (expected === undefined) throw malformed('it holds no record, and none was given')
    return expected
  }
  const leaf = leafHash(extra)
  if (expected !== undefined && expected !== leaf) {
    throw new AuditError('PROOF_UNVERIFIED', 'the record in the proof is another than the one asked for')
  }
  return leaf
}

function malformed(why: string): AuditError {
  return new AuditError('PROOF_MALFORMED', `not a proof of inclusion: ${why}`)
}
