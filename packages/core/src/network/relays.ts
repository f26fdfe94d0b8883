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
import type { TypedEventTarget } from 'main-event'
import { peerOf } from './addresses.ts'
import type { Lan, Seen } from './lan/lan.ts'

export interface RelayReservationsInit {
  readonly relays: readonly Multiaddr[]
}

export interface RelayReservationsComponents {
  readonly connectionManager: ConnectionManager
  readonly transportManager: TransportManager
  readonly events: TypedEventTarget<Libp2pEvents>
  readonly lan: Lan
  readonly logger: ComponentLogger
}

export interface RelayReservations {
  /** Peer IDs of the relays that hold a place for us now. */
  reserved(): string[]
}

/** A relay that cannot be reached, or has lost our reservation, is asked again after this long. */
const RETRY_MS = 5_000
/** As for everyone (node-options.ts). */
const CONNECT_TIMEOUT_MS = 30_000
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

class RelayReservationsService implements RelayReservations, Startable {
  readonly [Symbol.toStringTag] = '@branchline/relay-reservations'
  readonly #relays: ReadonlyMap<string, Multiaddr>
  readonly #components: RelayReservationsComponents
  readonly #log: Logger
  readonly #listeners = new Map<string, Listener>()
  readonly #timers = new Map<string, NodeJS.Timeout>()
  #running = false

  constructor({ relays }: RelayReservationsInit, components: RelayReservationsComponents) {
    this.#relays = new Map(relays.map((relay) => [peerOf(relay), relay]))
    this.#components = components
    this.#log = components.logger.forComponent('branchline:relays')
  }

  start(): void {
    this.#running = true
    const { events, lan } = this.#components
    events.addEventListener('connection:close', this.#onClose)
    lan.addEventListener('moved', this.#onMoved)
    lan.addEventListener('seen', this.#onSeen)
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
    for (const timer of this.#timers.values()) clearTimeout(timer)
  }

  reserved(): string[] {
    return [...this.#relays.keys()].filter((relay) => this.#isReserved(relay))
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
    if (!this.#running) return
    clearTimeout(this.#timers.get(relay))
    this.#timers.set(
      relay,
      setTimeout(() => void this.#reserve(relay), ms),
    )
  }

  async #reserve(relay: string): Promise<void> {
    const address = this.#relays.get(relay) as Multiaddr
    try {
      if (!this.#isReserved(relay)) {
        await this.#connect(relay)
        await this.#listen(relay, address.encapsulate('/p2p-circuit'))
      }
    } catch (error) {
      this.#log('no place on relay %s yet - %e', relay, error)
    }
    const connected = this.#components.connectionManager.getConnections(peerIdFromString(relay)).length > 0
    this.#reserveIn(relay, connected && this.#isReserved(relay) ? LOOK_EVERY_MS : RETRY_MS)
  }

  /** Where we were told that it is; or, when it moved, wherever else it was seen. */
  async #connect(relay: string): Promise<void> {
    const { connectionManager } = this.#components
    const signal = AbortSignal.timeout(CONNECT_TIMEOUT_MS)
    try {
      await connectionManager.openConnection(this.#relays.get(relay) as Multiaddr, { signal })
    } catch (error) {
      this.#log('relay %s is not where it should be - %e', relay, error)
      await connectionManager.openConnection(peerIdFromString(relay), { signal })
    }
  }

  /** libp2p keeps each listener that it made, even one that got no place, so it makes one a relay and no more. */
  async #listen(relay: string, address: Multiaddr): Promise<void> {
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
