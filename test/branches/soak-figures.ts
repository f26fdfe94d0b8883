import type { SoakFigure, SoakSample } from './say.ts'
import { median, slopeOf } from './slope.ts'

/** What a figure of one node did in the second half of the run, when caches are full and code is compiled. */
export interface Trend {
  readonly figure: SoakFigure
  /** At its beginning and its end: medians of all nodes. */
  readonly from: number
  readonly to: number
  /** For each 100,000 messages that a node sends or receives: the median of all nodes, and the worst. */
  readonly slope: number
  readonly worstSlope: number
  /** How much that is for the messages of the second half. */
  readonly growth: number
  readonly worstGrowth: number
}

const PER = 100_000

/** @param samples - by round, of each node */
export function trendsOf(samples: readonly (readonly SoakSample[])[]): Trend[] {
  const half = samples.slice(Math.floor(samples.length / 2))
  const [first, last] = [half[0] ?? [], half.at(-1) ?? []]
  const handled = ({ sent, received }: SoakSample): number => sent + received
  const span = Math.max(...last.map((sample, n) => handled(sample) - handled(first[n] as SoakSample)))
  return (Object.keys(first[0]?.figures ?? {}) as SoakFigure[]).map((figure) => {
    const slopes = first.map((_, node) =>
      slopeOf(half.map((round) => [handled(round[node] as SoakSample), (round[node] as SoakSample).figures[figure]])),
    )
    const medianOf = (round: readonly SoakSample[]): number => median(round.map(({ figures }) => figures[figure]))
    const worst = Math.max(...slopes)
    return {
      figure,
      from: medianOf(first),
      to: medianOf(last),
      slope: median(slopes) * PER,
      worstSlope: worst * PER,
      growth: median(slopes) * span,
      worstGrowth: worst * span,
    }
  })
}

export function told({ figure, from, to, slope, worstSlope }: Trend): string {
  const [a, b, c, d] = [from, to, slope, worstSlope].map((value) => value.toFixed(2))
  return `${figure}: ${a} to ${b}, slope ${c} for 100,000 messages of a node (worst node ${d})`
}
