import { hash } from 'node:crypto'
import { type Hash, nodeHash } from '../hash.ts'

/** Root of a tree without leaves: SHA-256 of nothing (RFC 6962 section 2.1). */
export const EMPTY_ROOT: Hash = hash('sha256', '', 'hex')

/**
 * The right edge of an RFC 6962 tree: enough to append leaves and to know the root, in one hash a binary digit of the
 * size.
 */
export class TreeEdge {
  #size = 0
  /** Roots of the complete subtrees that the tree falls into, the largest first. */
  readonly #peaks: Hash[] = []

  get size(): number {
    return this.#size
  }

  append(leaf: Hash): void {
    let peak = leaf
    for (let rest = this.#size; rest % 2 === 1; rest = (rest - 1) / 2) peak = nodeHash(this.#peaks.pop() as Hash, peak)
    this.#peaks.push(peak)
    this.#size += 1
  }

  root(): Hash {
    if (this.#peaks.length === 0) return EMPTY_ROOT
    return this.#peaks.reduceRight((right, left) => nodeHash(left, right))
  }

  copy(): TreeEdge {
    const copy = new TreeEdge()
    copy.#size = this.#size
    copy.#peaks.push(...this.#peaks)
    return copy
  }
}

/** Where the hashes of complete subtrees come from: node `index` of `level` covers leaves `index * 2^level` and on. */
export interface TreeNodes {
  /** At once when it is in memory. */
  node(level: number, index: number): Hash | Promise<Hash>
}

/** Root of the leaves from `start` up to but without `end`; both as they occur in RFC 6962's recursion. */
export async function subtreeRoot(nodes: TreeNodes, start: number, end: number): Promise<Hash> {
  const count = end - start
  if (count === 0) return EMPTY_ROOT
  const level = exponentOf(count)
  if (level !== undefined) return nodes.node(level, start / count)
  const middle = start + splitPoint(count)
  return nodeHash(await subtreeRoot(nodes, start, middle), await subtreeRoot(nodes, middle, end))
}

/** The largest power of two below `count`, which is at least 2 (RFC 6962's k). */
export function splitPoint(count: number): number {
  let k = 1
  while (k * 2 < count) k *= 2
  return k
}

/**
 * The n of 2^n, or undefined when `count`, at least 1, is no power of two. By division, which is exact: Math.log2 takes
 * 2^49 + 1 for 2^49.
 */
export function exponentOf(count: number): number | undefined {
  let exponent = 0
  let rest = count
  for (; rest % 2 === 0; rest /= 2) exponent += 1
  return rest === 1 ? exponent : undefined
}
