import { verify } from 'node:crypto'
import { AuditError } from '../errors.ts'
import type { Hash } from '../hash.ts'
import { isOrigin } from '../record/check.ts'
import {
  COSIGNATURE_KEY,
  decodeBase64,
  formatNote,
  NOTE_KEY,
  type Note,
  type NoteSignature,
  parseNote,
  type VerifierKey,
  verifySignatures,
} from './note.ts'

/*
 * C2SP tlog-checkpoint v1.0.0 without extension lines, and tlog-cosignature's cosignature/v1 (spec/audit-log.md
 * section 7).
 */

export interface Checkpoint {
  readonly origin: string
  readonly size: number
  readonly root: Hash
}

/** A checkpoint with the note that it was read from. */
export interface CheckpointNote extends Checkpoint {
  readonly note: Note
}

export interface Witnessed {
  /** The witness's key name. */
  readonly name: string
  /** POSIX seconds. */
  readonly time: number
}

const SIZE = /^(?:0|[1-9][0-9]{0,15})$/
const HASH_BYTES = 32
const TIMESTAMP_BYTES = 8
const SIGNATURE_BYTES = 64

/** What a log's key signs. */
export function checkpointText({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${Buffer.from(root, 'hex').toString('base64')}\n`
}

/** @throws AuditError CHECKPOINT_MALFORMED, also for extension lines, which nobody could audit */
export function parseCheckpointText(text: string): Checkpoint {
  const [origin = '', size = '', root = '', ...rest] = text.split('\n')
  const bytes = decodeBase64(root)
  if (!isOrigin(origin) || !isInteger(size) || bytes?.length !== HASH_BYTES || rest.length !== 1 || rest[0] !== '') {
    throw new AuditError('CHECKPOINT_MALFORMED', 'not a checkpoint: origin, size, root and nothing else')
  }
  return { origin, size: Number(size), root: bytes.toString('hex') }
}

export function formatCheckpoint(checkpoint: Checkpoint, signatures: readonly NoteSignature[]): string {
  return formatNote({ text: checkpointText(checkpoint), signatures })
}

/**
 * Reads a checkpoint as a signed note; its signatures are not checked yet.
 * @throws AuditError NOTE_MALFORMED, CHECKPOINT_MALFORMED
 */
export function parseCheckpoint(bytes: Uint8Array): CheckpointNote {
  const note = parseNote(bytes)
  return { ...parseCheckpointText(note.text), note }
}

/**
 * What a cosignature signs: "as of `time`, the consistent tree head with the largest size that I have seen of this log
 * has this root".
 * @param time - POSIX seconds
 */
export function cosignedText(checkpoint: Checkpoint, time: number): Buffer {
  return Buffer.from(`cosignature/v1\ntime ${time}\n${checkpointText(checkpoint)}`)
}

/**
 * A cosignature as it stands in a signature line: the time and the signature of `cosignedText`.
 * @param time - POSIX seconds
 * @param signature - Ed25519, 64 bytes
 * @throws RangeError when `time` is no integer from 0 to 2^53 - 1
 */
export function cosignatureBytes(time: number, signature: Uint8Array): Uint8Array {
  if (!Number.isSafeInteger(time) || time < 0) throw new RangeError(`${time} is no time in seconds`)
  const timestamp = Buffer.alloc(TIMESTAMP_BYTES)
  timestamp.writeBigUInt64BE(BigInt(time))
  return Buffer.concat([timestamp, signature])
}

/** @returns the cosignature's time in POSIX seconds; undefined when it is not that witness's for this checkpoint */
export function cosignatureTime(
  checkpoint: Checkpoint,
  { keyId, name, bytes }: NoteSignature,
  witness: VerifierKey,
): number | undefined {
  if (witness.type !== COSIGNATURE_KEY || keyId !== witness.keyId || name !== witness.name) return undefined
  if (bytes.length !== TIMESTAMP_BYTES + SIGNATURE_BYTES) return undefined
  const time = Number(Buffer.from(bytes.subarray(0, TIMESTAMP_BYTES)).readBigUInt64BE())
  if (!Number.isSafeInteger(time)) return undefined
  const isRight = verify(null, cosignedText(checkpoint, time), witness.key, bytes.subarray(TIMESTAMP_BYTES))
  return isRight ? time : undefined
}

/** Whether the log itself signed this checkpoint. */
export function isSignedBy(checkpoint: Checkpoint, signature: Uint8Array, key: VerifierKey): boolean {
  return (
    key.type === NOTE_KEY &&
    key.name === checkpoint.origin &&
    signature.length === SIGNATURE_BYTES &&
    verify(null, Buffer.from(checkpointText(checkpoint)), key.key, signature)
  )
}

/** Whether a checkpoint's note bears the right signature of this log key. */
export function bearsSignature(checkpoint: CheckpointNote, key: VerifierKey): boolean {
  return checkpoint.note.signatures.some(
    ({ name, keyId, bytes }) => name === key.name && keyId === key.keyId && isSignedBy(checkpoint, bytes, key),
  )
}

/**
 * That the log signed this checkpoint, and which of the witnesses did.
 * @throws AuditError NOTE_UNVERIFIED when the log did not, or a signature by one of these keys is wrong
 */
export function verifyCheckpoint(
  checkpoint: CheckpointNote,
  log: VerifierKey,
  witnesses: readonly VerifierKey[] = [],
): Witnessed[] {
  const times = new Map<NoteSignature, number>()
  const known = verifySignatures(checkpoint.note, [log, ...witnesses], (key, signature) => {
    if (key === log) return isSignedBy(checkpoint, signature.bytes, log)
    const time = cosignatureTime(checkpoint, signature, key)
    if (time !== undefined) times.set(signature, time)
    return time !== undefined
  })
  if (!known.has(log)) throw new AuditError('NOTE_UNVERIFIED', `the checkpoint is not signed by ${log.name}`)
  known.delete(log)
  return [...known].map(([{ name }, signature]) => ({ name, time: times.get(signature) as number }))
}

function isInteger(decimal: string): boolean {
  return SIZE.test(decimal) && Number.isSafeInteger(Number(decimal))
}
