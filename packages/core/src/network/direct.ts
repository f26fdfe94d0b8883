import type { Connection, Logger, PeerId, PeerStore } from '@libp2p/interface'
import type { ConnectionManager } from '@libp2p/interface-internal'
import { peerIdFromString } from '@libp2p/peer-id'
import { CODE_P2P } from '@multiformats/multiaddr'
import { isRelayed } from './addresses.ts'

export interface DirectLinksInit {
  readonly peerStore: PeerStore
  readonly connectionManager: ConnectionManager
  readonly log: Logger
}

/** Most branches have no way to each other; where routers are set up anew, it is found within a quarter of an hour. */
const PAUSES_MS = [0, 60_000, 300_000, 900_000] as const
const JITTER = 0.25
const DIAL_TIMEOUT_MS = 10_000
/** The other side may be a round trip behind: were the relay left at once, it would have no connection for a moment. */
const BOTH_MS = 2_000

/**
 * Looks for a direct way to whomever a relay leads to: where branches are routed, the addresses that a colleague tells
 * us through the relay can be dialled. A relay carries everything else.
 */
export class DirectLinks {
  readonly #init: DirectLinksInit
  readonly #timers = new Map<string, NodeJS.Timeout>()
  readonly #leaving = new Set<NodeJS.Timeout>()

  constructor(init: DirectLinksInit) {
    this.#init = init
  }

  /** There is a connection to this peer; when it is relayed alone, a better one is looked for. */
  look(peer: string, attempt = 0): void {
    clearTimeout(this.#timers.get(peer))
    const pauseMs = PAUSES_MS[Math.min(attempt, PAUSES_MS.length - 1)] as number
    const timer = setTimeout(() => void this.#try(peer, attempt), pauseMs * (1 + JITTER * (2 * Math.random() - 1)))
    this.#timers.set(peer, timer)
  }

  /** The network changed. */
  lookForAll(): void {
    for (const peer of this.#timers.keys()) this.look(peer)
  }

  forget(peer: string): void {
    clearTimeout(this.#timers.get(peer))
    this.#timers.delete(peer)
  }

  stop(): void {
    for (const peer of this.#timers.keys()) this.forget(peer)
    for (const timer of this.#leaving) clearTimeout(timer)
  }

  async #try(peer: string, attempt: number): Promise<void> {
    const id = peerIdFromString(peer)
    if (!this.#isRelayedOnly(id)) return this.forget(peer)
    try {
      const direct = await this.#dial(id)
      // libp2p has all who dial a peer wait for the first of them, who may have gone by the relay.
      if (isRelayed(direct.remoteAddr)) throw new Error('somebody dialled it by the relay at the same time')
      this.#init.log('%p is reached directly at %a', id, direct.remoteAddr)
      this.forget(peer)
      this.#leaveRelaySoon(id, direct)
    } catch (error) {
      this.#init.log('no direct way to %p - %e', id, error)
      if (this.#timers.has(peer)) this.look(peer, attempt + 1)
    }
  }

  #isRelayedOnly(id: PeerId): boolean {
    const open = this.#init.connectionManager.getConnections(id).filter(({ status }) => status === 'open')
    return open.length > 0 && open.every(({ remoteAddr }) => isRelayed(remoteAddr))
  }

  async #dial(id: PeerId): Promise<Connection> {
    const { addresses } = await this.#init.peerStore.get(id)
    const direct = addresses.map(({ multiaddr }) => multiaddr).filter((address) => !isRelayed(address))
    if (direct.length === 0) throw new Error('no address is known')
    const withPeer = direct.map((address) => address.decapsulateCode(CODE_P2P).encapsulate(`/p2p/${id.toString()}`))
    return this.#init.connectionManager.openConnection(withPeer, { signal: AbortSignal.timeout(DIAL_TIMEOUT_MS) })
  }

  #leaveRelaySoon(id: PeerId, direct: Connection): void {
    const timer = setTimeout(() => {
      this.#leaving.delete(timer)
      if (direct.status === 'open') this.#leaveRelay(id)
    }, BOTH_MS)
    this.#leaving.add(timer)
  }

  /** What is under way through it is sent again, and recorded once. */
  #leaveRelay(id: PeerId): void {
    const relayed = this.#init.connectionManager.getConnections(id).filter(({ remoteAddr }) => isRelayed(remoteAddr))
    for (const connection of relayed) connection.close().catch((error: Error) => connection.abort(error))
  }
}
