/** How far another's clock is from ours. */
export interface Skew {
  /** Theirs less ours, milliseconds. */
  readonly offsetMs: number
  /** The most by which that may be wrong: half of the round trip, since nobody knows which way took how long, and 1. */
  readonly errorMs: number
  readonly roundTripMs: number
}

/** Both sides tell whole milliseconds. */
const GRAIN_MS = 1

export interface ClockAnswer {
  /** Our clock when the question left, milliseconds since 1970. */
  readonly sentMs: number
  readonly roundTripMs: number
  /** Their clock in between. */
  readonly theirMs: number
}

/** Of several answers the quickest says most (spec/clock.md section 3). */
export function skewOf(answers: readonly [ClockAnswer, ...ClockAnswer[]]): Skew {
  const { sentMs, roundTripMs, theirMs } = answers.reduce((a, b) => (b.roundTripMs < a.roundTripMs ? b : a))
  return { offsetMs: theirMs - (sentMs + roundTripMs / 2), errorMs: roundTripMs / 2 + GRAIN_MS, roundTripMs }
}
