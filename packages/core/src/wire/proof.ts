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

/** One that stands alone. */
export function toWireProof({ checkpoint, inclusion, consistency }: LogProof): WireProof {
  const paths = { inclusion: bytesOf(inclusion), consistency: bytesOf(consistency), shared: 0 }
  return { checkpoint: toWireCheckpoint(checkpoint), ...paths }
}

/** Writes the proofs of one side of a stream: what one has in common with that before it is left out. */
export class ProofWriter {
  #last: LogProof | undefined

  write(proof: LogProof): WireProof {
    const last = this.#last
    this.#last = proof
    const { checkpoint, inclusion, consistency } = proof
    const isShort = last !== undefined && consistency.length === 0 && isSameCheckpoint(checkpoint, last.checkpoint)
    if (!isShort) return toWireProof(proof)
    const shared = sharedEnd(inclusion, last.inclusion)
    const own = inclusion.slice(0, inclusion.length - shared)
    return { inclusion: bytesOf(own), consistency: NONE, shared }
  }
}

/** Reads the proofs of one side of a stream, in the order in which they came. */
export class ProofReader {
  #last: LogProof | undefined

  /** @returns undefined when it is none, or none that can be read: those after it then cannot go on from it */
  read(wire: WireProof | undefined): LogProof | undefined {
    this.#last = wire && (wire.checkpoint === undefined ? this.#shortened(wire) : whole(wire))
    return this.#last
  }

  #shortened(wire: WireProof): LogProof | undefined {
    const last = this.#last
    const own = hashesOf(wire.inclusion)
    if (last === undefined || own === undefined || wire.consistency.length > 0) return undefined
    if (wire.shared > last.inclusion.length || own.length + wire.shared > MAX_PATH_HASHES) return undefined
    const inclusion = [...own, ...last.inclusion.slice(last.inclusion.length - wire.shared)]
    return { checkpoint: last.checkpoint, inclusion, consistency: [] }
  }
}

function whole(wire: WireProof): LogProof | undefined {
  const checkpoint = fromWireCheckpoint(wire.checkpoint)
  const inclusion = hashesOf(wire.inclusion)
  const consistency = hashesOf(wire.consistency)
  if (checkpoint === undefined || inclusion === undefined || consistency === undefined) return undefined
  return wire.shared === 0 ? { checkpoint, inclusion, consistency } : undefined
}

const NONE = new Uint8Array()

/** Whether both are one checkpoint of one log, with one signature. */
export function isSameCheckpoint(a: LogProof['checkpoint'], b: LogProof['checkpoint']): boolean {
  return a === b || (a.size === b.size && a.root === b.root && Buffer.compare(a.signature, b.signature) === 0)
}

/** How many hashes the two paths have in common at their ends. */
function sharedEnd(a: readonly Hash[], b: readonly Hash[]): number {
  let shared = 0
  while (shared < a.length && a.at(-1 - shared) === b.at(-1 - shared)) shared += 1
  return shared
}

function bytesOf(path: readonly Hash[]): Uint8Array<ArrayBuffer> {
  return path.length === 0 ? NONE : Buffer.from(path.join(''), 'hex')
}

function hashesOf(path: Uint8Array): Hash[] | undefined {
  if (path.length % HASH_BYTES !== 0 || path.length > MAX_PATH_HASHES * HASH_BYTES) return undefined
  const text = Buffer.from(path.buffer, path.byteOffset, path.length).toString('hex')
  return Array.from({ length: path.length / HASH_BYTES }, (_, n) => text.slice(n * 64, (n + 1) * 64))
}
