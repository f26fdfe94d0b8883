interface Waiting {
  readonly peer: string
  readonly go: () => void
}

/** So many at once in all, and one of each peer. */
export class Turns {
  readonly #most: number
  readonly #busy = new Set<string>()
  readonly #waiting: Waiting[] = []

  constructor(most: number) {
    this.#most = most
  }

  /** Resolves when it is the peer's turn; what it gives is disposed of when that is over. */
  async take(peer: string): Promise<Disposable> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.push({ peer, go: resolve })
    this.#next()
    await promise
    return {
      [Symbol.dispose]: () => {
        this.#busy.delete(peer)
        this.#next()
      },
    }
  }

  #next(): void {
    while (this.#busy.size < this.#most) {
      const at = this.#waiting.findIndex(({ peer }) => !this.#busy.has(peer))
      const [next] = at === -1 ? [] : this.#waiting.splice(at, 1)
      if (next === undefined) return
      this.#busy.add(next.peer)
      next.go()
    }
  }
}
