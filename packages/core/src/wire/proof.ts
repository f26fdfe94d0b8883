import type { Hash, Proof, SignedCheckpoint } from '@branchline/audit-sink'
import { MAX_PATH_HASHES } from '@branchline/audit-sink/tlog'
import type { Checkpoint as WireCheckpoint, Proof as WireProof } from './frame.ts'

const HASH_BYTES = 32
const SIGNATURE_BYTES = 64

/** A checkpoint of a log, with what leads to it. */
export interface LogProof extends Proof {
  readonly checkpoint: Omit<SignedCheckpoint, 'origin'>
}

export function toWireCheckpoint({ size, root, signature }: LogProof['checkpoint']): WireCheckpoint {
  return { size, root: Buffer.from(root, 'hex'), signature: Buffer.from(signature) }
}

/** @returns undefined when it is none: a size that is no integer, a root or signature of another length */
export function fromWireCheckpoint(checkpoint: WireCheckpoint | undefined): LogProof['checkpoint'] | undefined {
  if (checkpoint === undefined) return undefined
  const { size, root, signature } = checkpoint
  const fits = Number.isSafeInteger(size) && size > 0
  if (!fits || root.length !== HASH_BYTES || signature.length !== SIGNATURE_BYTES) return undefined
  return { size, root: Buffer.from(root).toString('hex'), signature }
}

export function toWireProof({ checkpoint, inclusion, consistency }: LogProof): WireProof {
  return {
    checkpoint: toWireCheckpoint(checkpoint),
    inclusion: Buffer.from(inclusion.join(''), 'hex'),
    consistency: Buffer.from(consistency.join(''), 'hex'),
  }
}

/** @returns undefined when it is none, or none that can be read */
export function fromWireProof(proof: WireProof | undefined): LogProof | undefined {
  const checkpoint = fromWireCheckpoint(proof?.checkpoint)
  const inclusion = hashesOf(proof?.inclusion)
  const consistency = hashesOf(proof?.consistency)
  if (checkpoint === undefined || inclusion === undefined || consistency === undefined) return undefined
  return { checkpoint, inclusion, consistency }
}

function hashesOf(path: Uint8Array | undefined): Hash[] | undefined {
  if (path === undefined || path.length % HASH_BYTES !== 0 || path.length > MAX_PATH_HASHES * HASH_BYTES) {
    return undefined
  }
  const text = Buffer.from(path).toString('hex')
  return Array.from({ length: path.length / HASH_BYTES }, (_, n) => text.slice(n * 64, (n + 1) * 64))
}
