import { AuditError } from '../errors.ts'
import { MAX_HEAD_NOTE_BYTES } from '../limits.ts'
import {
  bearsSignature,
  type Checkpoint,
  type CheckpointNote,
  formatCheckpoint,
  parseCheckpoint,
} from './checkpoint.ts'
import { parseVerifierKey } from './note.ts'

/**
 * The head note's bytes (spec/audit-log.md section 7): a checkpoint signed by the log's own key.
 * @param vkey - of that key; it is ours, so its parts are taken as they are, which each batch would else pay for
 */
export function formatHeadNote(checkpoint: Checkpoint, vkey: string, signature: Uint8Array): Buffer {
  const [name = '', keyId = ''] = vkey.split('+', 2)
  return Buffer.from(formatCheckpoint(checkpoint, [{ name, keyId, bytes: signature }]))
}

/** Line feeds after a note are what its file has left of longer ones, and no part of it. */
export function withoutPadding(bytes: Uint8Array): Buffer {
  return Buffer.from(Buffer.from(bytes).toString('latin1').replace(/\n+$/, '\n'), 'latin1')
}

/**
 * Its signatures are not checked yet.
 * @param bytes - may be padded
 * @throws AuditError NOTE_MALFORMED, CHECKPOINT_MALFORMED
 */
export function parseHeadNote(bytes: Uint8Array): CheckpointNote {
  if (bytes.length > MAX_HEAD_NOTE_BYTES) {
    throw new AuditError('NOTE_MALFORMED', `a head note has at most ${MAX_HEAD_NOTE_BYTES} bytes`)
  }
  return parseCheckpoint(withoutPadding(bytes))
}

/**
 * @param bytes - may be padded
 * @throws AuditError NOTE_MALFORMED, CHECKPOINT_MALFORMED; NOTE_UNVERIFIED when it is not signed by this key
 */
export function readHeadNote(bytes: Uint8Array, vkey: string): Checkpoint {
  const checkpoint = parseHeadNote(bytes)
  const key = parseVerifierKey(vkey)
  if (!bearsSignature(checkpoint, key))
    throw new AuditError('NOTE_UNVERIFIED', `the head note is not signed by ${key.name}`)
  return checkpoint
}
