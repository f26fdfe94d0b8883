import type { Connection, Logger } from '@libp2p/interface'

export interface IdleLinksInit {
  readonly log: Logger
  readonly connectionsTo: (peer: string) => readonly Connection[]
}

/** A link to another branch that nobody used for so long is let go: a hundred hosts would else keep 4,500 circuits. */
const IDLE_MS = 120_000
/** One that is lost is mended when it was used lately: below the time after which the other side lets it go. */
const IN_USE_MS = 60_000
const LOOK_EVERY_MS = 30_000

/** Links to people of other branches, who are met when there is something to say, and not all day. */
export class IdleLinks {
  readonly #init: IdleLinksInit
  readonly #usedAt = new Map<string, number>()
  #timer: NodeJS.Timeout | undefined

  constructor(init: IdleLinksInit) {
    this.#init = init
  }

  start(): void {
    this.#timer = setInterval(() => this.look(), LOOK_EVERY_MS)
    this.#timer.unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** There is a new link, that may be let go. */
  watch(peer: string): void {
    this.#usedAt.set(peer, performance.now())
  }

  /** It is kept whether it is used or not. */
  keep(peer: string): void {
    this.#usedAt.delete(peer)
  }

  isWatched(peer: string): boolean {
    return this.#usedAt.has(peer)
  }

  used(peer: string): void {
    if (this.#usedAt.has(peer)) this.#usedAt.set(peer, performance.now())
  }

  isInUse(peer: string): boolean {
    const usedAt = this.#usedAt.get(peer)
    return usedAt !== undefined && performance.now() - usedAt < IN_USE_MS
  }

  look(now = performance.now()): void {
    for (const [peer, usedAt] of this.#usedAt) {
      if (now - usedAt < IDLE_MS) continue
      for (const connection of this.#init.connectionsTo(peer)) {
        this.#init.log('the link to %s has been idle for %d ms', peer, now - usedAt)
        connection.close().catch((error: Error) => connection.abort(error))
      }
    }
  }
}
