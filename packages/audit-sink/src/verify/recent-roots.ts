import { hash } from 'node:crypto'
import { type Hash, nodeHash } from '../hash.ts'
import { EMPTY_ROOT } from '../tlog/tree.ts'

const HASH_BYTES = 32
const BLOCK_EXPONENT = 8
const BLOCK_LEAVES = 2 ** BLOCK_EXPONENT
/**
 * A cosignature comes with the outcome of a message, and names a size from before it. As many records as may wait for
 * one writer can lie between the two; older sizes than this are not compared, so that memory does not grow.
 */
const BLOCKS_KEPT = 64
/** No size is known that is further than this from the newest. */
export const RECENT_SIZES = (BLOCKS_KEPT + 1) * BLOCK_LEAVES
/** Nodes before each row of a block, and before the end. */
const ROW_STARTS = Array.from(
  { length: BLOCK_EXPONENT + 2 },
  (_, height) => 2 * BLOCK_LEAVES - (2 * BLOCK_LEAVES) / 2 ** height,
)

/** 256 leaves with their inner nodes, and the complete subtrees of all that is before them, the largest first. */
interface Block {
  readonly before: readonly Hash[]
  /** Row after row, that of the leaves first: a verifier makes one node a record, and text would cost it a third more. */
  readonly nodes: Buffer
}

/**
 * An RFC 6962 tree that grows by leaves and knows its root at each of its last sizes, 16,384 of them at least: one hash
 * a leaf, and one a binary digit of the size for each root. Memory is bounded.
 */
export class RecentRoots {
  #size = 0
  /** Roots of the complete subtrees over all complete blocks, the largest first. */
  readonly #peaks: Hash[] = []
  /** The newest last. */
  readonly #blocks: Block[] = []

  get size(): number {
    return this.#size
  }

  append(leaf: Hash): void {
    let index = this.#size % BLOCK_LEAVES
    if (index === 0) this.#begin()
    const { nodes } = this.#blocks.at(-1) as Block
    nodes.write(leaf, placeOf(0, index), 'hex')
    for (let height = 0; index % 2 === 1; height++) {
      const parent = index >> 1
      hashPair(nodes, placeOf(height, index - 1), placeOf(height + 1, parent))
      index = parent
    }
    this.#size += 1
    if (this.#size % BLOCK_LEAVES === 0) this.#complete(nodeAt(nodes, BLOCK_EXPONENT, 0))
  }

  /** @returns undefined for a size that is not reached yet, or is no longer known */
  root(size: number = this.#size): Hash | undefined {
    if (size === 0) return EMPTY_ROOT
    if (size > this.#size) return undefined
    const newest = Math.floor((this.#size - 1) / BLOCK_LEAVES)
    const index = Math.floor((size - 1) / BLOCK_LEAVES)
    const block = this.#blocks[this.#blocks.length - 1 - (newest - index)]
    if (block === undefined) return undefined
    const peaks = [...block.before]
    const count = size - index * BLOCK_LEAVES
    for (let height = BLOCK_EXPONENT, at = 0; height >= 0; height--) {
      const width = 2 ** height
      if ((count & width) === 0) continue
      peaks.push(nodeAt(block.nodes, height, at / width))
      at += width
    }
    return peaks.reduceRight((right, left) => nodeHash(left, right))
  }

  #begin(): void {
    const oldest = this.#blocks.length > BLOCKS_KEPT ? this.#blocks.shift() : undefined
    const nodes = oldest?.nodes ?? Buffer.alloc(placeOf(BLOCK_EXPONENT + 1, 0))
    this.#blocks.push({ before: [...this.#peaks], nodes })
  }

  #complete(root: Hash): void {
    let peak = root
    for (let rest = this.#size / BLOCK_LEAVES - 1; rest % 2 === 1; rest = (rest - 1) / 2) {
      peak = nodeHash(this.#peaks.pop() as Hash, peak)
    }
    this.#peaks.push(peak)
  }
}

/** Byte at which a node of a block lies. */
function placeOf(height: number, index: number): number {
  return ((ROW_STARTS[height] as number) + index) * HASH_BYTES
}

function nodeAt(nodes: Buffer, height: number, index: number): Hash {
  const at = placeOf(height, index)
  return nodes.toString('hex', at, at + HASH_BYTES)
}

/** As `nodeHash` hashes (RFC 6962 section 2.1), of two nodes that lie next to each other. */
function hashPair(nodes: Buffer, children: number, parent: number): void {
  nodes.copy(preimage, 1, children, children + 2 * HASH_BYTES)
  nodes.write(hash('sha256', preimage, 'binary'), parent, 'binary')
}

const preimage = Buffer.alloc(1 + 2 * HASH_BYTES, 1)
