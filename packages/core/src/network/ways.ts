import type { ConnectionGater, Logger, PeerStore } from '@libp2p/interface'
import type { ConnectionManager } from '@libp2p/interface-internal'
import { peerIdFromString } from '@libp2p/peer-id'
import { CODE_P2P, type Multiaddr } from '@multiformats/multiaddr'
import { isRelayed, peerOf } from './addresses.ts'
import type { Places } from './places.ts'
import type { RelayReservations } from './relays.ts'

export interface WaysInit {
  /** Addresses that the owner of this machine gave, each with a peer ID at its end. */
  readonly addresses: readonly Multiaddr[]
  /** Peer IDs of colleagues whom the owner named, and who are always tried through every relay. */
  readonly reachThroughRelays: readonly string[]
  readonly peerStore: PeerStore
  readonly connectionManager: ConnectionManager
  readonly connectionGater: ConnectionGater
  readonly relays: RelayReservations
  readonly places: Places
  readonly log: Logger
}

const MAX_SEEN = 2_048
/** Where they were seen may be no way any more; when a relay knows one, it is not waited for longer. */
const SEEN_TIMEOUT_MS = 5_000

/** Where each colleague may be, and the dials to there: where they were seen, through relays, and where we were told. */
export class Ways {
  readonly #init: WaysInit
  readonly #given: ReadonlyMap<string, Multiaddr[]>
  readonly #named: ReadonlySet<string>
  /** Where they were last seen on the LAN: what libp2p keeps of them may be an hour old. */
  readonly #seen = new Map<string, readonly Multiaddr[]>()

  constructor(init: WaysInit) {
    this.#init = init
    this.#given = Map.groupBy(init.addresses, peerOf)
    this.#named = new Set(init.reachThroughRelays)
  }

  /** Whom the owner of this machine named. */
  given(): Set<string> {
    return new Set([...this.#given.keys(), ...this.#named])
  }

  wasSeen(peer: string): boolean {
    return this.#seen.has(peer)
  }

  keepSeen(peer: string, addresses: readonly Multiaddr[]): void {
    this.#seen.delete(peer)
    this.#seen.set(peer, addresses)
    for (const oldest of this.#seen.keys()) if (this.#seen.size > MAX_SEEN) this.#seen.delete(oldest)
  }

  /** libp2p forgets what a peer does not announce itself, at each identify, and everything after an hour. */
  async remember(peer: string): Promise<void> {
    const circuits = this.#named.has(peer) ? this.#circuits(peer, this.#init.relays.addresses().keys()) : []
    const multiaddrs = [...(this.#given.get(peer) ?? []), ...circuits]
    if (multiaddrs.length === 0) return
    try {
      await this.#init.peerStore.merge(peerIdFromString(peer), { multiaddrs })
    } catch (error) {
      this.#init.log.error('an address could not be kept - %e', error)
    }
  }

  /** Resolves when there is a connection. */
  async dial(peer: string, signal: AbortSignal): Promise<void> {
    await this.remember(peer)
    const { places, relays } = this.#init
    const told = places.relaysOf(peer)
    const patience = told.length > 0 ? AbortSignal.any([signal, AbortSignal.timeout(SEEN_TIMEOUT_MS)]) : signal
    for (const address of this.#seen.get(peer) ?? []) {
      if (await this.#dialAt(address.decapsulateCode(CODE_P2P), peer, patience)) return
      signal.throwIfAborted()
    }
    // A relay that says nothing of its places may lead to them all the same.
    const others = relays.reserved().filter((relay) => !told.includes(relay))
    for (const address of this.#circuits(peer, [...told, ...others])) {
      if (await this.#dialAt(address, peer, signal)) return
      signal.throwIfAborted()
    }
    await this.#init.connectionManager.openConnection(peerIdFromString(peer), { signal })
  }

  #circuits(peer: string, relays: Iterable<string>): Multiaddr[] {
    const known = this.#init.relays.addresses()
    return [...relays].flatMap((relay) => {
      return (known.get(relay) ?? []).slice(0, 1).map((at) => at.encapsulate(`/p2p-circuit/p2p/${peer}`))
    })
  }

  /**
   * By address alone: libp2p has all who dial a peer wait for the first of them, and that one may wait for an answer
   * from where the peer was before. @returns whether it is the peer who is there
   */
  async #dialAt(address: Multiaddr, peer: string, signal: AbortSignal): Promise<boolean> {
    const { connectionGater, connectionManager, log } = this.#init
    const id = peerIdFromString(peer)
    if (await connectionGater.denyDialPeer?.(id)) throw new Error('the dial is not permitted')
    try {
      const connection = await connectionManager.openConnection(address, { signal })
      if (connection.remotePeer.equals(id)) return true
      connection.abort(new Error(`it is not ${peer}`))
    } catch (error) {
      log('%s is not %s %a - %e', peer, isRelayed(address) ? 'behind' : 'at', address, error)
    }
    return false
  }
}
