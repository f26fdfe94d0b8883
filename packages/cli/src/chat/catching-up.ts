import type { Outcome } from '@branchline/core'

/** What had waited for somebody comes all at once. */
const CATCH_UP_MS = 500

interface Caught<T> {
  readonly outcome: Outcome
  readonly of: T
}

/** Gathers what had waited for somebody and comes when they do, so that a day of it takes one line. */
export class CatchingUp<T> {
  readonly #onCaughtUp: (peer: string, all: readonly Caught<T>[]) => void
  readonly #byPeer = new Map<string, { readonly all: Caught<T>[]; readonly timer: NodeJS.Timeout }>()

  /** @param onCaughtUp - told when for a moment no more has come */
  constructor(onCaughtUp: (peer: string, all: readonly Caught<T>[]) => void) {
    this.#onCaughtUp = onCaughtUp
  }

  take(outcome: Outcome, of: T): void {
    const { to } = outcome
    const known = this.#byPeer.get(to)
    known?.all.push({ outcome, of })
    if (known !== undefined) return void known.timer.refresh()
    const timer = setTimeout(() => this.#tell(to), CATCH_UP_MS)
    this.#byPeer.set(to, { all: [{ outcome, of }], timer })
  }

  /** Tells of all that has come. */
  flush(): void {
    for (const peer of this.#byPeer.keys()) this.#tell(peer)
  }

  #tell(peer: string): void {
    const { all = [], timer } = this.#byPeer.get(peer) ?? {}
    clearTimeout(timer)
    this.#byPeer.delete(peer)
    this.#onCaughtUp(peer, all)
  }
}
