/** The same choices again for the same seed, which each test prints; BRANCHLINE_SEED brings them back. */
export class Random {
  readonly seed = Number(process.env['BRANCHLINE_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
  #state = this.seed

  /** Mulberry32: from 0 up to but without 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** True so often of once. */
  is(chance: number): boolean {
    return this.next() < chance
  }

  /** An integer from 0 up to but without this. */
  below(limit: number): number {
    return Math.floor(this.next() * limit)
  }

  of<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T
  }
}
