import type { Logger } from '@libp2p/interface'
import { Slots } from './slots.ts'

export interface RediallerInit {
  /** Our peer ID. */
  readonly self: string
  readonly log: Logger
  isConnected(peer: string): boolean
  /** Whether it is tried for ever; others are forgotten after a while, until they are wanted again. */
  isColleague(peer: string): boolean
  dial(peer: string, signal: AbortSignal): Promise<void>
}

const PAUSES_MS = [1_000, 5_000, 15_000, 60_000] as const
/** Two who discover each other at once would dial twice: the one with the greater peer ID waits a little first. */
const YIELD_MS = 1_000
const JITTER = 0.25
/** Four round trips of 3.5 seconds, and what a dead address before the right one takes. */
const DIAL_TIMEOUT_MS = 30_000
/** Peers of whom nothing is known but that they were seen on the LAN: whoever makes them up gets no further. */
const MAX_STRANGERS = 2_048
/** Whoever is told again and again that there is a way does not try more often. */
const HASTEN_EVERY_MS = 2_000
/** When there is a way to all at once, as after sleep. */
const SPREAD_MS = 500

/**
 * When a branch opens everyone meets everyone: more at a time would take longer for each, until nobody is done in time.
 * Those who did not answer before have slots of their own, for they may use theirs up to the time limit.
 */
const AT_A_TIME = { first: 4, repeated: 16 } as const

interface Wanted {
  attempt: number
  timer: NodeJS.Timeout | undefined
  dialling: AbortController | undefined
  hastenedAt: number
}

/** Dials everyone who is wanted until they are there, for ever, with growing pauses. */
export class Redialler {
  readonly #init: RediallerInit
  readonly #wanted = new Map<string, Wanted>()
  readonly #first = new Slots(AT_A_TIME.first)
  readonly #repeated = new Slots(AT_A_TIME.repeated)
  #running = false

  constructor(init: RediallerInit) {
    this.#init = init
  }

  start(): void {
    this.#running = true
    for (const peer of this.#wanted.keys()) this.#schedule(peer, this.#yieldMs(peer))
  }

  stop(): void {
    this.#running = false
    for (const { timer, dialling } of this.#wanted.values()) {
      clearTimeout(timer)
      dialling?.abort()
    }
  }

  want(peer: string): void {
    if (this.#wanted.has(peer) || peer === this.#init.self) return
    if (this.#wanted.size >= MAX_STRANGERS && !this.#init.isColleague(peer)) return
    this.#wanted.set(peer, { attempt: 0, timer: undefined, dialling: undefined, hastenedAt: Number.NEGATIVE_INFINITY })
    this.#schedule(peer, this.#yieldMs(peer))
  }

  /** The connection is gone: begin again with the shortest pause. */
  lost(peer: string): void {
    const wanted = this.#wanted.get(peer)
    if (wanted === undefined) return
    wanted.attempt = 0
    if (wanted.dialling === undefined) this.#schedule(peer, PAUSES_MS[0] + this.#yieldMs(peer))
  }

  /** It need not be there any more. */
  forget(peer: string): void {
    const wanted = this.#wanted.get(peer)
    clearTimeout(wanted?.timer)
    wanted?.dialling?.abort()
    this.#wanted.delete(peer)
  }

  /** There is a way again, so that the pause need not be waited for, nor an attempt by the old way. */
  hasten(peer: string, spreadMs = 0): void {
    const wanted = this.#wanted.get(peer)
    if (wanted === undefined || this.#init.isConnected(peer)) return
    if (performance.now() - wanted.hastenedAt < HASTEN_EVERY_MS) return
    wanted.hastenedAt = performance.now()
    wanted.attempt = 0
    wanted.dialling?.abort()
    this.#schedule(peer, this.#yieldMs(peer) + spreadMs * Math.random())
  }

  hastenAll(): void {
    for (const peer of this.#wanted.keys()) this.hasten(peer, SPREAD_MS)
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
    const dialling = new AbortController()
    wanted.dialling = dialling
    const slots = wanted.attempt === 0 ? this.#first : this.#repeated
    await slots.run(() => this.#dial(peer, wanted, dialling.signal))
    if (wanted.dialling === dialling) wanted.dialling = undefined
  }

  async #dial(peer: string, wanted: Wanted, signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.#init.isConnected(peer)) return
    try {
      await this.#init.dial(peer, AbortSignal.any([signal, AbortSignal.timeout(DIAL_TIMEOUT_MS)]))
    } catch (error) {
      if (signal.aborted) return
      this.#init.log('%s cannot be reached yet - %e', peer, error)
      if (wanted.attempt >= PAUSES_MS.length && !this.#init.isColleague(peer)) {
        this.#wanted.delete(peer)
        return
      }
      this.#schedule(peer, PAUSES_MS[Math.min(wanted.attempt++, PAUSES_MS.length - 1)] as number)
    }
  }
}
