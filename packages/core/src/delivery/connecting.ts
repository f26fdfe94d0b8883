import type { Connection } from '@libp2p/interface'

/** How a peer is reached who may not be connected. */
export type Reach = (peer: string, signal: AbortSignal) => Promise<Connection>

/** Connections for those who have something to say: dialled, or come by themselves. */
export class Connecting {
  readonly #reach: Reach
  /** Who waits for a connection, by peer. */
  readonly #arrivals = new Map<string, Set<() => void>>()

  constructor(reach: Reach) {
    this.#reach = reach
  }

  /** A dial to where they were may take long; when they come by themselves meanwhile, it is not waited for. */
  async connect(peer: string, signal: AbortSignal): Promise<Connection> {
    const arrival = Promise.withResolvers<void>()
    const arrivals = this.#arrivals.get(peer) ?? new Set()
    this.#arrivals.set(peer, arrivals.add(arrival.resolve))
    try {
      const dial = async (): Promise<Connection> => this.#reach(peer, signal)
      return await Promise.race([dial(), arrival.promise.then(dial)])
    } finally {
      arrivals.delete(arrival.resolve)
      if (arrivals.size === 0) this.#arrivals.delete(peer)
    }
  }

  arrived(peer: string): void {
    for (const tell of this.#arrivals.get(peer) ?? []) tell()
  }
}
