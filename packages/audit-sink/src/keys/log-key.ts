import { createPublicKey, type KeyObject, sign } from 'node:crypto'
import { AuditError } from '../errors.ts'
import { isOrigin } from '../record/check.ts'
import { formatVerifierKey, NOTE_KEY } from '../tlog/note.ts'
import { openKeyFile } from './key-file.ts'

/** The origin of a device's log (spec/audit-log.md section 6). */
export function originOf(peer: string): string {
  return `branchline/${peer}`
}

/** Signs for one log, and for nothing else. */
export interface LogSigner {
  /** The log's origin. */
  readonly name: string
  /** Verifier key: `<name>+<key ID>+<base64>` (C2SP signed-note; spec/audit-log.md section 6). */
  readonly vkey: string
  /** Ed25519 signature, 64 bytes. */
  sign(bytes: Uint8Array): Promise<Uint8Array>
}

/**
 * The log key in a file; made when it is not there.
 * @throws AuditError KEY_EXPOSED, KEY_UNREADABLE
 */
export async function openLogKey(file: string, origin: string): Promise<LogSigner> {
  return logSigner(origin, await openKeyFile(file))
}

/**
 * Signs at once: handing that to a thread takes nearly as long as signing does, and a log signs while its disk flushes.
 * @param key - an Ed25519 private key that signs for this log alone, never that of the peer ID
 */
export function logSigner(origin: string, key: KeyObject): LogSigner {
  return { name: origin, vkey: verifierKey(origin, rawPublicKey(key)), sign: async (bytes) => sign(null, bytes, key) }
}

/** @param publicKey - raw Ed25519 public key, 32 bytes */
export function verifierKey(origin: string, publicKey: Uint8Array): string {
  if (!isOrigin(origin)) throw new AuditError('AUDIT_ENTRY_INVALID', `${JSON.stringify(origin)} is not an origin`)
  return formatVerifierKey(origin, NOTE_KEY, publicKey)
}

function rawPublicKey(privateKey: KeyObject): Uint8Array {
  return Buffer.from(createPublicKey(privateKey).export({ format: 'jwk' }).x as string, 'base64url')
}
