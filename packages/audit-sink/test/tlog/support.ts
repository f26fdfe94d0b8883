import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { type Hash, leafHash, nodeHash } from '../../src/hash.ts'
import { type Checkpoint, checkpointText, cosignatureBytes, cosignedText } from '../../src/tlog/checkpoint.ts'
import { COSIGNATURE_KEY, formatVerifierKey, keyIdOf, NOTE_KEY, type NoteSignature } from '../../src/tlog/note.ts'
import { EMPTY_ROOT, type TreeNodes } from '../../src/tlog/tree.ts'

/** Merkle Tree Hash, word for word the recursion of RFC 6962 section 2.1. */
export function merkleTreeHash(leaves: readonly Hash[]): Hash {
  if (leaves.length < 2) return leaves[0] ?? EMPTY_ROOT
  let k = 1
  while (k * 2 < leaves.length) k *= 2
  return nodeHash(merkleTreeHash(leaves.slice(0, k)), merkleTreeHash(leaves.slice(k)))
}

/** Complete subtrees of the leaves; refuses all others. */
export function nodesOf(leaves: readonly Hash[]): TreeNodes {
  const levels: Hash[][] = [[...leaves]]
  for (let below = levels[0] as Hash[]; below.length > 1; below = levels.at(-1) as Hash[]) {
    const pairs = Math.floor(below.length / 2)
    levels.push(Array.from({ length: pairs }, (_, at) => nodeHash(below[2 * at] as Hash, below[2 * at + 1] as Hash)))
  }
  return {
    node: async (level, index) => {
      const hash = levels[level]?.[index]
      if (hash === undefined) throw new RangeError(`no node ${index} of level ${level}`)
      return hash
    },
  }
}

export function leavesOf(count: number, seed = ''): Hash[] {
  return Array.from({ length: count }, (_, at) => leafHash(Buffer.from(`${seed}${at}`)))
}

/** Another hash than the one given. */
export function changed(hash: Hash): Hash {
  return `${hash.slice(0, -1)}${hash.endsWith('0') ? '1' : '0'}`
}

export interface Party {
  readonly name: string
  /** As a log, type 0x01. */
  readonly vkey: string
  /** As a witness, type 0x04. */
  readonly witnessKey: string
  sign(checkpoint: Checkpoint): NoteSignature
  cosign(checkpoint: Checkpoint, time: number): NoteSignature
}

export function party(name: string): Party {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const raw = rawOf(publicKey)
  return {
    name,
    vkey: formatVerifierKey(name, NOTE_KEY, raw),
    witnessKey: formatVerifierKey(name, COSIGNATURE_KEY, raw),
    sign: (checkpoint) => {
      const bytes = sign(null, Buffer.from(checkpointText(checkpoint)), privateKey)
      return { name, keyId: keyIdOf(name, NOTE_KEY, raw), bytes }
    },
    cosign: (checkpoint, time) => {
      const bytes = cosignatureBytes(time, sign(null, cosignedText(checkpoint, time), privateKey))
      return { name, keyId: keyIdOf(name, COSIGNATURE_KEY, raw), bytes }
    },
  }
}

function rawOf(publicKey: KeyObject): Uint8Array {
  return Buffer.from(publicKey.export({ format: 'jwk' }).x as string, 'base64url')
}
