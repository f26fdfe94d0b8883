import type { Connection, IdentifyResult, Logger } from '@libp2p/interface'

export interface IntroductionInit {
  readonly identify: { identify(connection: Connection): Promise<IdentifyResult> }
  readonly isKnown: (peer: string) => boolean
  readonly log: Logger
}

/** A slow link takes some seconds for the first answer (node-options.ts). */
const AGAIN_MS = [3_000, 20_000, 60_000]

/**
 * Asks again who is at the other end of a connection: libp2p does so once, and whoever was only starting, or lost that
 * packet, would count as not here for as long as the connection lasts.
 */
export class Introduction {
  readonly #init: IntroductionInit
  readonly #timers = new Map<string, NodeJS.Timeout>()

  constructor(init: IntroductionInit) {
    this.#init = init
  }

  /** From when the connection was opened. */
  watch(connection: Connection, attempt = 0): void {
    const ms = AGAIN_MS[attempt]
    if (ms === undefined) return
    this.#timers.set(
      connection.id,
      setTimeout(() => void this.#ask(connection, attempt), ms),
    )
  }

  forget({ id }: Connection): void {
    clearTimeout(this.#timers.get(id))
    this.#timers.delete(id)
  }

  stop(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer)
    this.#timers.clear()
  }

  /** Never rejects. */
  async #ask(connection: Connection, attempt: number): Promise<void> {
    this.#timers.delete(connection.id)
    const { identify, isKnown, log } = this.#init
    if (connection.status !== 'open' || isKnown(connection.remotePeer.toString())) return
    this.watch(connection, attempt + 1)
    try {
      await identify.identify(connection)
    } catch (error) {
      log('%p does not say who it is - %e', connection.remotePeer, error)
    }
  }
}
