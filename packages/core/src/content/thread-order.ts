import type { Hash } from '@branchline/audit-sink'
import { depths } from './depth.ts'

export { depthAfter as depthOf } from './depth.ts'

/** A message of a conversation. */
export interface Threaded {
  /** Message ID. */
  readonly id: Hash
  /** Message IDs that it comes after (`detail.after`). */
  readonly after: readonly Hash[]
  /** Its author's clock, milliseconds since 1970. */
  readonly time: number
}

export interface Placed {
  readonly id: Hash
  readonly depth: number
  readonly time: number
}

/** The order in which a conversation is read: by depth, then by the author's time, then by ID. */
export function compareInThread(a: Placed, b: Placed): number {
  return a.depth - b.depth || a.time - b.time || (a.id < b.id ? -1 : Number(a.id > b.id))
}

/**
 * The messages of one conversation in the order in which it is read, each once. What one names and is not there does not
 * count.
 */
export function inThreadOrder<T extends Threaded>(messages: Iterable<T>): T[] {
  const all = new Map(Array.from(messages, (message) => [message.id, message]))
  const present = new Map<Hash, Threaded>()
  for (const { id, after, time } of all.values()) {
    present.set(id, { id, after: after.filter((name) => all.has(name)), time })
  }
  const { depthOf: depth } = depths(present)
  const placed = [...present.values()].map(({ id, time }) => ({ id, time, depth: depth.get(id) ?? 0 }))
  return placed.toSorted(compareInThread).map(({ id }) => all.get(id) as T)
}
