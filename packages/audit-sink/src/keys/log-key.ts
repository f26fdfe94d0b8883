import { createPublicKey, hash, type KeyObject, sign } from 'node:crypto'
import { AuditError } from '../errors.ts'
import { isOrigin } from '../record/check.ts'
import { openKeyFile } from './key-file.ts'

const ED25519_NOTE_KEY = 0x01
const KEY_ID_BYTES = 4

/** Signs for one log, and for nothing else. */
export interface LogSigner {
  /** The log's origin. */
  readonly name: string
  /** Verifier key: `<name>+<key ID>+<base64>` (C2SP signed-note; spec/audit-log.md section 6). */
  readonly vkey: string
  /** Ed25519 signature, 64 bytes. */
  sign(bytes: Uint8Array): Uint8Array
}

/**
 * The log key in a file; made when it is not there.
 * @throws AuditError KEY_EXPOSED, KEY_UNREADABLE
 */
export async function openLogKey(file: string, origin: string): Promise<LogSigner> {
  return logSigner(origin, await openKeyFile(file))
}

/** @param key - an Ed25519 private key that signs for this log alone, never that of the peer ID */
export function logSigner(origin: string, key: KeyObject): LogSigner {
  return { name: origin, vkey: verifierKey(origin, rawPublicKey(key)), sign: (bytes) => sign(null, bytes, key) }
}

/** @param publicKey - raw Ed25519 public key, 32 bytes */
export function verifierKey(origin: string, publicKey: Uint8Array): string {
  if (!isOrigin(origin)) throw new AuditError('AUDIT_ENTRY_INVALID', `${JSON.stringify(origin)} is not an origin`)
  const typed = Buffer.concat([Uint8Array.of(ED25519_NOTE_KEY), publicKey])
  const keyId = hash('sha256', Buffer.concat([Buffer.from(`${origin}\n`), typed]), 'hex').slice(0, 2 * KEY_ID_BYTES)
  return `${origin}+${keyId}+${typed.toString('base64')}`
}

function rawPublicKey(privateKey: KeyObject): Uint8Array {
  return Buffer.from(createPublicKey(privateKey).export({ format: 'jwk' }).x as string, 'base64url')
}
