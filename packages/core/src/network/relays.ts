import {
  type ComponentLogger,
  type Connection,
  type Libp2pEvents,
  type Listener,
  type Logger,
  type Startable,
} from '@libp2p/interface'
import type { ConnectionManager, TransportManager } from '@libp2p/interface-internal'
import { peerIdFromString } from '@libp2p/peer-id'
import { CODE_P2P_CIRCUIT, type Multiaddr } from '@multiformats/multiaddr'
import { TypedEventEmitter, type TypedEventTarget } from 'main-event'
import type { RosterKeeper } from '../roster/keeper.ts'
import { peerOf } from './addresses.ts'
import type { Lan, Seen } from './lan/lan.ts'

export interface RelayReservationsInit {
  /** Those to hold a place on now; asked again when another roster is in force. */
  readonly relays: () => readonly Multiaddr[]
  readonly roster: RosterKeeper
}

export interface RelayReservationsComponents {
  readonly connectionManager: ConnectionManager
  readonly transportManager: TransportManager
  readonly events: TypedEventTarget<Libp2pEvents>
  readonly lan: Lan
  readonly logger: ComponentLogger
}

interface RelayReservationsEvents {
  /** This relay (peer ID) holds a place for us, or still does. */
  place: CustomEvent<string>
}

export interface RelayReservations extends TypedEventTarget<RelayReservationsEvents> {
  /** Peer IDs of the relays that hold a place for us now. */
  reserved(): string[]
  /** Where the relays are that we are to hold a place on, by peer ID. */
  addresses(): ReadonlyMap<string, readonly Multiaddr[]>
}

/** A relay that cannot be reached, or has lost our reservation, is asked again after this long. */
const RETRY_MS = 5_000
/** As for everyone (node-options.ts). */
const CONNECT_TIMEOUT_MS = 30_000
/** Where a relay has several addresses, such as one in each branch, and one is no way from here. */
const ADDRESS_TIMEOUT_MS = 4_000
/** One that holds a place is looked at this often: a place can be lost without the connection. */
const LOOK_EVERY_MS = 30_000

/**
 * Reserves a place on each relay that we were given. libp2p does so once, when it starts: a relay that is not up by
 * then, or that was restarted, would never be asked again.
 */
export function relayReservations(
  init: RelayReservationsInit,
): (components: RelayReservationsComponents) => RelayReservations {
  return (components) => new RelayReservationsService(init, components)
}

class RelayReservationsService
  extends TypedEventEmitter<RelayReservationsEvents>
  implements RelayReservations, Startable
{
  readonly [Symbol.toStringTag] = '@branchline/relay-reservations'
  readonly #init: RelayReservationsInit
  #relays: ReadonlyMap<string, readonly Multiaddr[]>
  readonly #components: RelayReservationsComponents
  readonly #log: Logger
  readonly #listeners = new Map<string, Listener>()
  readonly #timers = new Map<string, NodeJS.Timeout>()
  #running = false

  constructor(init: RelayReservationsInit, components: RelayReservationsComponents) {
    super()
    this.#init = init
    this.#relays = Map.groupBy(init.relays(), peerOf)
    this.#components = components
    this.#log = components.logger.forComponent('branchline:relays')
  }

  start(): void {
    this.#running = true
    const { events, lan } = this.#components
    events.addEventListener('connection:close', this.#onClose)
    lan.addEventListener('moved', this.#onMoved)
    lan.addEventListener('seen', this.#onSeen)
    this.#init.roster.addEventListener('change', this.#onRoster)
  }

  /** Transports listen by now. */
  afterStart(): void {
    for (const relay of this.#relays.keys()) this.#reserveIn(relay, 0)
  }

  stop(): void {
    this.#running = false
    const { events, lan } = this.#components
    events.removeEventListener('connection:close', this.#onClose)
    lan.removeEventListener('moved', this.#onMoved)
    lan.removeEventListener('seen', this.#onSeen)
    this.#init.roster.removeEventListener('change', this.#onRoster)
    for (const timer of this.#timers.values()) clearTimeout(timer)
  }

  reserved(): string[] {
    return [...this.#relays.keys()].filter((relay) => this.#isReserved(relay))
  }

  addresses(): ReadonlyMap<string, readonly Multiaddr[]> {
    return this.#relays
  }

  /** One that is no relay any more loses its connection at the door (roster.md section 7), and with it our place. */
  readonly #onRoster = (): void => {
    const before = this.#relays
    this.#relays = Map.groupBy(this.#init.relays(), peerOf)
    for (const [relay, timer] of this.#timers) {
      if (this.#relays.has(relay)) continue
      clearTimeout(timer)
      this.#timers.delete(relay)
    }
    for (const [relay, addresses] of this.#relays) {
      if (String(before.get(relay)) !== String(addresses)) this.#reserveIn(relay, 0)
    }
  }

  /** A circuit listener has addresses exactly while its reservation stands. */
  #isReserved(relay: string): boolean {
    const listening = this.#components.transportManager.getAddrs()
    return listening.some((address) => {
      const components = address.getComponents()
      const circuit = components.findIndex(({ code }) => code === CODE_P2P_CIRCUIT)
      return circuit > 0 && components[circuit - 1]?.value === relay
    })
  }

  readonly #onClose = ({ detail }: CustomEvent<Connection>): void => {
    const relay = detail.remotePeer.toString()
    if (this.#relays.has(relay)) this.#reserveIn(relay, RETRY_MS / 5)
  }

  readonly #onMoved = (): void => {
    for (const relay of this.#relays.keys()) this.#reserveIn(relay, 0)
  }

  readonly #onSeen = ({ detail: { peer, isNews } }: CustomEvent<Seen>): void => {
    if (isNews && this.#relays.has(peer)) this.#reserveIn(peer, 0)
  }

  #reserveIn(relay: string, ms: number): void {
    if (!this.#running || !this.#relays.has(relay)) return
    clearTimeout(this.#timers.get(relay))
    this.#timers.set(
      relay,
      setTimeout(() => void this.#reserve(relay), ms),
    )
  }

  async #reserve(relay: string): Promise<void> {
    try {
      if (!this.#isReserved(relay)) await this.#listen(relay, await this.#connect(relay))
    } catch (error) {
      this.#log('no place on relay %s yet - %e', relay, error)
    }
    const connected = this.#components.connectionManager.getConnections(peerIdFromString(relay)).length > 0
    const isHeld = connected && this.#isReserved(relay)
    if (isHeld && this.#running) this.safeDispatchEvent('place', { detail: relay })
    this.#reserveIn(relay, isHeld ? LOOK_EVERY_MS : RETRY_MS)
  }

  /** Where we were told that it is; or, when it moved, wherever else it was seen. @returns where it was told to be */
  async #connect(relay: string): Promise<Multiaddr> {
    const { connectionManager } = this.#components
    const all = this.#relays.get(relay) ?? []
    const ms = all.length > 1 ? ADDRESS_TIMEOUT_MS : CONNECT_TIMEOUT_MS
    for (const address of all) {
      try {
        await connectionManager.openConnection(address, { signal: AbortSignal.timeout(ms) })
        return address
      } catch (error) {
        this.#log('relay %s is not at %a - %e', relay, address, error)
      }
    }
    const signal = AbortSignal.timeout(CONNECT_TIMEOUT_MS)
    const [first] = all
    if (first === undefined) throw new Error('it is no relay any more')
    await connectionManager.openConnection(peerIdFromString(relay), { signal })
    return first
  }

  /** libp2p keeps each listener that it made, even one that got no place, so it makes one a relay and no more. */
  async #listen(relay: string, at: Multiaddr): Promise<void> {
    const address = at.encapsulate('/p2p-circuit')
    const { transportManager } = this.#components
    const listener = this.#listeners.get(relay)
    if (listener !== undefined) return listener.listen(address)
    const others = new Set(transportManager.getListeners())
    const listening = transportManager.listen([address])
    const made = transportManager.getListeners().find((each) => !others.has(each))
    if (made !== undefined) this.#listeners.set(relay, made)
    await listening
  }
}
