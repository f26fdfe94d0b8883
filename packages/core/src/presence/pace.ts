export interface PaceLimit {
  readonly most: number
  readonly withinMs: number
}

/** So many within so long, for each of several limits, whenever one begins to count. Times are of a clock that nobody sets. */
export class Pace {
  readonly #limits: readonly PaceLimit[]
  readonly #longest: number
  readonly #times: number[] = []

  constructor(limits: readonly PaceLimit[]) {
    this.#limits = limits
    this.#longest = Math.max(...limits.map(({ most }) => most))
  }

  /** Milliseconds until one more keeps to all limits; 0: it does now. */
  waitMs(now: number): number {
    const waits = this.#limits.map(({ most, withinMs }) => {
      const earlier = this.#times.at(-most)
      return earlier === undefined ? 0 : earlier + withinMs - now
    })
    return Math.max(0, ...waits)
  }

  /** @returns false when it is too early; that is not counted */
  take(now: number): boolean {
    if (this.waitMs(now) > 0) return false
    this.#times.push(now)
    if (this.#times.length > this.#longest) this.#times.shift()
    return true
  }
}
