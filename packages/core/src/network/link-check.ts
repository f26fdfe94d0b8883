import type { Connection, Logger } from '@libp2p/interface'
import { ask } from './ask.ts'

export interface LinkCheckInit {
  readonly log: Logger
}

const ROUND_TRIPS = 4
/** Two of these, one after the other, and what comes between fit in 5 s: behind a relay the far side checks, too. */
const LEAST_MS = 1_500
/** One that is too young to be measured is near, or has little to lose. */
const UNMEASURED_MS = 2_500

/** Ends connections that are dead, as soon as there is a reason to think so; without one, the pulse takes its time. */
export class LinkCheck {
  readonly #init: LinkCheckInit
  readonly #underWay = new Set<string>()

  constructor(init: LinkCheckInit) {
    this.#init = init
  }

  /** @returns whether it was dead */
  async check(connection: Connection): Promise<boolean> {
    const { id, rtt, status, remotePeer } = connection
    if (this.#underWay.has(id) || status !== 'open') return false
    this.#underWay.add(id)
    const waitMs = rtt === undefined ? UNMEASURED_MS : Math.max(LEAST_MS, ROUND_TRIPS * rtt)
    const outcome = await ask(connection, waitMs)
    this.#underWay.delete(id)
    if (outcome !== 'late') return false
    this.#init.log('no answer from %p in %d ms', remotePeer, waitMs)
    connection.abort(new Error(`no answer in ${waitMs} ms`))
    return true
  }
}
