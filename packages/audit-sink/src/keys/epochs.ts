import { verify } from 'node:crypto'
import { AuditError, reasonOf } from '../errors.ts'
import type { Hash } from '../hash.ts'
import { MAX_CONTINUATIONS } from '../limits.ts'
import { type Continuation, continuationText, isContinuation } from '../record/continuation.ts'
import type { AuditRecord } from '../record/record.ts'
import { isOrigin } from '../record/check.ts'
import { NOTE_KEY, parseVerifierKey, type VerifierKey } from '../tlog/note.ts'

/** A statement of continuation as it stands in a log (spec/audit-log.md section 12). */
export interface KeyChange {
  readonly record: AuditRecord
  /** The record's line, which is what its leaf hash is over. */
  readonly line: Uint8Array
  /** Of the first `record.seq` records. */
  readonly root: Hash
}

/** The checkpoint sizes for which one key signs. */
export interface KeyEpoch {
  /** The smallest of them; they end where the next epoch begins. */
  readonly from: number
  /** Verifier key of the log key. */
  readonly vkey: string
  /** The statement that began it; the first has none. */
  readonly change?: KeyChange
  /** Of a recovery: verifier key of the director who signed. Whether to believe that director is for the caller to say. */
  readonly director?: string
}

/**
 * Follows a log's keys from its genesis key: each statement is signed by the key in force before it, or by the director
 * whom it names.
 * @param genesisKey - verifier key of the log key that record 0 names
 * @param changes - in the order of the log
 * @throws AuditError KEY_UNREADABLE for the genesis key; KEY_CHANGE_WRONG when one is no statement of continuation,
 *   comes before the one before it, names a key of another log or one that was replaced, or its signature is wrong
 */
export function keyEpochs(genesisKey: string, changes: readonly KeyChange[]): KeyEpoch[] {
  parseVerifierKey(genesisKey, NOTE_KEY)
  const epochs: KeyEpoch[] = [{ from: 0, vkey: genesisKey }]
  for (const change of changes) epochs.push(epochAfter(epochs, change))
  return epochs
}

/**
 * The verifier key that signs for the log when it has this many records.
 * @param epochs - as `keyEpochs` gives them
 */
export function keyInForce(epochs: readonly KeyEpoch[], size: number): string {
  return (epochs.findLast(({ from }) => from <= size) ?? (epochs[0] as KeyEpoch)).vkey
}

/**
 * The epoch that a statement begins.
 * @param epochs - those before it, at least the first
 * @throws AuditError KEY_CHANGE_WRONG
 */
export function epochAfter(epochs: readonly KeyEpoch[], change: KeyChange): KeyEpoch {
  const { record, root } = change
  const before = epochs.at(-1) as KeyEpoch
  const { seq, detail = {}, reason = '' } = record
  if (!isContinuation(record)) throw wrong(seq, 'it is no statement of continuation')
  if (epochs.length > MAX_CONTINUATIONS) throw wrong(seq, `there are ${MAX_CONTINUATIONS} before it`)
  if (seq < Math.max(1, before.from)) throw wrong(seq, 'it does not come after the one before')
  const { name: origin } = parseVerifierKey(before.vkey, NOTE_KEY)
  const vkey = String(detail['key'])
  const director = record.kind === 'recovery' ? String(detail['signer']) : undefined
  if (readKey(vkey, seq).name !== origin) throw wrong(seq, `its key is not one of ${origin}`)
  // A director may leave the key in force as it is.
  const replaced = director === undefined ? epochs : epochs.filter((epoch) => epoch.vkey !== before.vkey)
  if (replaced.some((epoch) => epoch.vkey === vkey)) throw wrong(seq, 'its key was in force before')
  const signer = readKey(director ?? before.vkey, seq)
  if (!isOrigin(signer.name)) throw wrong(seq, 'the name of its director is no origin')
  if (!isSigned({ origin, size: seq, root, key: vkey, reason }, String(detail['signature']), signer)) {
    throw wrong(seq, `it is not signed by ${signer.name}`)
  }
  return { from: seq + 1, vkey, change, ...(director !== undefined && { director }) }
}

function isSigned(statement: Continuation, signature: string, signer: VerifierKey): boolean {
  return verify(null, Buffer.from(continuationText(statement)), signer.key, Buffer.from(signature, 'hex'))
}

function readKey(vkey: string, seq: number): VerifierKey {
  try {
    return parseVerifierKey(vkey, NOTE_KEY)
  } catch (cause) {
    throw wrong(seq, reasonOf(cause), cause)
  }
}

function wrong(seq: number, why: string, cause?: unknown): AuditError {
  return new AuditError('KEY_CHANGE_WRONG', `record ${seq} does not change the log's key: ${why}`, { cause })
}
