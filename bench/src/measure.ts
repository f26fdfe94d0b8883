/** A median, and how far the rounds lay from it. */
export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

export interface Pair {
  readonly ours: number
  readonly rival: number
}

export interface Measured {
  readonly ours: Spread
  readonly rival: Spread
  /** Of the two values of one round, so that a machine that slows down between rounds does not count. */
  readonly ratio: Spread
}

export const DEFAULT_ROUNDS = 5

/** Ours, rival, ours, rival …: whatever else the machine does meets both. The first round warms up and is not counted. */
export async function interleaved(
  rounds: number,
  ours: () => Promise<number>,
  rival: () => Promise<number>,
): Promise<Measured> {
  return measured(await counted(rounds, async () => ({ ours: await ours(), rival: await rival() })))
}

/** Results of `rounds` rounds after one that is not counted. */
export async function counted<T>(rounds: number, round: () => Promise<T>): Promise<T[]> {
  await round()
  const results: T[] = []
  for (let n = 0; n < rounds; n++) results.push(await round())
  return results
}

export function measured(pairs: readonly Pair[]): Measured {
  return {
    ours: spread(pairs.map(({ ours }) => ours)),
    rival: spread(pairs.map(({ rival }) => rival)),
    ratio: spread(pairs.map(({ ours, rival }) => ours / rival)),
  }
}

function spread(values: readonly number[]): Spread {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

/** Seconds that `work` takes. */
export async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1_000
}

/** Median milliseconds of a call that is made `times` times, each when the one before has been answered. */
export async function p50Ms(times: number, call: () => Promise<unknown>): Promise<number> {
  const took: number[] = []
  for (let n = 0; n < times; n++) took.push(1_000 * (await secondsOf(call)))
  return median(took)
}
