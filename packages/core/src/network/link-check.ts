import type { Connection, Logger } from '@libp2p/interface'

export interface LinkCheckInit {
  readonly log: Logger
}

const PING_PROTOCOL = '/ipfs/ping/1.0.0'
/** Opening a stream takes one to two round trips; one that is too young to be measured is near, or has little to lose. */
const ROUND_TRIPS = 4
const LEAST_MS = 2_000
const UNMEASURED_MS = 2_500

/**
 * Ends connections that are dead, as soon as there is a reason to think so: the connection monitor, which is right at
 * round trips of several seconds, too, takes its time.
 */
export class LinkCheck {
  readonly #init: LinkCheckInit
  readonly #underWay = new Set<string>()

  constructor(init: LinkCheckInit) {
    this.#init = init
  }

  /** @returns whether it was dead */
  async check(connection: Connection): Promise<boolean> {
    if (this.#underWay.has(connection.id) || connection.status !== 'open') return false
    this.#underWay.add(connection.id)
    const { rtt } = connection
    const waitMs = rtt === undefined ? UNMEASURED_MS : Math.max(LEAST_MS, ROUND_TRIPS * rtt)
    const signal = AbortSignal.timeout(waitMs)
    try {
      const stream = await connection.newStream(PING_PROTOCOL, { signal, runOnLimitedConnection: true })
      stream.abort(new Error('that was all we wanted to know'))
      return false
    } catch (error) {
      // Whatever else comes in time is an answer, or the end of the connection.
      if (!signal.aborted) return false
      this.#init.log('no answer from %p in %d ms - %e', connection.remotePeer, waitMs, error)
      connection.abort(new Error(`no answer in ${waitMs} ms`))
      return true
    } finally {
      this.#underWay.delete(connection.id)
    }
  }
}
