import type { SeenCheckpoint, SignedCheckpoint } from '@branchline/audit-sink'

/** A checkpoint of another log, as a record holds it. */
export function seenOf({ origin, size, root, signature }: SignedCheckpoint): SeenCheckpoint {
  return [origin, size, root, Buffer.from(signature).toString('hex')]
}

export function signedOf([origin, size, root, signature]: SeenCheckpoint): SignedCheckpoint {
  return { origin, size, root, signature: Buffer.from(signature, 'hex') }
}
