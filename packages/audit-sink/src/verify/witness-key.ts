import { COSIGNATURE_KEY, parseVerifierKey, type VerifierKey, witnessKeyOf } from '../tlog/note.ts'

/**
 * The key under which a device signs as a witness (spec/audit-log.md section 6).
 * @param vkey - verifier key of a witness, or of its log
 * @throws AuditError KEY_UNREADABLE
 */
export function readWitnessKey(vkey: string): VerifierKey {
  const key = parseVerifierKey(vkey)
  return key.type === COSIGNATURE_KEY ? key : parseVerifierKey(witnessKeyOf(vkey), COSIGNATURE_KEY)
}
