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
import type { ConnectionManager, TransportManager } from '@libp2p/interface-internal'
import { peerIdFromString } from '@libp2p/peer-id'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { TypedEventTarget } from 'main-event'
import { HoldingEmitter } from '../holding-emitter.ts'
import { PROTOCOL } from '../limits.ts'
import { nameOf } from '../name.ts'
import type { Presence, PresenceEvents } from '../presence/presence.ts'
import { isRelayed } from './addresses.ts'
import type { Colleague, ColleagueEvents } from './colleague.ts'
import { DirectLinks } from './direct.ts'
import { IdleLinks } from './idle-links.ts'
import { Introduction, type IntroductionInit } from './introduction.ts'
import type { Lan, Seen } from './lan/lan.ts'
import { LinkCheck } from './link-check.ts'
import type { Places } from './places.ts'
import { Redialler } from './redialler.ts'
import type { RelayReservations } from './relays.ts'
import { Ways } from './ways.ts'
import type { PlacesChange } from '../wire/places-reader.ts'

export interface ColleaguesInit {
  /** Addresses, each with a peer ID at its end, of colleagues whom no discovery finds. */
  readonly addresses: readonly Multiaddr[]
  /** Peer IDs of colleagues whom the owner named, and who are kept in touch with through the relays. */
  readonly reachThroughRelays: readonly string[]
  /** What the roster calls a peer. */
  readonly nameOf: (peer: string) => string | undefined
}

export interface ColleaguesComponents {
  readonly peerId: PeerId
  readonly peerStore: PeerStore
  readonly connectionManager: ConnectionManager
  readonly connectionGater: ConnectionGater
  readonly transportManager: TransportManager
  readonly lan: Lan
  readonly relays: RelayReservations
  readonly places: Places
  readonly presence: Presence
  readonly identify: IntroductionInit['identify']
  readonly events: TypedEventTarget<Libp2pEvents>
  readonly logger: ComponentLogger
}

export interface Colleagues extends TypedEventTarget<ColleagueEvents> {
  /** Everyone who was seen, named or found since the start, those who are here first, then by name. */
  list(): Colleague[]
  /** The connection to a colleague, which is made when there is none. */
  reach(peer: string, signal: AbortSignal): Promise<Connection>
  /** Something was said to them, or by them. */
  used(peer: string): void
}

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
  readonly #ways: Ways
  readonly #idleLinks: IdleLinks
  readonly #introduction: Introduction
  readonly #names = new Map<string, string | undefined>()
  readonly #here = new Set<string>()

  constructor(init: ColleaguesInit, components: ColleaguesComponents) {
    super()
    this.#init = init
    this.#components = components
    const { connectionManager, connectionGater, logger, peerId, peerStore, places, relays, transportManager } =
      components
    const log = logger.forComponent('branchline:colleagues')
    this.#ways = new Ways({
      ...init,
      peerStore,
      connectionManager,
      connectionGater,
      relays,
      places,
      transportManager,
      log,
    })
    this.#idleLinks = new IdleLinks({ log, connectionsTo: (peer) => this.#connections(peer) })
    this.#directLinks = new DirectLinks({ connectionManager, peerStore, log })
    this.#linkCheck = new LinkCheck({ log })
    const isKnown = (peer: string): boolean => this.#here.has(peer) || relays.addresses().has(peer)
    this.#introduction = new Introduction({ identify: components.identify, isKnown, log })
    this.#redialler = new Redialler({
      self: peerId.toString(),
      isConnected: (peer) => connectionManager.getConnections(peerIdFromString(peer)).length > 0,
      isColleague: (peer) => this.#names.has(peer) && !this.#idleLinks.isWatched(peer),
      dial: (peer, signal) => this.#ways.dial(peer, signal),
      log,
    })
  }

  start(): void {
    const { events, lan, places, presence } = this.#components
    places.addEventListener('change', this.#onPlaces)
    presence.addEventListener('presence', this.#onPresence)
    this.#idleLinks.start()
    lan.addEventListener('seen', this.#onSeen)
    lan.addEventListener('moved', this.#onMoved)
    events.addEventListener('peer:identify', this.#onIdentify)
    events.addEventListener('connection:open', this.#onOpen)
    events.addEventListener('connection:close', this.#onClose)
  }

  /** What others ask us when we come is answered by now. */
  async afterStart(): Promise<void> {
    this.#redialler.start()
    for (const peer of this.#ways.given()) {
      if (!this.#names.has(peer)) this.#names.set(peer, undefined)
      await this.#ways.remember(peer)
      this.#redialler.want(peer)
    }
  }

  async stop(): Promise<void> {
    const { events, lan, places, presence } = this.#components
    places.removeEventListener('change', this.#onPlaces)
    presence.removeEventListener('presence', this.#onPresence)
    this.#idleLinks.stop()
    lan.removeEventListener('seen', this.#onSeen)
    lan.removeEventListener('moved', this.#onMoved)
    events.removeEventListener('peer:identify', this.#onIdentify)
    events.removeEventListener('connection:open', this.#onOpen)
    events.removeEventListener('connection:close', this.#onClose)
    this.#redialler.stop()
    this.#directLinks.stop()
    this.#introduction.stop()
  }

  list(): Colleague[] {
    const peers = new Set([...this.#names.keys(), ...this.#components.places.peers()])
    const everyone = [...peers].map((peer) => this.#colleague(peer))
    const rank = (each: Colleague): string => `${each.link === 'away' ? 1 : 0}${each.name ?? '\u{10FFFF}'}${each.peer}`
    return everyone.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1))
  }

  async reach(peer: string, signal: AbortSignal): Promise<Connection> {
    if (this.#connections(peer).length === 0) await this.#ways.dial(peer, signal)
    return this.#components.connectionManager.openConnection(peerIdFromString(peer), { signal })
  }

  used(peer: string): void {
    this.#idleLinks.used(peer)
  }

  #connections(peer: string): Connection[] {
    const all = this.#components.connectionManager.getConnections(peerIdFromString(peer))
    return all.filter(({ status }) => status === 'open')
  }

  /** Nobody is dialled for that: there may be hundreds. */
  readonly #onPlaces = ({ detail: { here, gone } }: CustomEvent<PlacesChange>): void => {
    for (const peer of here) {
      if (this.#connections(peer).length > 0) continue
      if (this.#idleLinks.isInUse(peer)) this.#redialler.want(peer)
      this.#redialler.hasten(peer)
      this.safeDispatchEvent('colleague:found', { detail: this.#colleague(peer) })
    }
    for (const peer of gone) {
      if (!this.#here.has(peer)) this.safeDispatchEvent('colleague:gone', { detail: this.#colleague(peer) })
    }
  }

  /** Who is not here yet will be told of with it. */
  readonly #onPresence = ({ detail: { peer } }: PresenceEvents['presence']): void => {
    if (this.#here.has(peer)) this.safeDispatchEvent('colleague:presence', { detail: this.#colleague(peer) })
  }

  readonly #onSeen = ({ detail: { peer, addresses, isNews } }: CustomEvent<Seen>): void => {
    const connections = this.#components.connectionManager.getConnections(peerIdFromString(peer))
    this.#ways.keepSeen(peer, addresses)
    this.#idleLinks.keep(peer)
    if (connections.length === 0) {
      this.#redialler.want(peer)
      if (isNews) this.#redialler.hasten(peer)
    } else if (isNews) this.#checkAll(connections)
  }

  readonly #onMoved = (): void => {
    this.#checkAll(this.#components.connectionManager.getConnections())
    this.#redialler.hastenAll()
    this.#directLinks.lookForAll()
  }

  /** Whoever connects anew may have lost the connection that we still hold; two who dialled at once have not. */
  readonly #onOpen = ({ detail }: CustomEvent<Connection>): void => {
    if (!this.#here.has(detail.remotePeer.toString())) this.#introduction.watch(detail)
    const since = Date.now() - YOUNG_MS
    const all = this.#components.connectionManager.getConnections(detail.remotePeer)
    // On a slow link the new one took long to open, too.
    this.#checkAll(all.filter(({ id, timeline }) => id !== detail.id && timeline.open < since))
  }

  #checkAll(connections: readonly Connection[]): void {
    for (const connection of connections) void this.#check(connection)
  }

  async #check(connection: Connection): Promise<void> {
    if (await this.#linkCheck.check(connection)) this.#redialler.hasten(connection.remotePeer.toString())
  }

  readonly #onIdentify = ({ detail }: CustomEvent<IdentifyResult>): void => {
    const peer = detail.peerId.toString()
    if (this.#components.relays.addresses().has(peer)) this.#onRelay()
    if (!detail.protocols.includes(PROTOCOL)) return
    void this.#ways.remember(peer)
    this.#names.set(peer, this.#init.nameOf(peer) ?? nameOf(detail.agentVersion))
    if (isRelayed(detail.connection.remoteAddr)) this.#onRelayed(peer)
    this.#redialler.want(peer)
    if (this.#here.has(peer)) return
    this.#here.add(peer)
    this.safeDispatchEvent('colleague:here', { detail: this.#colleague(peer) })
  }

  /** Whoever is in another branch is talked with now, and need not be all day. */
  #onRelayed(peer: string): void {
    if (!this.#ways.wasSeen(peer) && !this.#ways.given().has(peer)) this.#idleLinks.watch(peer)
    this.#directLinks.look(peer)
  }

  /** It may have been away for long, and with it all whom it leads to. */
  #onRelay(): void {
    for (const peer of this.#init.reachThroughRelays) this.#redialler.hasten(peer)
  }

  readonly #onClose = ({ detail }: CustomEvent<Connection>): void => {
    this.#introduction.forget(detail)
    const peer = detail.remotePeer.toString()
    if (this.#components.connectionManager.getConnections(detail.remotePeer).some(({ id }) => id !== detail.id)) return
    if (this.#here.delete(peer)) this.safeDispatchEvent('colleague:gone', { detail: this.#colleague(peer) })
    this.#directLinks.forget(peer)
    if (!this.#names.has(peer)) return
    if (this.#idleLinks.isWatched(peer) && !this.#idleLinks.isInUse(peer)) this.#redialler.forget(peer)
    else this.#redialler.lost(peer)
  }

  #colleague(peer: string): Colleague {
    const link = this.#linkTo(peer)
    const isConnected = link === 'direct' || link === 'relayed'
    const name = this.#names.get(peer) ?? this.#init.nameOf(peer)
    return { peer, name, link, presence: isConnected ? this.#components.presence.of(peer) : 'off' }
  }

  #linkTo(peer: string): Colleague['link'] {
    const connections = this.#here.has(peer) ? this.#connections(peer) : []
    if (connections.some(({ remoteAddr }) => !isRelayed(remoteAddr))) return 'direct'
    if (connections.length > 0) return 'relayed'
    return this.#components.places.relaysOf(peer).length > 0 ? 'reachable' : 'away'
  }
}
