import { openKeyFile } from '@branchline/audit-sink'
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import type { Ed25519PrivateKey } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'

/**
 * The identity of a device: the Ed25519 key behind its peer ID, in a PEM file that its owner alone may read; made when
 * it is not there.
 * @throws AuditError KEY_EXPOSED, KEY_UNREADABLE
 */
export async function openIdentity(file: string): Promise<Ed25519PrivateKey> {
  const key = await openKeyFile(file)
  const seed = Buffer.from(key.export({ format: 'jwk' }).d as string, 'base64url')
  return generateKeyPairFromSeed('Ed25519', seed)
}

/** The peer ID that belongs to an identity, in its text form. */
export function peerIdOf(identity: Ed25519PrivateKey): string {
  return peerIdFromPrivateKey(identity).toString()
}
