import type { Hash } from '@branchline/audit-sink'

interface Later {
  readonly id: Hash
  readonly after: readonly Hash[]
}

export interface Depths {
  /** Of all that have what they come after: how long the longest way to one with none is. */
  readonly depthOf: ReadonlyMap<Hash, number>
  /** Those that name what is not there, or come after such, or after themselves. */
  readonly stuck: readonly Hash[]
}

/**
 * How deep each of these stands, by what they come after. Nobody can state a depth: it takes as many others, one after
 * the other. Hashes have no circles; of what has one all the same, nothing is placed.
 */
export function depths(all: ReadonlyMap<Hash, Later>): Depths {
  const depthOf = new Map<Hash, number>()
  const missing = new Map<Hash, number>()
  const next = new Map<Hash, Hash[]>()
  const ready: Hash[] = []
  for (const { id, after } of all.values()) {
    const names = new Set(after)
    missing.set(id, names.size)
    if (names.size === 0) ready.push(id)
    for (const name of names) {
      const later = next.get(name)
      if (later === undefined) next.set(name, [id])
      else later.push(id)
    }
  }
  for (let id = ready.pop(); id !== undefined; id = ready.pop()) {
    depthOf.set(
      id,
      depthAfter((all.get(id) as Later).after, (name) => depthOf.get(name)),
    )
    for (const later of next.get(id) ?? []) {
      const left = (missing.get(later) as number) - 1
      missing.set(later, left)
      if (left === 0) ready.push(later)
    }
  }
  return { depthOf, stuck: [...all.keys()].filter((id) => !depthOf.has(id)) }
}

/**
 * How deep one stands, for whoever places them as they come: 0, or one deeper than the deepest whose depth is known. What
 * comes later than one that names it makes that one deeper, and those after it.
 * @param after - IDs that it names
 * @param knownDepth - undefined for one that is not there
 */
export function depthAfter(after: readonly Hash[], knownDepth: (id: Hash) => number | undefined): number {
  return after.reduce((depth, id) => Math.max(depth, (knownDepth(id) ?? -1) + 1), 0)
}

/** IDs by depth, then by ID. */
export function inOrder(depthOf: ReadonlyMap<Hash, number>): Hash[] {
  return [...depthOf]
    .toSorted(([a, depthOfA], [b, depthOfB]) => depthOfA - depthOfB || (a < b ? -1 : 1))
    .map(([id]) => id)
}
