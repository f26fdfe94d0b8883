import { RECENT_SIZES } from './recent-roots.ts'

/**
 * The sizes at which a claim agreed with the log. One that disagrees may come late, and asks for the largest below its
 * own; it is not compared when its size is no longer among the recent ones, so of older sizes one is enough.
 */
export class HeldSizes {
  /** Rising. */
  #sizes: number[] = []

  add(size: number): void {
    const before = this.#sizes.findLastIndex((each) => each <= size)
    if (this.#sizes[before] !== size) this.#sizes.splice(before + 1, 0, size)
    if (this.#sizes.length > 2 * RECENT_SIZES) this.#sizes = this.#sizes.slice(-RECENT_SIZES)
  }

  /** 0 when there is none. */
  below(size: number): number {
    return this.#sizes.findLast((each) => each < size) ?? 0
  }
}
