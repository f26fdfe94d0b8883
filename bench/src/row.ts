import type { Measured } from './measure.ts'

/** A bound of the ratio ours / rival. */
export interface Goal {
  /** Whether more or less is better. */
  readonly better: 'more' | 'less'
  readonly must?: number
  readonly want?: number
}

export interface Row {
  readonly what: string
  readonly rival: string
  readonly unit: string
  readonly measured: Measured
  readonly goal: Goal
}

export interface Benchmark {
  /** One line for people who wait. */
  readonly about: string
  run(rounds: number): Promise<Row[]>
}

export type Verdict = 'ok' | 'below must' | ''

/** By the median of the ratios; nothing where no bound is set. */
export function verdictOf({ measured, goal }: Row): Verdict {
  if (goal.must === undefined) return ''
  const { median } = measured.ratio
  return (goal.better === 'more' ? median >= goal.must : median <= goal.must) ? 'ok' : 'below must'
}
