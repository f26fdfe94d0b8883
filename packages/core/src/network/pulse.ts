import type { ComponentLogger, Connection, Logger, Startable } from '@libp2p/interface'
import type { ConnectionManager } from '@libp2p/interface-internal'
import { ask } from './ask.ts'

export interface PulseComponents {
  readonly connectionManager: Pick<ConnectionManager, 'getConnections'>
  readonly logger: ComponentLogger
}

interface Beat {
  heardAt: number
  askAt: number
}

const LOOK_EVERY_MS = 1_000
/** Each question opens a stream: a millisecond at either end. */
const ASK_EVERY_MS = 6_000
const JITTER = 0.25
/**
 * Nothing was heard for so long: who is gone is missed within 20 seconds. At a round trip of 3.5 seconds an answer comes
 * every 6 seconds, and may come 12 seconds late, as when a packet is lost twice.
 */
const GONE_MS = 18_000
/** We were asleep, or busy: what was not heard meanwhile proves nothing. */
const LATE_MS = 5_000

/**
 * Ends connections to those of whom nothing was heard for long. libp2p's own monitor judges each ping by itself, by a
 * limit that adapts to all peers together: those that are far are measured by those that are near.
 */
export function pulse(): (components: PulseComponents) => Startable {
  return (components) => new Pulse(components)
}

class Pulse implements Startable {
  readonly [Symbol.toStringTag] = '@branchline/pulse'
  readonly #components: PulseComponents
  readonly #log: Logger
  #beats = new WeakMap<Connection, Beat>()
  #timer: NodeJS.Timeout | undefined
  #lookedAt = 0

  constructor(components: PulseComponents) {
    this.#components = components
    this.#log = components.logger.forComponent('branchline:pulse')
  }

  start(): void {
    this.#lookedAt = performance.now()
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    const now = performance.now()
    if (now - this.#lookedAt > LOOK_EVERY_MS + LATE_MS) this.#beats = new WeakMap()
    this.#lookedAt = now
    for (const connection of this.#components.connectionManager.getConnections()) {
      if (connection.status === 'open') this.#feel(connection, now)
    }
  }

  #feel(connection: Connection, now: number): void {
    const beat = this.#beats.get(connection) ?? { heardAt: now, askAt: now }
    this.#beats.set(connection, beat)
    if (now - beat.heardAt > GONE_MS) {
      this.#log('nothing was heard of %p for %d ms', connection.remotePeer, GONE_MS)
      connection.abort(new Error(`nothing was heard for ${GONE_MS} ms`))
    } else if (now >= beat.askAt) void this.#ask(connection, beat, now)
  }

  async #ask(connection: Connection, beat: Beat, now: number): Promise<void> {
    beat.askAt = now + ASK_EVERY_MS * (1 + JITTER * (2 * Math.random() - 1))
    if ((await ask(connection, GONE_MS)) === 'answered') {
      beat.heardAt = performance.now()
      connection.rtt = beat.heardAt - now
    }
  }
}
