import type { Logger } from '@libp2p/interface'

export interface RediallerInit {
  /** Our peer ID. */
  readonly self: string
  readonly log: Logger
  isConnected(peer: string): boolean
  dial(peer: string, signal: AbortSignal): Promise<void>
}

const PAUSES_MS = [1_000, 5_000, 15_000, 60_000] as const
/** Two who discover each other at once would dial twice: the one with the greater peer ID waits a little first. */
const YIELD_MS = 1_000
const JITTER = 0.25
const DIAL_TIMEOUT_MS = 10_000

interface Wanted {
  attempt: number
  timer: NodeJS.Timeout | undefined
}

/** Dials everyone who is wanted until they are there, for ever, with growing pauses. */
export class Redialler {
  readonly #init: RediallerInit
  readonly #wanted = new Map<string, Wanted>()
  #running = false
  readonly #abort = new AbortController()

  constructor(init: RediallerInit) {
    this.#init = init
  }

  start(): void {
    this.#running = true
    for (const peer of this.#wanted.keys()) this.#schedule(peer, this.#yieldMs(peer))
  }

  stop(): void {
    this.#running = false
    this.#abort.abort()
    for (const { timer } of this.#wanted.values()) clearTimeout(timer)
  }

  want(peer: string): void {
    if (this.#wanted.has(peer) || peer === this.#init.self) return
    this.#wanted.set(peer, { attempt: 0, timer: undefined })
    this.#schedule(peer, this.#yieldMs(peer))
  }

  /** The connection is gone: begin again with the shortest pause. */
  lost(peer: string): void {
    this.#again(peer, PAUSES_MS[0])
  }

  /** There is a way again, so that the pause need not be waited for. */
  hasten(peer: string): void {
    this.#again(peer, this.#yieldMs(peer))
  }

  #again(peer: string, ms: number): void {
    const wanted = this.#wanted.get(peer)
    if (wanted === undefined) return
    wanted.attempt = 0
    this.#schedule(peer, ms)
  }

  #yieldMs(peer: string): number {
    return this.#init.self < peer ? 0 : YIELD_MS
  }

  #schedule(peer: string, ms: number): void {
    const wanted = this.#wanted.get(peer)
    if (!this.#running || wanted === undefined) return
    clearTimeout(wanted.timer)
    wanted.timer = setTimeout(() => void this.#try(peer, wanted), ms * (1 + JITTER * (2 * Math.random() - 1)))
  }

  async #try(peer: string, wanted: Wanted): Promise<void> {
    if (this.#init.isConnected(peer)) return
    try {
      await this.#init.dial(peer, AbortSignal.any([this.#abort.signal, AbortSignal.timeout(DIAL_TIMEOUT_MS)]))
    } catch (error) {
      this.#init.log('%s cannot be reached yet - %e', peer, error)
      this.#schedule(peer, PAUSES_MS[Math.min(wanted.attempt++, PAUSES_MS.length - 1)] as number)
    }
  }
}
