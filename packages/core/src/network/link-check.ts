import type { Connection, Logger } from '@libp2p/interface'
import { ask } from './ask.ts'

export interface LinkCheckInit {
  readonly log: Logger
}

const EVERY_MS = 1_000
const ROUND_TRIPS = 4
/** Two of these, one after the other, and what comes between fit in 5 s: behind a relay the far side checks, too. */
const LEAST_MS = 1_500
/**
 * One that was not measured yet is as slow as it is old, if not more so: one that is near is measured within a second.
 * Four round trips of 3.5 seconds are enough for any.
 */
const UNMEASURED_MS = { least: 2_500, most: 14_000 }

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
    const { id, status, remotePeer } = connection
    if (this.#underWay.has(id) || status !== 'open' || this.#wasJustNow(connection)) return false
    this.#checkedAt.set(connection, performance.now())
    this.#underWay.add(id)
    const waitMs = waitMsOf(connection)
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

function waitMsOf({ rtt, timeline }: Connection): number {
  if (rtt !== undefined) return Math.max(LEAST_MS, ROUND_TRIPS * rtt)
  const ageMs = Date.now() - timeline.open
  return Math.min(Math.max(UNMEASURED_MS.least, ROUND_TRIPS * ageMs), UNMEASURED_MS.most)
}
