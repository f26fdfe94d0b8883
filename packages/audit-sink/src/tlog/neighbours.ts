import { type Hash, isHash, nodeHash } from '../hash.ts'
import { type Inclusion, inclusionProof, verifyInclusion } from './proofs.ts'
import type { TreeNodes } from './tree.ts'

/*
 * Inclusion proofs of neighbours in one tree differ in their first hashes alone. Who makes or checks many of them, one
 * after the other, does the work of a whole path for the first.
 */

interface ProvenLeaf {
  readonly index: number
  readonly size: number
  readonly path: readonly Hash[]
}

/**
 * Level of the smallest complete subtree that two leaves of a tree share: from there up their paths are one. Below it
 * every node has its sibling, so that the nth hash of either path is of level n.
 * @returns undefined when there is none
 */
function sharedLevel(a: number, b: number, size: number): number | undefined {
  let [level, width, first, second] = [0, 1, a, b]
  while (first !== second) {
    first = Math.floor(first / 2)
    second = Math.floor(second / 2)
    level += 1
    width *= 2
  }
  return (first + 1) * width <= size ? level : undefined
}

/** Makes inclusion proofs of one tree that grows. */
export class InclusionProver {
  readonly #nodes: TreeNodes
  #last: ProvenLeaf | undefined

  constructor(nodes: TreeNodes) {
    this.#nodes = nodes
  }

  /**
   * @returns what `inclusionProof` does; the hashes that two proofs share are the same strings
   * @throws RangeError when there is no such leaf
   */
  async prove(index: number, size: number): Promise<readonly Hash[]> {
    const last = this.#last
    const isThere = Number.isSafeInteger(index) && index >= 0 && index < size
    const shared = isThere && last?.size === size ? sharedLevel(index, last.index, size) : undefined
    const path =
      last === undefined || shared === undefined
        ? await inclusionProof(this.#nodes, index, size)
        : [...(await this.#siblings(index, shared)), ...last.path.slice(shared)]
    this.#last = { index, size, path }
    return path
  }

  async #siblings(index: number, levels: number): Promise<Hash[]> {
    const siblings: Hash[] = []
    for (let [level, node] = [0, index]; level < levels; level++, node = Math.floor(node / 2)) {
      const hash = this.#nodes.node(level, node % 2 === 0 ? node + 1 : node - 1)
      siblings.push(typeof hash === 'string' ? hash : await hash)
    }
    return siblings
  }
}

/** Checks inclusion proofs: all that `verifyInclusion` takes, and nothing else. */
export class InclusionCheck {
  /** With `nodes` from the leaf up, once a neighbour has asked for them. */
  #last: (ProvenLeaf & { readonly leaf: Hash; readonly root: Hash; readonly nodes?: readonly Hash[] }) | undefined

  verify(inclusion: Inclusion): boolean {
    if (this.#goesOn(inclusion)) return true
    if (!verifyInclusion(inclusion)) return false
    const { leaf, index, size, root, path } = inclusion
    this.#last = { leaf, index, size, root, path }
    return true
  }

  /** Whether it leads into the path that was checked last: each half of the subtree that both share names the other. */
  #goesOn({ leaf, index, size, root, path }: Inclusion): boolean {
    const last = this.#last
    if (last?.size !== size || last.root !== root || index === last.index || path.length !== last.path.length) {
      return false
    }
    if (!Number.isSafeInteger(index) || index < 0 || index >= size || !isHash(leaf)) return false
    const shared = sharedLevel(index, last.index, size)
    if (shared === undefined) return false
    for (let n = shared; n < path.length; n++) if (path[n] !== last.path[n]) return false
    const own = path.slice(0, shared)
    if (!own.every(isHash)) return false
    const below = nodesAbove(leaf, index, own)
    const nodes = last.nodes ?? nodesAbove(last.leaf, last.index, last.path)
    const [half, other] = [below[shared - 1], nodes[shared - 1]]
    if (half !== last.path[shared - 1] || other !== path[shared - 1]) return false
    this.#last = { leaf, index, size, root, path, nodes: [...below.slice(0, shared), ...nodes.slice(shared)] }
    return true
  }
}

/** The nodes over a leaf, from itself up, as far as every node has a sibling; above that they mean nothing. */
function nodesAbove(leaf: Hash, index: number, path: readonly Hash[]): Hash[] {
  const nodes = [leaf]
  let [node, hash] = [index, leaf]
  for (const sibling of path) {
    hash = node % 2 === 0 ? nodeHash(hash, sibling) : nodeHash(sibling, hash)
    nodes.push(hash)
    node = Math.floor(node / 2)
  }
  return nodes
}
