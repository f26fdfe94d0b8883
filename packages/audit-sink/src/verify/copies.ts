import type { VerifierKey } from '../tlog/note.ts'
import type { LogIndex } from './join-logs.ts'
import type { KeyHistory, Standing } from './key-history.ts'

/** Another copy at hand of a log: a restored backup, or what a copied key made. */
export interface OtherCopy {
  readonly keys: KeyHistory
  /** The first place at which the two have different records. */
  readonly partsAt: number
}

/**
 * Who signed a checkpoint, as far as one copy of a log knows, or else another does.
 * @param verifies - as for `KeyHistory.standing`
 */
export function standingAmong(
  own: KeyHistory,
  others: readonly OtherCopy[],
  size: number,
  verifies: (key: VerifierKey) => boolean,
): Standing | undefined {
  const standing = own.standing(size, verifies)
  const parted = others.filter(({ partsAt }) => partsAt < size)
  if (standing !== undefined) {
    // Where this copy is what a director gave up, the checkpoint may be of what came instead.
    const recovery = firstOf(parted, (other) => recoveryBetween(own, other)?.inOther)
    return { ...standing, recovery: standing.recovery ?? recovery }
  }
  return firstOf(others, (other) => {
    const theirs = other.keys.standing(size, verifies)
    if (theirs === undefined || !parted.includes(other)) return theirs
    const between = recoveryBetween(own, other)
    return { ...theirs, recovery: theirs.recovery ?? between?.inOwn ?? between?.inOther }
  })
}

/** Two recoveries in one place make two histories, of which neither is what was given up. */
function recoveryBetween(
  own: KeyHistory,
  { keys, partsAt }: OtherCopy,
): { readonly inOwn: number | undefined; readonly inOther: number | undefined } | undefined {
  const [inOwn, inOther] = [own.recoveryAt(partsAt), keys.recoveryAt(partsAt)]
  return inOwn === undefined || inOther === undefined ? { inOwn, inOther } : undefined
}

function firstOf<T, U>(all: readonly T[], find: (each: T) => U | undefined): U | undefined {
  for (const each of all) {
    const found = find(each)
    if (found !== undefined) return found
  }
  return undefined
}

/** The first place at which two logs have different records. */
export function partingOf(one: LogIndex, other: LogIndex): number {
  const others = other.leaves.values()
  let place = 0
  for (const leaf of one.leaves) {
    if (others.next().value !== leaf) return place
    place += 1
  }
  return place
}
