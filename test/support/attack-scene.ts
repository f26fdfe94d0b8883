import type { LogSource } from '@branchline/audit-sink'
import { chained, type Copy, copyOf, cutTo, signed, sourceOf } from '../../packages/audit-sink/test/attacks/copy.ts'
import { cosignatureOf, type Desk, openTown, seenOf, type Town } from '../../packages/audit-sink/test/attacks/town.ts'

/** Whole logs, which stay as they are, and what is made of Ann's. */
export interface Scene {
  readonly town: Town
  readonly copy: Copy
  /** The logs of Ann's colleagues. */
  readonly others: () => LogSource[]
  /** A change of Ann's log, chained again, with a head note that her key signed. */
  readonly resigned: (changed: Copy) => Promise<LogSource>
  /** The head note of Ann's log as it was with so many records. */
  readonly noteAfter: (size: number) => Promise<Uint8Array>
}

export async function openScene(): Promise<Scene> {
  const town = await openTown()
  const copy = await copyOf(town.ann)
  return {
    town,
    copy,
    others: () => [town.bea.store, town.cid.store],
    resigned: async (changed) => sourceOf(await signed(chained(changed), town.ann)),
    noteAfter: async (size) => (await signed(cutTo(copy, size), town.ann)).note as Uint8Array,
  }
}

export const ofAll = ({ ann, bea, cid }: Town): LogSource[] => [ann.store, bea.store, cid.store]

/** Ann puts another delivery on record, with this payload. */
export async function withOutcome(
  payload: (town: Town) => Promise<{ label: string; bytes: Uint8Array }>,
): Promise<LogSource[]> {
  const made = await openTown()
  const { ann, bea } = made
  const told = { actor: ann.peer, peers: [bea.peer], message: 'ab'.repeat(32), ref: 1 } as const
  const detail = { result: 'delivered' }
  await ann.log.append([{ ...told, kind: 'outcome', detail, payloads: [await payload(made)] }])
  return ofAll(made)
}

/** A cosignature that bears one name and was made by another. */
export async function cosignedAs(witness: Desk, key: Desk, of: Desk): Promise<{ label: string; bytes: Uint8Array }> {
  return cosignatureOf({ ...witness, log: key.log }, await seenOf(of))
}
