import type { Connection, Logger } from '@libp2p/interface'
import { ask } from './ask.ts'

export interface LinkCheckInit {
  readonly log: Logger
}

const EVERY_MS = 1_000
const ROUND_TRIPS = 4
const LEAST_MS = 2_000
/** One that is too young to be measured is near, or has little to lose. */
const UNMEASURED_MS = 2_500

/** Ends connections that are dead, as soon as there is a reason to think so; without one, the pulse takes its time. */
export class LinkCheck {
  readonly #init: LinkCheckInit
  readonly #underWay = new Set<string>()
  readonly #checkedAt = new WeakMap<Connection, number>()

  constructor(init: LinkCheckInit) {
    this.#init = init
  }

  /** @returns whether it was dead */
  async check(connection: Connection): Promise<boolean> {
    const { id, rtt, status, remotePeer } = connection
    if (this.#underWay.has(id) || status !== 'open' || this.#wasJustNow(connection)) return false
    this.#checkedAt.set(connection, performance.now())
    this.#underWay.add(id)
    const waitMs = rtt === undefined ? UNMEASURED_MS : Math.max(LEAST_MS, ROUND_TRIPS * rtt)
    const outcome = await ask(connection, waitMs)
    this.#underWay.delete(id)
    if (outcome !== 'late') return false
    this.#init.log('no answer from %p in %d ms', remotePeer, waitMs)
    connection.abort(new Error(`no answer in ${waitMs} ms`))
    return true
  }

  /** Whoever makes up reasons on the LAN must not have us ask all the time. */
  #wasJustNow(connection: Connection): boolean {
    return performance.now() - (this.#checkedAt.get(connection) ?? Number.NEGATIVE_INFINITY) < EVERY_MS
  }
}
