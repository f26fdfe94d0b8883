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
import { peerOf } from './colleagues.ts'

export interface RelayReservationsInit {
  readonly relays: readonly Multiaddr[]
}

export interface RelayReservationsComponents {
  readonly connectionManager: ConnectionManager
  readonly transportManager: TransportManager
  readonly events: TypedEventTarget<Libp2pEvents>
  readonly logger: ComponentLogger
}

export interface RelayReservations {
  /** Peer IDs of the relays that hold a place for us now. */
  reserved(): string[]
}

/** A relay that cannot be reached, or has lost our reservation, is asked again after this long. */
const RETRY_MS = 5_000

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
    this.#components.events.addEventListener('connection:close', this.#onClose)
  }

  /** Transports listen by now. */
  afterStart(): void {
    for (const relay of this.#relays.keys()) this.#reserveIn(relay, 0)
  }

  stop(): void {
    this.#running = false
    this.#components.events.removeEventListener('connection:close', this.#onClose)
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
        await this.#components.connectionManager.openConnection(address)
        await this.#listen(relay, address.encapsulate('/p2p-circuit'))
      }
    } catch (error) {
      this.#log('no place on relay %s yet - %e', relay, error)
    }
    const connected = this.#components.connectionManager.getConnections(peerIdFromString(relay)).length > 0
    if (!connected || !this.#isReserved(relay)) this.#reserveIn(relay, RETRY_MS)
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
