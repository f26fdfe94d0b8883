import { COSIGNATURE_KEY, keyIdOf, parseVerifierKey, type VerifierKey } from '../tlog/note.ts'

/**
 * The key under which a device signs as a witness: its log key under another type (spec/audit-log.md section 6).
 * @param vkey - verifier key of a witness, or of its log
 * @throws AuditError KEY_UNREADABLE
 */
export function witnessKeyOf(vkey: string): VerifierKey {
  const { name, keyId, type, key } = parseVerifierKey(vkey)
  if (type === COSIGNATURE_KEY) return { name, keyId, type, key }
  const raw = Buffer.from(key.export({ format: 'jwk' }).x as string, 'base64url')
  return { name, keyId: keyIdOf(name, COSIGNATURE_KEY, raw), type: COSIGNATURE_KEY, key }
}
