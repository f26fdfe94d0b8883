import {
  type ComponentLogger,
  type Libp2pEvents,
  type Logger,
  type PeerDiscovery,
  type PeerDiscoveryEvents,
  peerDiscoverySymbol,
  type PeerId,
  serviceCapabilities,
  type Startable,
} from '@libp2p/interface'
import type { TransportManager } from '@libp2p/interface-internal'
import { peerIdFromString } from '@libp2p/peer-id'
import { CODE_IP4, CODE_P2P, CODE_TCP, type Multiaddr } from '@multiformats/multiaddr'
import { TypedEventEmitter, type TypedEventTarget } from 'main-event'
import { type LanInterface, usable } from './interfaces.ts'
import { ipOf } from '../addresses.ts'
import { Links } from './links.ts'
import { NetworkWatch } from './network-watch.ts'
import { Packets, type Sighting } from './packets.ts'
import { Sightings } from './sightings.ts'
import type { openLanSocket } from './socket.ts'

export interface LanInit {
  /**
   * mDNS service name, such as `_branchline._udp.local`; without one nobody is looked for. A function is asked again when
   * `changes` tells of a change.
   */
  readonly service: string | undefined | (() => string | undefined)
  readonly changes?: Pick<EventTarget, 'addEventListener' | 'removeEventListener'> | undefined
}

/** What tests put in the place of the system. */
export interface LanSystem {
  readonly open?: typeof openLanSocket
  readonly look?: () => LanInterface[]
}

export interface LanComponents {
  readonly peerId: PeerId
  readonly transportManager: Pick<TransportManager, 'getAddrs'>
  readonly events: TypedEventTarget<Libp2pEvents>
  readonly logger: ComponentLogger
}

export interface Seen {
  readonly peer: string
  /** Where it can be dialled, each with its peer ID. */
  readonly addresses: readonly Multiaddr[]
  /** Whether it was not known to be there. */
  readonly isNews: boolean
}

export interface LanEvents extends PeerDiscoveryEvents {
  /** Somebody was seen; also when they were seen before. */
  seen: CustomEvent<Seen>
  /** Interfaces or addresses of this machine changed, or it slept: connections may be dead, and others may be possible. */
  moved: CustomEvent<void>
}

export type Lan = TypedEventTarget<LanEvents>

/** How long somebody who is gone is looked for more often than is calm. */
const MISSED_FOR_MS = 600_000

/**
 * Discovery by mDNS on every usable interface at once, each with that interface's own addresses, in the format of
 * libp2p's own; and word of changes of this machine's network.
 */
export function lan(init: LanInit, system: LanSystem = {}): (components: LanComponents) => Lan {
  return (components) => new LanService({ ...init, ...system }, components)
}

class LanService extends TypedEventEmitter<LanEvents> implements PeerDiscovery, Startable {
  readonly [Symbol.toStringTag] = '@branchline/lan'
  readonly [serviceCapabilities]: string[] = ['@libp2p/peer-discovery']
  readonly #components: LanComponents
  readonly #watch: NetworkWatch
  readonly #log: Logger
  readonly #init: LanInit & LanSystem
  #service: string | undefined
  #links: Links | undefined
  readonly #sightings = new Sightings()
  /** Who was seen and is gone, and since when. */
  readonly #missing = new Map<string, number>()
  #interfaces: readonly LanInterface[] = []
  #listenedAt = ''

  constructor(init: LanInit & LanSystem, components: LanComponents) {
    super()
    const { look } = init
    this.#init = init
    this.#components = components
    this.#log = components.logger.forComponent('branchline:lan')
    this.#watch = new NetworkWatch({
      onChange: (interfaces, slept) => this.#onChange(interfaces, slept),
      ...(look !== undefined && { look }),
    })
    this.#service = this.#serviceNow()
    this.#links = this.#linksFor(this.#service)
  }

  #serviceNow(): string | undefined {
    const { service } = this.#init
    return typeof service === 'function' ? service() : service
  }

  #linksFor(service: string | undefined): Links | undefined {
    if (service === undefined) return undefined
    return new Links({
      packets: new Packets({ service, self: this.#components.peerId.toString() }),
      log: this.#log,
      open: this.#init.open,
      addressesOn: (on) => this.#addressesOn(on),
      isSomebodyMissing: () => this.#isSomebodyMissing(),
      onSighting: (sighting, { name }) => this.#onSighting(sighting, name),
    })
  }

  /** Others are looked for under another name, at once. */
  readonly #onRename = (): void => {
    const service = this.#serviceNow()
    if (service === this.#service) return
    this.#log('the LAN is %s now', service)
    this.#links?.end()
    this.#service = service
    this.#links = this.#linksFor(service)
    this.#useInterfaces()
  }

  get [peerDiscoverySymbol](): PeerDiscovery {
    return this
  }

  start(): void {
    const { events } = this.#components
    events.addEventListener('transport:listening', this.#onListening)
    events.addEventListener('peer:disconnect', this.#onDisconnect)
    events.addEventListener('peer:connect', this.#onConnect)
  }

  afterStart(): void {
    this.#interfaces = this.#watch.start()
    this.#useInterfaces()
    this.#init.changes?.addEventListener('change', this.#onRename)
  }

  stop(): void {
    const { events } = this.#components
    events.removeEventListener('transport:listening', this.#onListening)
    events.removeEventListener('peer:disconnect', this.#onDisconnect)
    events.removeEventListener('peer:connect', this.#onConnect)
    this.#init.changes?.removeEventListener('change', this.#onRename)
    this.#watch.stop()
    this.#links?.end()
  }

  #useInterfaces(): void {
    const listening = this.#listening()
    this.#listenedAt = listening.map(String).join()
    this.#links?.use(usable(this.#interfaces, listening.map(ipOf)))
  }

  /** Transports begin to listen while services start, and a reservation with a relay counts as one, too. */
  readonly #onListening = (): void => {
    if (this.#listening().map(String).join() === this.#listenedAt) return
    this.#useInterfaces()
    this.#links?.beginAgain()
  }

  #onChange(interfaces: readonly LanInterface[], slept: boolean): void {
    this.#log('the network changed%s: %o', slept ? ' (after sleep)' : '', interfaces)
    this.#interfaces = interfaces
    this.#useInterfaces()
    if (slept) this.#links?.beginAgain()
    this.#sightings.outdateAll()
    this.safeDispatchEvent('moved')
  }

  /** Where others can dial us without a relay. */
  #listening(): Multiaddr[] {
    return this.#components.transportManager.getAddrs().filter((each) => {
      const [ip, tcp, more] = each.getComponents()
      return ip?.code === CODE_IP4 && tcp?.code === CODE_TCP && (more === undefined || more.code === CODE_P2P)
    })
  }

  /** Where we listen, as far as that is an address of this interface. */
  #addressesOn({ addresses }: LanInterface): Multiaddr[] {
    const own = new Set(addresses.map(({ address }) => address))
    const self = `/p2p/${this.#components.peerId.toString()}`
    const here = this.#listening().filter((each) => own.has(ipOf(each)))
    return here.map((each) => each.decapsulateCode(CODE_P2P).encapsulate(self))
  }

  #onSighting(sighting: Sighting, on: string): void {
    const { peer, addresses } = sighting
    const noted = this.#sightings.note(sighting, on)
    if (sighting.ttlMs === 0) this.#missing.delete(peer)
    if (noted === undefined) return
    if (noted === 'news') {
      const detail = { id: peerIdFromString(peer), multiaddrs: addresses.map((each) => each.decapsulateCode(CODE_P2P)) }
      this.safeDispatchEvent('peer', { detail })
    }
    this.safeDispatchEvent('seen', { detail: { peer, addresses, isNews: noted === 'news' } })
  }

  readonly #onDisconnect = ({ detail }: CustomEvent<PeerId>): void => {
    const peer = detail.toString()
    if (!this.#sightings.outdate(peer)) return
    this.#missing.set(peer, performance.now())
    this.#links?.quicken()
  }

  #isSomebodyMissing(): boolean {
    const from = performance.now() - MISSED_FOR_MS
    for (const [peer, since] of this.#missing) if (since < from) this.#missing.delete(peer)
    return this.#missing.size > 0
  }

  readonly #onConnect = ({ detail }: CustomEvent<PeerId>): void => {
    this.#missing.delete(detail.toString())
  }
}
