import type { ConnectionGater, PeerId } from '@libp2p/interface'
import { TypedEventEmitter } from 'main-event'
import { Buckets } from '../bucket.ts'
import { MessengerError } from '../errors.ts'
import { CONNECTS_OF_PEER } from '../limits.ts'
import type { RosterKeeper } from './keeper.ts'

export interface RosterGateInit {
  readonly roster: RosterKeeper
  /** Peer IDs of relays that the owner of this machine named, beside those on the roster. */
  readonly relays?: readonly string[] | undefined
}

export interface RosterGateEvents {
  /** Somebody was turned away who came to us, or whom a relay was to carry. */
  refused: CustomEvent<{ readonly from: string; readonly error: MessengerError }>
}

/**
 * Lets only those on the roster through every door of a libp2p node: dialled, inbound, outbound, through a relay, and, at
 * a relay, to a place on it. Pass it as `connectionGater`, and to `messenger` as `gate`.
 */
export class RosterGate extends TypedEventEmitter<RosterGateEvents> implements ConnectionGater {
  readonly #roster: RosterKeeper
  readonly #relays: ReadonlySet<string>
  readonly #connects = new Buckets(CONNECTS_OF_PEER)

  constructor({ roster, relays = [] }: RosterGateInit) {
    super()
    this.#roster = roster
    this.#relays = new Set(relays)
  }

  /** Whether a peer may be connected with. */
  admits(peer: string): boolean {
    return this.#why(peer) === undefined
  }

  readonly denyDialPeer = (peer: PeerId): boolean => this.#whyNot(peer) !== undefined
  readonly denyOutboundEncryptedConnection = (peer: PeerId): boolean => this.#whyNot(peer) !== undefined
  readonly denyOutboundUpgradedConnection = (peer: PeerId): boolean => this.#whyNot(peer) !== undefined
  /** The first door at which anybody knows who is there. */
  readonly denyInboundEncryptedConnection = (peer: PeerId): boolean => {
    return this.#denies(peer, this.#whyNot(peer) ?? this.#tooOften(peer))
  }
  readonly denyInboundUpgradedConnection = (peer: PeerId): boolean => this.#denies(peer, this.#whyNot(peer))

  /** A place on a relay is for members alone. */
  readonly denyInboundRelayReservation = (source: PeerId): boolean => this.#denies(source, this.#whyNoMember(source))
  readonly denyOutboundRelayedConnection = (source: PeerId, destination: PeerId): boolean => {
    return this.#denies(source, this.#whyNoMember(source)) || this.#whyNoMember(destination) !== undefined
  }
  readonly denyInboundRelayedConnection = (relay: PeerId, remote: PeerId): boolean => {
    return this.#denies(relay, this.#whyNot(relay)) || this.#denies(remote, this.#whyNoMember(remote))
  }

  /** For whoever ends a connection of a peer who may be here, but not like that. */
  refuse(peer: PeerId, error: MessengerError): void {
    this.#denies(peer, error)
  }

  #tooOften(peer: PeerId): MessengerError | undefined {
    if (this.#connects.take(peer.toString())) return undefined
    return new MessengerError('PEER_FLOODS', 'a peer connects more often than anybody needs to')
  }

  #whyNot(peer: PeerId): MessengerError | undefined {
    return this.#why(peer.toString())
  }

  #why(id: string): MessengerError | undefined {
    if (this.#relays.has(id) || this.#roster.isRelay(id)) return undefined
    return this.#roster.whyNot(id)
  }

  #whyNoMember(peer: PeerId): MessengerError | undefined {
    return this.#roster.whyNot(peer.toString())
  }

  #denies(peer: PeerId, error: MessengerError | undefined): boolean {
    if (error !== undefined) this.safeDispatchEvent('refused', { detail: { from: peer.toString(), error } })
    return error !== undefined
  }
}
