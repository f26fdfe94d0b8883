import type { ConnectionGater, Logger, PeerStore } from '@libp2p/interface'
import type { ConnectionManager, TransportManager } from '@libp2p/interface-internal'
import { peerIdFromString } from '@libp2p/peer-id'
import { CODE_P2P, type Multiaddr } from '@multiformats/multiaddr'
import { peerOf } from './addresses.ts'
import { MAX_MEMBERS } from '../limits.ts'
import { inTurn } from './in-turn.ts'
import type { Places } from './places.ts'
import type { RelayReservations } from './relays.ts'
import { Slots } from './slots.ts'

export interface WaysInit {
  /** Addresses that the owner of this machine gave, each with a peer ID at its end. */
  readonly addresses: readonly Multiaddr[]
  /** Peer IDs of colleagues whom the owner named, and who are always tried through every relay. */
  readonly reachThroughRelays: readonly string[]
  readonly peerStore: PeerStore
  readonly connectionManager: ConnectionManager
  readonly transportManager: TransportManager
  readonly connectionGater: ConnectionGater
  readonly relays: RelayReservations
  readonly places: Places
  readonly log: Logger
}

const MAX_SEEN = 2_048
/** Where they were seen may be no way any more; when a relay knows one, it is not waited for longer. */
const SEEN_TIMEOUT_MS = 5_000
/** A relay whose cable is cut says nothing until it is missed: then the other is tried beside it. */
const CIRCUIT_PATIENCE_MS = 1_000
/**
 * Who has something to say to everyone has to dial all who are found behind relays. All at once, each takes so long that
 * none is done before it is given up.
 */
const CIRCUITS_AT_A_TIME = 16
/** From its turn on, for however long whoever asked for it waits: what was begun is not begun again. */
const CIRCUIT_TIMEOUT_MS = 20_000
/** Each circuit is a stream to the relay for as long as it lives, and libp2p would have 64 of one protocol. */
const THROUGH_RELAY: object = { maxOutboundStreams: MAX_MEMBERS }

/** Where each colleague may be, and the dials to there: where they were seen, through relays, and where we were told. */
export class Ways {
  readonly #init: WaysInit
  readonly #given: ReadonlyMap<string, Multiaddr[]>
  readonly #named: ReadonlySet<string>
  /** Where they were last seen on the LAN: what libp2p keeps of them may be an hour old. */
  readonly #seen = new Map<string, readonly Multiaddr[]>()
  readonly #circuitSlots = new Slots(CIRCUITS_AT_A_TIME)
  /** Of each peer, whose turn it is or will be. */
  readonly #circuitDials = new Map<string, Promise<boolean>>()

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
    const { connectionGater, places, relays } = this.#init
    if (await connectionGater.denyDialPeer?.(peerIdFromString(peer))) throw new Error('the dial is not permitted')
    await this.remember(peer)
    const told = places.relaysOf(peer)
    const patience = told.length > 0 ? AbortSignal.any([signal, AbortSignal.timeout(SEEN_TIMEOUT_MS)]) : signal
    // All at once: somebody on the LAN may say that a peer is where nobody answers.
    const seen = (this.#seen.get(peer) ?? []).map((address) => address.decapsulateCode(CODE_P2P))
    const atOnce = { patienceMs: 0, signal: patience }
    if (await inTurn(seen, (address, signal) => this.#dialAt(address, peer, signal), atOnce)) return
    signal.throwIfAborted()
    // A relay that says nothing of its places may lead to them all the same.
    const others = relays.reserved().filter((relay) => !told.includes(relay))
    if (await this.#dialCircuits(this.#circuits(peer, [...told, ...others]), peer, signal)) return
    signal.throwIfAborted()
    await this.#init.connectionManager.openConnection(peerIdFromString(peer), { signal })
  }

  async #dialCircuits(circuits: readonly Multiaddr[], peer: string, signal: AbortSignal): Promise<boolean> {
    if (circuits.length === 0) return false
    const dial = this.#circuitDials.get(peer) ?? this.#inItsTurn(circuits, peer)
    this.#circuitDials.set(peer, dial)
    return untilAborted(dial, signal)
  }

  async #inItsTurn(circuits: readonly Multiaddr[], peer: string): Promise<boolean> {
    let isThere = false
    await this.#circuitSlots.run(async () => {
      // By now they may have come by themselves.
      isThere = this.#init.connectionManager.getConnections(peerIdFromString(peer)).length > 0
      if (isThere) return
      const turns = { patienceMs: CIRCUIT_PATIENCE_MS, signal: AbortSignal.timeout(CIRCUIT_TIMEOUT_MS) }
      isThere = await inTurn(circuits, (address, signal) => this.#dialThrough(address, peer, signal), turns)
    })
    this.#circuitDials.delete(peer)
    return isThere
  }

  #circuits(peer: string, relays: Iterable<string>): Multiaddr[] {
    const known = this.#init.relays.addresses()
    return [...relays].flatMap((relay) => {
      return (known.get(relay) ?? []).slice(0, 1).map((at) => at.encapsulate(`/p2p-circuit/p2p/${peer}`))
    })
  }

  /** Past libp2p's own queue, in which all dials to one peer wait for the first of them. */
  async #dialThrough(circuit: Multiaddr, peer: string, signal: AbortSignal): Promise<boolean> {
    const { transportManager, log } = this.#init
    try {
      await transportManager.dial(circuit, { signal, ...THROUGH_RELAY })
      return true
    } catch (error) {
      log('%s is not behind %a - %e', peer, circuit, error)
      return false
    }
  }

  /**
   * By address alone: libp2p has all who dial a peer wait for the first of them, and that one may wait for an answer
   * from where the peer was before. @returns whether it is the peer who is there
   */
  async #dialAt(address: Multiaddr, peer: string, signal: AbortSignal): Promise<boolean> {
    const { connectionManager, log } = this.#init
    const id = peerIdFromString(peer)
    try {
      const connection = await connectionManager.openConnection(address, { signal })
      if (connection.remotePeer.equals(id)) return true
      connection.abort(new Error(`it is not ${peer}`))
    } catch (error) {
      log('%s is not where it was seen - %e', peer, error)
    }
    return false
  }
}

/** @returns false when it was aborted before */
async function untilAborted(work: Promise<boolean>, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false
  return new Promise((resolve) => {
    const abort = (): void => resolve(false)
    signal.addEventListener('abort', abort, { once: true })
    void work.then(resolve).finally(() => signal.removeEventListener('abort', abort))
  })
}
