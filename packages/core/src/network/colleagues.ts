import {
  type ComponentLogger,
  type Connection,
  type IdentifyResult,
  type Libp2pEvents,
  type PeerId,
  type PeerInfo,
  type PeerStore,
  serviceDependencies,
  type Startable,
} from '@libp2p/interface'
import type { ConnectionManager } from '@libp2p/interface-internal'
import { peerIdFromString } from '@libp2p/peer-id'
import { CODE_P2P, CODE_P2P_CIRCUIT, type Multiaddr } from '@multiformats/multiaddr'
import type { TypedEventTarget } from 'main-event'
import { HoldingEmitter } from '../holding-emitter.ts'
import { PROTOCOL } from '../limits.ts'
import { nameOf } from '../name.ts'
import { Redialler } from './redialler.ts'

export interface Colleague {
  readonly peer: string
  /** What the roster calls them; else what they call themselves. */
  readonly name: string | undefined
  /** How the connection runs now; 'away' while there is none. */
  readonly link: 'direct' | 'relayed' | 'away'
}

export interface ColleagueEvents {
  'colleague:here': CustomEvent<Colleague>
  'colleague:gone': CustomEvent<Colleague>
}

export interface ColleaguesInit {
  /** Addresses, each with a peer ID at its end, of colleagues whom no discovery finds. */
  readonly addresses: readonly Multiaddr[]
  /** Relays through which each of `reachThroughRelays` is tried. */
  readonly relays: readonly Multiaddr[]
  /** Peer IDs of colleagues who may be reached through the relays alone. */
  readonly reachThroughRelays: readonly string[]
  /** What the roster calls a peer. */
  readonly nameOf: (peer: string) => string | undefined
}

export interface ColleaguesComponents {
  readonly peerId: PeerId
  readonly peerStore: PeerStore
  readonly connectionManager: ConnectionManager
  readonly events: TypedEventTarget<Libp2pEvents>
  readonly logger: ComponentLogger
}

export interface Colleagues extends TypedEventTarget<ColleagueEvents> {
  /** Everyone who was seen or named since the start, those who are here first, then by name. */
  list(): Colleague[]
}

/**
 * Knows who is there and keeps the connections: libp2p dials nobody whom it discovers, and gives up for ever on a peer
 * that was away for half a minute.
 */
export function colleagues(init: ColleaguesInit): (components: ColleaguesComponents) => Colleagues {
  return (components) => new ColleaguesService(init, components)
}

class ColleaguesService extends HoldingEmitter<ColleagueEvents> implements Colleagues, Startable {
  readonly [Symbol.toStringTag] = '@branchline/colleagues'
  readonly [serviceDependencies]: string[] = ['@libp2p/identify']

  readonly #init: ColleaguesInit
  readonly #components: ColleaguesComponents
  readonly #redialler: Redialler
  /** Addresses that we were given, by peer ID. */
  readonly #given: ReadonlyMap<string, Multiaddr[]>
  readonly #names = new Map<string, string | undefined>()
  readonly #here = new Set<string>()

  constructor(init: ColleaguesInit, components: ColleaguesComponents) {
    super()
    this.#init = init
    this.#components = components
    this.#given = givenAddresses(init)
    const { connectionManager, logger } = components
    this.#redialler = new Redialler({
      self: components.peerId.toString(),
      isConnected: (peer) => connectionManager.getConnections(peerIdFromString(peer)).length > 0,
      dial: async (peer, signal) => {
        await this.#remember(peer)
        await connectionManager.openConnection(peerIdFromString(peer), { signal })
      },
      log: logger.forComponent('branchline:colleagues'),
    })
  }

  async start(): Promise<void> {
    const { events } = this.#components
    events.addEventListener('peer:discovery', this.#onDiscovery)
    events.addEventListener('peer:identify', this.#onIdentify)
    events.addEventListener('connection:close', this.#onClose)
    this.#redialler.start()
    for (const peer of this.#given.keys()) {
      if (!this.#names.has(peer)) this.#names.set(peer, undefined)
      await this.#remember(peer)
      this.#redialler.want(peer)
    }
  }

  async stop(): Promise<void> {
    const { events } = this.#components
    events.removeEventListener('peer:discovery', this.#onDiscovery)
    events.removeEventListener('peer:identify', this.#onIdentify)
    events.removeEventListener('connection:close', this.#onClose)
    this.#redialler.stop()
  }

  list(): Colleague[] {
    const everyone = [...this.#names.keys()].map((peer) => this.#colleague(peer))
    const rank = (each: Colleague): string => `${each.link === 'away' ? 1 : 0}${each.name ?? '\u{10FFFF}'}${each.peer}`
    return everyone.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1))
  }

  /** libp2p forgets what a peer does not announce itself, at each identify, and everything after an hour. */
  async #remember(peer: string): Promise<void> {
    const multiaddrs = this.#given.get(peer)
    if (multiaddrs === undefined) return
    try {
      await this.#components.peerStore.merge(peerIdFromString(peer), { multiaddrs })
    } catch (error) {
      this.#components.logger.forComponent('branchline:colleagues').error('an address could not be kept - %e', error)
    }
  }

  readonly #onDiscovery = ({ detail }: CustomEvent<PeerInfo>): void => {
    this.#redialler.want(detail.id.toString())
  }

  readonly #onIdentify = ({ detail }: CustomEvent<IdentifyResult>): void => {
    const peer = detail.peerId.toString()
    if (this.#init.relays.some((relay) => peerOf(relay) === peer)) this.#onRelay()
    if (!detail.protocols.includes(PROTOCOL)) return
    void this.#remember(peer)
    this.#names.set(peer, this.#init.nameOf(peer) ?? nameOf(detail.agentVersion))
    this.#redialler.want(peer)
    if (this.#here.has(peer)) return
    this.#here.add(peer)
    this.safeDispatchEvent('colleague:here', { detail: this.#colleague(peer) })
  }

  /** It may have been away for long, and with it all whom it leads to. */
  #onRelay(): void {
    for (const peer of this.#init.reachThroughRelays) this.#redialler.hasten(peer)
  }

  readonly #onClose = ({ detail }: CustomEvent<Connection>): void => {
    const peer = detail.remotePeer.toString()
    if (this.#components.connectionManager.getConnections(detail.remotePeer).some(({ id }) => id !== detail.id)) return
    if (this.#here.delete(peer)) this.safeDispatchEvent('colleague:gone', { detail: this.#colleague(peer) })
    if (this.#names.has(peer)) this.#redialler.lost(peer)
  }

  #colleague(peer: string): Colleague {
    const connections = this.#here.has(peer)
      ? this.#components.connectionManager.getConnections(peerIdFromString(peer)).filter((c) => c.status === 'open')
      : []
    const direct = connections.some((connection) => !isRelayed(connection.remoteAddr))
    const link = connections.length === 0 ? 'away' : direct ? 'direct' : 'relayed'
    return { peer, name: this.#names.get(peer), link }
  }
}

function givenAddresses({ addresses, relays, reachThroughRelays }: ColleaguesInit): Map<string, Multiaddr[]> {
  const given = Map.groupBy(addresses, peerOf)
  for (const peer of reachThroughRelays) {
    const circuits = relays.map((relay) => relay.encapsulate(`/p2p-circuit/p2p/${peer}`))
    given.set(peer, [...(given.get(peer) ?? []), ...circuits])
  }
  return given
}

function isRelayed(address: Multiaddr): boolean {
  return address.getComponents().some(({ code }) => code === CODE_P2P_CIRCUIT)
}

/** The peer ID at the end of an address. */
export function peerOf(address: Multiaddr): string {
  const last = address.getComponents().findLast(({ code }) => code === CODE_P2P)
  return last?.value ?? ''
}
