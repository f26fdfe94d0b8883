export interface BucketSize {
  /** At once. */
  readonly burst: number
  /** After that. */
  readonly perSecond: number
}

/** More keys than any library has people or addresses; of more than that the one that was heard of first is forgotten. */
const MAX_KEYS = 4_096

/** So many at once, and so many a second after that. */
export class Bucket {
  readonly #size: BucketSize
  #left: number
  #countedAt = performance.now()

  constructor(size: BucketSize) {
    this.#size = size
    this.#left = size.burst
  }

  /** @returns false when it is empty */
  take(): boolean {
    this.#count()
    if (this.#left < 1) return false
    this.#left--
    return true
  }

  get isFull(): boolean {
    this.#count()
    return this.#left >= this.#size.burst
  }

  #count(): void {
    const now = performance.now()
    const { burst, perSecond } = this.#size
    this.#left = Math.min(burst, this.#left + ((now - this.#countedAt) / 1_000) * perSecond)
    this.#countedAt = now
  }
}

/** A bucket for each key; those that are full again are forgotten. */
export class Buckets {
  readonly #size: BucketSize
  readonly #of = new Map<string, Bucket>()

  constructor(size: BucketSize) {
    this.#size = size
  }

  /** @returns false when that of the key is empty */
  take(key: string): boolean {
    let bucket = this.#of.get(key)
    if (bucket === undefined) {
      if (this.#of.size >= MAX_KEYS) this.#makeRoom()
      bucket = new Bucket(this.#size)
      this.#of.set(key, bucket)
    }
    return bucket.take()
  }

  #makeRoom(): void {
    for (const [key, bucket] of this.#of) if (bucket.isFull) this.#of.delete(key)
    for (const key of this.#of.keys()) if (this.#of.size >= MAX_KEYS) this.#of.delete(key)
  }
}
