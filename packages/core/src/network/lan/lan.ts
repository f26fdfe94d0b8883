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
import { type LanInterface, onLink } from './interfaces.ts'
import { Link } from './link.ts'
import { NetworkWatch } from './network-watch.ts'
import { Packets, type Sighting } from './packets.ts'
import { Sightings } from './sightings.ts'
import { type LanSocket, openLanSocket } from './socket.ts'

export interface LanInit {
  /** mDNS service name, such as `_branchline._udp.local`; without one nobody is looked for. */
  readonly service: string | undefined
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
/** An interface that could not be used is tried again. */
const REOPEN_MS = 30_000

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
  readonly #packets: Packets | undefined
  readonly #open: typeof openLanSocket
  readonly #watch: NetworkWatch
  readonly #log: Logger
  /** By what the interface is called and its addresses. */
  readonly #links = new Map<string, Link>()
  readonly #sightings = new Sightings()
  /** Who was seen and is gone, and since when. */
  readonly #missing = new Map<string, number>()
  readonly #reopenTimers = new Set<NodeJS.Timeout>()
  #interfaces: readonly LanInterface[] = []
  #isRunning = false

  constructor({ service, open = openLanSocket, look }: LanInit & LanSystem, components: LanComponents) {
    super()
    this.#components = components
    this.#packets = service === undefined ? undefined : new Packets({ service, self: components.peerId.toString() })
    this.#open = open
    this.#log = components.logger.forComponent('branchline:lan')
    this.#watch = new NetworkWatch({
      onChange: (interfaces, slept) => this.#onChange(interfaces, slept),
      ...(look !== undefined && { look }),
    })
  }

  get [peerDiscoverySymbol](): PeerDiscovery {
    return this
  }

  start(): void {
    this.#isRunning = true
  }

  /** Transports listen by now, so that there are addresses to tell. */
  afterStart(): void {
    const { events } = this.#components
    events.addEventListener('peer:disconnect', this.#onDisconnect)
    events.addEventListener('peer:connect', this.#onConnect)
    this.#interfaces = this.#watch.start()
    this.#openLinks()
  }

  stop(): void {
    this.#isRunning = false
    this.#components.events.removeEventListener('peer:disconnect', this.#onDisconnect)
    this.#components.events.removeEventListener('peer:connect', this.#onConnect)
    this.#watch.stop()
    for (const timer of this.#reopenTimers) clearTimeout(timer)
    for (const link of this.#links.values()) link.end()
    this.#links.clear()
  }

  #onChange(interfaces: readonly LanInterface[], slept: boolean): void {
    this.#log('interfaces: %s%s', interfaces.map(keyOf).join('; '), slept ? ' (after sleep)' : '')
    this.#interfaces = interfaces
    const there = new Set(interfaces.map(keyOf))
    for (const [key, link] of this.#links) {
      if (there.has(key)) {
        if (slept) link.begin()
      } else {
        link.end()
        this.#links.delete(key)
      }
    }
    this.#openLinks()
    this.#sightings.outdateAll()
    this.safeDispatchEvent('moved')
  }

  #openLinks(): void {
    for (const each of this.#interfaces) if (!this.#links.has(keyOf(each))) this.#openLink(each)
  }

  #openLink(on: LanInterface): void {
    const packets = this.#packets
    if (packets === undefined || !this.#isRunning) return
    const key = keyOf(on)
    let unsent = false
    const socket: LanSocket = this.#open({
      on,
      onReady: () => link.begin(),
      onPacket: (bytes, from) => link.hear(bytes, from),
      onFailure: (error) => {
        this.#log.error('nobody can be looked for on %s - %e', key, error)
        link.end()
        this.#links.delete(key)
        this.#reopenLater()
      },
      onUnsent: (error) => {
        if (!unsent) this.#log.error('nothing can be sent on %s - %e', key, error)
        unsent = true
      },
    })
    const link = new Link({
      packets,
      socket,
      isOnLink: onLink(on),
      addresses: () => this.#addressesOn(on),
      isSomebodyMissing: () => this.#isSomebodyMissing(),
      onSighting: (sighting) => this.#onSighting(sighting),
    })
    this.#links.set(key, link)
  }

  #reopenLater(): void {
    const timer = setTimeout(() => {
      this.#reopenTimers.delete(timer)
      this.#openLinks()
    }, REOPEN_MS)
    this.#reopenTimers.add(timer)
  }

  /** Where we listen, as far as that is an address of this interface. */
  #addressesOn({ addresses }: LanInterface): Multiaddr[] {
    const own = new Set(addresses.map(({ address }) => address))
    const listening = this.#components.transportManager.getAddrs().filter((each) => {
      const [ip, tcp, more] = each.getComponents()
      const isPlain = ip?.code === CODE_IP4 && tcp?.code === CODE_TCP
      return isPlain && own.has(ip.value ?? '') && (more === undefined || more.code === CODE_P2P)
    })
    const self = `/p2p/${this.#components.peerId.toString()}`
    return listening.map((each) => each.decapsulateCode(CODE_P2P).encapsulate(self))
  }

  #onSighting(sighting: Sighting): void {
    const { peer, addresses } = sighting
    const noted = this.#sightings.note(sighting)
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
    for (const link of this.#links.values()) link.quicken()
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

function keyOf({ name, addresses }: LanInterface): string {
  return `${name} ${addresses.map(({ address, prefix }) => `${address}/${prefix}`).join(' ')}`
}
