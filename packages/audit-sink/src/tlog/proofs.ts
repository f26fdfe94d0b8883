import { type Hash, isHash, nodeHash } from '../hash.ts'
import { EMPTY_ROOT, exponentOf, splitPoint, subtreeRoot, type TreeNodes } from './tree.ts'

/*
 * Proofs of RFC 6962 section 2.1, checked as RFC 9162 section 2.1.3.2 and 2.1.4.2 say, whose trees are the same. Sizes
 * go beyond 32 bits, where shifting stops: they are divided.
 */

/** More than any proof has: a size has at most 53 binary digits. */
export const MAX_PATH_HASHES = 64

/**
 * That the leaf at `index` is in the tree of `size` leaves (RFC 6962 section 2.1.1): siblings from the leaf up.
 * @throws RangeError when there is no such leaf
 */
export async function inclusionProof(nodes: TreeNodes, index: number, size: number): Promise<Hash[]> {
  if (!isSize(index) || !isSize(size) || index >= size) throw new RangeError(`no leaf ${index} in a tree of ${size}`)
  const path: Hash[] = []
  let [start, end] = [0, size]
  while (end - start > 1) {
    const middle = start + splitPoint(end - start)
    if (index < middle) {
      path.push(await subtreeRoot(nodes, middle, end))
      end = middle
    } else {
      path.push(await subtreeRoot(nodes, start, middle))
      start = middle
    }
  }
  return path.toReversed()
}

/**
 * That the tree of `to` leaves begins with the tree of `from` (RFC 6962 section 2.1.2).
 * @throws RangeError when `from` is not in 1 … `to`
 */
export async function consistencyProof(nodes: TreeNodes, from: number, to: number): Promise<Hash[]> {
  return subproof(nodes, from, to, true)
}

/**
 * Which root the tree of `to` leaves had at `from`, for somebody who does not know it, or knows another: the path of
 * `earlierRoot`. It is the consistency proof; where that leaves the older root out, since a reader is thought to know
 * it (`from` a power of two), it comes first.
 * @throws RangeError when `from` is not in 1 … `to`
 */
export async function earlierRootProof(nodes: TreeNodes, from: number, to: number): Promise<Hash[]> {
  return subproof(nodes, from, to, from === to)
}

/** @param isKnown - whether the reader knows the root of the first `from` leaves (RFC 6962's b) */
async function subproof(nodes: TreeNodes, from: number, to: number, isKnown: boolean): Promise<Hash[]> {
  if (!isSize(from) || !isSize(to) || from === 0 || from > to)
    throw new RangeError(`no proof from ${from} to ${to} leaves`)
  const path: Hash[] = []
  let [start, end] = [0, to]
  while (end !== from) {
    const middle = start + splitPoint(end - start)
    if (from <= middle) {
      path.push(await subtreeRoot(nodes, middle, end))
      end = middle
    } else {
      path.push(await subtreeRoot(nodes, start, middle))
      start = middle
    }
  }
  if (start > 0 || !isKnown) path.push(await subtreeRoot(nodes, start, end))
  return path.toReversed()
}

export interface Inclusion {
  readonly leaf: Hash
  readonly index: number
  readonly size: number
  readonly root: Hash
  readonly path: readonly Hash[]
}

/** Whether the path leads from this leaf at this place to the root. Of anything else than hashes: false. */
export function verifyInclusion({ leaf, index, size, root, path }: Inclusion): boolean {
  if (!isSize(index) || !isSize(size) || index >= size || !isHash(leaf) || !isPath(path)) return false
  let [node, last] = [index, size - 1]
  let computed = leaf
  for (const sibling of path) {
    if (last === 0) return false
    if (node % 2 === 1 || node === last) {
      computed = nodeHash(sibling, computed)
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)]
    } else {
      computed = nodeHash(computed, sibling)
    }
    ;[node, last] = [half(node), half(last)]
  }
  return last === 0 && computed === root
}

export interface EarlierRoot {
  readonly from: number
  readonly to: number
  readonly toRoot: Hash
  /** As `earlierRootProof` makes it. */
  readonly path: readonly Hash[]
}

/**
 * The root of the first `from` leaves of the tree that has `to` leaves and the root `toRoot`.
 * @returns undefined when the path does not lead to `toRoot`; EMPTY_ROOT for size 0
 */
export function earlierRoot({ from, to, toRoot, path }: EarlierRoot): Hash | undefined {
  if (!isSize(from) || !isSize(to) || from > to || !isHash(toRoot) || !isPath(path)) return undefined
  if (from === to || from === 0) {
    if (path.length > 0) return undefined
    return from === to ? toRoot : EMPTY_ROOT
  }
  const [first, ...siblings] = path
  if (first === undefined) return undefined
  let [node, last] = [from - 1, to - 1]
  while (node % 2 === 1) [node, last] = [half(node), half(last)]
  let [older, newer] = [first, first]
  for (const sibling of siblings) {
    if (last === 0) return undefined
    if (node % 2 === 1 || node === last) {
      older = nodeHash(sibling, older)
      newer = nodeHash(sibling, newer)
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)]
    } else {
      newer = nodeHash(newer, sibling)
    }
    ;[node, last] = [half(node), half(last)]
  }
  return last === 0 && newer === toRoot ? older : undefined
}

export interface Consistency extends EarlierRoot {
  readonly fromRoot: Hash
  /** As `consistencyProof` makes it. */
  readonly path: readonly Hash[]
}

/** Whether both are roots of one history; an empty tree is consistent with every other. */
export function verifyConsistency({ from, fromRoot, to, toRoot, path }: Consistency): boolean {
  const isLeftOut = from > 0 && from < to && exponentOf(from) !== undefined
  const earlier = earlierRoot({ from, to, toRoot, path: isLeftOut ? [fromRoot, ...path] : path })
  return earlier !== undefined && earlier === fromRoot
}

const half = (n: number): number => Math.floor(n / 2)

const isSize = (value: number): boolean => Number.isSafeInteger(value) && value >= 0

/** Whatever is no hash would be hashed as something else. */
function isPath(path: readonly Hash[]): boolean {
  return path.length <= MAX_PATH_HASHES && path.every(isHash)
}
