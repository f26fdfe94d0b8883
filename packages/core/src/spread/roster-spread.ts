import { hash } from 'node:crypto'
import type { Connection, Logger, PeerId, Stream } from '@libp2p/interface'
import type { ConnectionManager, Registrar } from '@libp2p/interface-internal'
import { Buckets } from '../bucket.ts'
import { MessengerError } from '../errors.ts'
import {
  MAX_ROSTER_STREAMS,
  ROSTER_PROTOCOL,
  ROSTER_TIMEOUT_MS,
  ROSTERS_OF_PEER,
  STANDING_INTERVAL_MS,
} from '../limits.ts'
import type { RosterKeeper } from '../roster/keeper.ts'
import { parseRoster, type Roster } from '../roster/roster.ts'
import { endWith } from '../wire/end-with.ts'
import { RosterReader, type RosterState } from '../wire/roster-reader.ts'
import { RosterWriter } from '../wire/writer.ts'

export interface RosterSpreadInit {
  readonly roster: RosterKeeper
  readonly registrar: Registrar
  readonly connectionManager: ConnectionManager
  readonly log: Logger
  /** Puts a roster on record that is about to be in force. */
  readonly record: (roster: Roster, from: string | undefined) => Promise<unknown>
  /** Told of whom the roster in force keeps out, and of what peers say that no roster may. */
  readonly onRefused: (from: string, error: MessengerError) => void
  /** Told when a roster is in force but could not be kept. */
  readonly onFailed: (error: unknown) => void
  readonly isAdmitted: (peer: string) => boolean
  /** Whether all connections of the node are for us, as where it has a gate. */
  readonly isAlone: boolean
}

/** Takes newer rosters from peers and brings them to others; ends the connections of those whom one takes off. */
export class RosterSpread {
  readonly #init: RosterSpreadInit
  readonly #abort = new AbortController()
  readonly #peers = new Map<string, PeerId>()
  readonly #offers = new Buckets(ROSTERS_OF_PEER)
  #topology: string | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(init: RosterSpreadInit) {
    this.#init = init
  }

  async start(): Promise<void> {
    const { registrar, roster } = this.#init
    const handle = (stream: Stream, connection: Connection): void => {
      void this.#talk(stream, connection.remotePeer.toString())
    }
    await registrar.handle(ROSTER_PROTOCOL, handle, { maxInboundStreams: MAX_ROSTER_STREAMS })
    this.#topology = await registrar.register(ROSTER_PROTOCOL, {
      onConnect: (peer) => {
        this.#peers.set(peer.toString(), peer)
        void this.#open(peer)
      },
      onDisconnect: (peer) => {
        this.#peers.delete(peer.toString())
      },
    })
    roster.addEventListener('change', this.#onChange)
    this.#timer = setInterval(this.#endOthers, STANDING_INTERVAL_MS)
    this.#timer.unref()
  }

  async stop(): Promise<void> {
    const { registrar, roster } = this.#init
    clearInterval(this.#timer)
    roster.removeEventListener('change', this.#onChange)
    this.#abort.abort(new Error('the messenger is closing'))
    if (this.#topology !== undefined) registrar.unregister(this.#topology)
    await registrar.unhandle(ROSTER_PROTOCOL)
  }

  /** @throws as `RosterKeeper.take` does */
  async take(offered: Roster, from?: string): Promise<boolean> {
    try {
      return await this.#init.roster.take(offered, (roster) => this.#init.record(roster, from))
    } catch (error) {
      if (!(error instanceof MessengerError)) this.#init.onFailed(error)
      throw error
    }
  }

  readonly #onChange = (): void => {
    this.#endOthers()
    for (const peer of this.#peers.values()) void this.#open(peer)
  }

  /** Those who are no members, or no longer; a node's other peers, who have nothing to do with us, are left alone. */
  readonly #endOthers = (): void => {
    const { roster, connectionManager, onRefused, isAdmitted, isAlone } = this.#init
    for (const connection of connectionManager.getConnections()) {
      const peer = connection.remotePeer.toString()
      const isOurs = isAlone || roster.isNamed(peer) || this.#peers.has(peer)
      const error = isOurs && !isAdmitted(peer) ? roster.whyNot(peer) : undefined
      if (error === undefined) continue
      onRefused(peer, error)
      connection.abort(error)
    }
  }

  async #open(peer: PeerId): Promise<void> {
    const [connection] = this.#init.connectionManager.getConnections(peer)
    if (connection === undefined || connection.status !== 'open') return
    try {
      const signal = AbortSignal.any([this.#abort.signal, AbortSignal.timeout(ROSTER_TIMEOUT_MS)])
      await this.#talk(await connection.newStream(ROSTER_PROTOCOL, { signal }), peer.toString())
    } catch (error) {
      this.#init.log('%p was not told of the roster - %e', peer, error)
    }
  }

  /** Never rejects. Both sides say what they hold; the one that holds more gives it. */
  async #talk(stream: Stream, peer: string): Promise<void> {
    const signal = AbortSignal.any([this.#abort.signal, AbortSignal.timeout(ROSTER_TIMEOUT_MS)])
    using _ = endWith(signal, stream)
    try {
      await this.#exchange(stream, peer)
      await stream.close({ signal })
    } catch (error) {
      if (error instanceof MessengerError) this.#init.onRefused(peer, error)
      stream.abort(error as Error)
    }
  }

  async #exchange(stream: Stream, peer: string): Promise<void> {
    const { roster, isAdmitted } = this.#init
    if (!isAdmitted(peer)) throw roster.whyNot(peer) ?? new Error('it is not admitted')
    const reader = new RosterReader(stream)
    const writer = new RosterWriter(stream)
    const held = roster.current
    const ours = rosterStateOf(held)
    writer.state(ours)
    const theirs = await reader.state()
    if (theirs.serial < ours.serial) writer.roster(held.signed)
    if (theirs.serial > ours.serial && !this.#offers.take(peer)) {
      throw new MessengerError('PEER_FLOODS', 'a peer brings rosters more often than a director writes them')
    }
    if (theirs.serial > ours.serial) await this.#takeFrom(peer, parseRoster(await reader.roster()), held)
    if (theirs.serial === ours.serial && theirs.hash !== ours.hash) {
      throw new MessengerError(
        'ROSTER_FORKED',
        `${peer} holds another roster under number ${ours.serial}; ask the director`,
      )
    }
  }

  /** Another peer may have brought a newer one meanwhile. */
  async #takeFrom(peer: string, offered: Roster, held: Roster): Promise<void> {
    try {
      await this.take(offered, peer)
    } catch (error) {
      const isLate = error instanceof MessengerError && error.code === 'ROSTER_STALE'
      if (!isLate || this.#init.roster.current === held) throw error
    }
  }
}

export function rosterStateOf({ serial, note }: Roster): RosterState {
  return { serial, hash: hash('sha256', note.text, 'hex') }
}
