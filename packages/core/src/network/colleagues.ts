import {
  type ComponentLogger,
  type Connection,
  type ConnectionGater,
  type IdentifyResult,
  type Libp2pEvents,
  type PeerId,
  type PeerStore,
  serviceDependencies,
  type Startable,
} from '@libp2p/interface'
import type { ConnectionManager } from '@libp2p/interface-internal'
import { peerIdFromString } from '@libp2p/peer-id'
import { CODE_P2P, type Multiaddr } from '@multiformats/multiaddr'
import type { TypedEventTarget } from 'main-event'
import { HoldingEmitter } from '../holding-emitter.ts'
import { PROTOCOL } from '../limits.ts'
import { nameOf } from '../name.ts'
import { isRelayed, peerOf } from './addresses.ts'
import { DirectLinks } from './direct.ts'
import type { Lan, Seen } from './lan/lan.ts'
import { LinkCheck } from './link-check.ts'
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
  readonly connectionGater: ConnectionGater
  readonly lan: Lan
  readonly events: TypedEventTarget<Libp2pEvents>
  readonly logger: ComponentLogger
}

export interface Colleagues extends TypedEventTarget<ColleagueEvents> {
  /** Everyone who was seen or named since the start, those who are here first, then by name. */
  list(): Colleague[]
}

const MAX_SEEN = 2_048
/** Of this age, two connections to one peer are no news. */
const YOUNG_MS = 10_000

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
  readonly #directLinks: DirectLinks
  readonly #linkCheck: LinkCheck
  /** Addresses that we were given, by peer ID. */
  readonly #given: ReadonlyMap<string, Multiaddr[]>
  /** Where they were last seen on the LAN: what libp2p keeps of them may be an hour old. */
  readonly #seen = new Map<string, readonly Multiaddr[]>()
  readonly #names = new Map<string, string | undefined>()
  readonly #here = new Set<string>()

  constructor(init: ColleaguesInit, components: ColleaguesComponents) {
    super()
    this.#init = init
    this.#components = components
    this.#given = givenAddresses(init)
    const { connectionManager, logger, peerId, peerStore } = components
    const log = logger.forComponent('branchline:colleagues')
    this.#directLinks = new DirectLinks({ connectionManager, peerStore, log })
    this.#linkCheck = new LinkCheck({ log })
    this.#redialler = new Redialler({
      self: peerId.toString(),
      isConnected: (peer) => connectionManager.getConnections(peerIdFromString(peer)).length > 0,
      isColleague: (peer) => this.#names.has(peer),
      dial: (peer, signal) => this.#dial(peer, signal),
      log,
    })
  }

  async start(): Promise<void> {
    const { events, lan } = this.#components
    lan.addEventListener('seen', this.#onSeen)
    lan.addEventListener('moved', this.#onMoved)
    events.addEventListener('peer:identify', this.#onIdentify)
    events.addEventListener('connection:open', this.#onOpen)
    events.addEventListener('connection:close', this.#onClose)
    this.#redialler.start()
    for (const peer of this.#given.keys()) {
      if (!this.#names.has(peer)) this.#names.set(peer, undefined)
      await this.#remember(peer)
      this.#redialler.want(peer)
    }
  }

  async stop(): Promise<void> {
    const { events, lan } = this.#components
    lan.removeEventListener('seen', this.#onSeen)
    lan.removeEventListener('moved', this.#onMoved)
    events.removeEventListener('peer:identify', this.#onIdentify)
    events.removeEventListener('connection:open', this.#onOpen)
    events.removeEventListener('connection:close', this.#onClose)
    this.#redialler.stop()
    this.#directLinks.stop()
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

  async #dial(peer: string, signal: AbortSignal): Promise<void> {
    await this.#remember(peer)
    if (await this.#dialWhereSeen(peer, signal)) return
    await this.#components.connectionManager.openConnection(peerIdFromString(peer), { signal })
  }

  /** All at once: somebody on the LAN may say that a peer is where nobody answers. @returns whether they were there */
  async #dialWhereSeen(peer: string, signal: AbortSignal): Promise<boolean> {
    const found = new AbortController()
    const either = AbortSignal.any([signal, found.signal])
    const dials = (this.#seen.get(peer) ?? []).map(async (address) => {
      if (!(await this.#dialAt(address, peer, either))) throw new Error(`${peer} is not there`)
    })
    try {
      await Promise.any(dials)
      return true
    } catch {
      signal.throwIfAborted()
      return false
    } finally {
      found.abort()
    }
  }

  /**
   * By address alone: libp2p has all who dial a peer wait for the first of them, and that one may wait for an answer
   * from where the peer was before. @returns whether it is the peer who is there
   */
  async #dialAt(address: Multiaddr, peer: string, signal: AbortSignal): Promise<boolean> {
    const { connectionGater, connectionManager, logger } = this.#components
    const id = peerIdFromString(peer)
    if (await connectionGater.denyDialPeer?.(id)) throw new Error('the dial is not permitted')
    try {
      const connection = await connectionManager.openConnection(address.decapsulateCode(CODE_P2P), { signal })
      if (connection.remotePeer.equals(id)) return true
      connection.abort(new Error(`it is not ${peer}`))
    } catch (error) {
      signal.throwIfAborted()
      logger.forComponent('branchline:colleagues')('%s is not where it was seen - %e', peer, error)
    }
    return false
  }

  readonly #onSeen = ({ detail: { peer, addresses, isNews } }: CustomEvent<Seen>): void => {
    const connections = this.#components.connectionManager.getConnections(peerIdFromString(peer))
    this.#keepSeen(peer, addresses)
    if (connections.length === 0) {
      this.#redialler.want(peer)
      if (isNews) this.#redialler.hasten(peer)
    } else if (isNews) this.#checkAll(connections)
  }

  #keepSeen(peer: string, addresses: readonly Multiaddr[]): void {
    this.#seen.delete(peer)
    this.#seen.set(peer, addresses)
    for (const oldest of this.#seen.keys()) if (this.#seen.size > MAX_SEEN) this.#seen.delete(oldest)
  }

  readonly #onMoved = (): void => {
    this.#checkAll(this.#components.connectionManager.getConnections())
    this.#redialler.hastenAll()
    this.#directLinks.lookForAll()
  }

  /** Whoever connects anew may have lost the connection that we still hold; two who dialled at once have not. */
  readonly #onOpen = ({ detail: { remotePeer } }: CustomEvent<Connection>): void => {
    const since = Date.now() - YOUNG_MS
    this.#checkAll(
      this.#components.connectionManager.getConnections(remotePeer).filter(({ timeline }) => timeline.open < since),
    )
  }

  #checkAll(connections: readonly Connection[]): void {
    for (const connection of connections) void this.#check(connection)
  }

  async #check(connection: Connection): Promise<void> {
    if (await this.#linkCheck.check(connection)) this.#redialler.hasten(connection.remotePeer.toString())
  }

  readonly #onIdentify = ({ detail }: CustomEvent<IdentifyResult>): void => {
    const peer = detail.peerId.toString()
    if (this.#init.relays.some((relay) => peerOf(relay) === peer)) this.#onRelay()
    if (!detail.protocols.includes(PROTOCOL)) return
    void this.#remember(peer)
    this.#names.set(peer, this.#init.nameOf(peer) ?? nameOf(detail.agentVersion))
    this.#redialler.want(peer)
    if (isRelayed(detail.connection.remoteAddr)) this.#directLinks.look(peer)
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
    this.#directLinks.forget(peer)
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
