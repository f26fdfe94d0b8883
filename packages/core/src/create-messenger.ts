import { type AbortOptions, reasonOf } from '@branchline/audit-sink'
import { circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { identify } from '@libp2p/identify'
import type { Ed25519PrivateKey, PeerId } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { ping } from '@libp2p/ping'
import type { Multiaddr } from '@multiformats/multiaddr'
import { createLibp2p, type Libp2p } from 'libp2p'
import type { TypedEventTarget } from 'main-event'
import type { SendOptions } from './delivery/outgoing.ts'
import { MessengerError } from './errors.ts'
import { HoldingEmitter } from './holding-emitter.ts'
import { peerIdOf } from './identity.ts'
import type { Delivery } from './messages.ts'
import type { Messenger, MessengerEvents, MessengerInit } from './messenger-init.ts'
import { messenger } from './messenger.ts'
import { announced, parseListenAddress, parsePeerAddress, peerOf } from './network/addresses.ts'
import { type Colleague, type ColleagueEvents, type Colleagues, colleagues } from './network/colleagues.ts'
import { type Lan, lan } from './network/lan/lan.ts'
import { lanService } from './network/lan/service-name.ts'
import { nodeOptions, PING_STREAMS } from './network/node-options.ts'
import { crowding } from './network/crowding.ts'
import { pulse } from './network/pulse.ts'
import { startError } from './network/start-error.ts'
import { RosterGate } from './roster/gate.ts'
import type { RosterKeeper } from './roster/keeper.ts'
import { type RelayReservations, relayReservations } from './network/relays.ts'

export interface CreateMessengerInit extends MessengerInit {
  readonly identity: Ed25519PrivateKey
  /** Multiaddrs; default: a free port on every interface. */
  readonly listen?: readonly string[] | undefined
  /** Multiaddrs of relays, each with its peer ID, beside those on the roster. */
  readonly relays?: readonly string[] | undefined
  /** Colleagues whom mDNS does not find: a multiaddr with peer ID, or a peer ID alone to reach them through the relays. */
  readonly peers?: readonly string[] | undefined
  /** mDNS service name, default: that of the roster; false to look for nobody. */
  readonly lan?: string | false | undefined
}

const DEFAULT_LISTEN = ['/ip4/0.0.0.0/tcp/0']
/** All at once: when one is made, libp2p drops those that wait in line, and never tells whoever waits for them. */
const RESERVATIONS = { reservationConcurrency: 32 }

type HostedEvents = MessengerEvents & ColleagueEvents

/** A messenger with a libp2p node of its own, which it keeps to itself: there is no way past the record. */
export interface HostedMessenger
  extends Pick<Messenger, 'send' | 'takeRoster'>,
    TypedEventTarget<HostedEvents>,
    AsyncDisposable {
  readonly peerId: string
  /** What we are called. */
  readonly name: string | undefined
  /** Where others can reach us, each with our peer ID. */
  addresses(): string[]
  colleagues(): Colleague[]
  /** Peer IDs of the relays that hold a place for us. */
  relays(): string[]
  /** Ends what is under way, records the end of the session and closes the node; the audit sink stays open. */
  close(): Promise<void>
}

type Services = { messenger: Messenger; lan: Lan; colleagues: Colleagues; relays: RelayReservations }

/**
 * Starts a messenger: TCP, Noise, yamux, identify, mDNS inside a branch and relays between branches.
 * @throws MessengerError AUDIT_SINK_MISSING, ROSTER_MISSING, MEMBER_UNKNOWN, MEMBER_REVOKED, MEMBER_EXPIRED (for ourselves),
 *   AUDIT_UNAVAILABLE, NAME_INVALID, PEER_INVALID, ADDRESS_INVALID, LISTEN_FAILED; what
 *   `options.signal` aborts with
 */
export async function createMessenger(init: CreateMessengerInit, options: AbortOptions = {}): Promise<HostedMessenger> {
  const given = (init?.relays ?? []).map(parsePeerAddress)
  const gate = init?.roster && new RosterGate({ roster: init.roster, relays: given.map(peerOf) })
  const service = messenger({ ...init, gate })
  const { roster, identity } = init
  const relays = [...given, ...rosterRelays(roster)]
  const name = init.name ?? roster.member(peerIdOf(identity))?.name
  const peers = init.peers ?? []
  const reachThroughRelays = peers.filter((peer) => !peer.startsWith('/')).map(parsePeer)
  const addresses = peers.filter((peer) => peer.startsWith('/')).map(parsePeerAddress)
  const common = nodeOptions(name, gate)
  const node = await createLibp2p<Services & Record<string, unknown>>({
    ...common,
    privateKey: identity,
    transports: [...(common.transports ?? []), circuitRelayTransport(RESERVATIONS)],
    addresses: { listen: (init.listen ?? DEFAULT_LISTEN).map(parseListenAddress), announceFilter: announced },
    services: {
      identify: identify(),
      ping: ping(PING_STREAMS),
      pulse: pulse(),
      crowding: crowding(gate),
      lan: lan({ service: lanService(init.lan ?? roster.current.lan), admits: (peer) => gate.admits(peer) }),
      messenger: service,
      colleagues: colleagues({
        addresses,
        relays,
        reachThroughRelays,
        nameOf: (peer) => roster.member(peer)?.name,
      }),
      relays: relayReservations({ relays }),
    },
    start: false,
  })
  try {
    options.signal?.throwIfAborted()
    await node.start()
    options.signal?.throwIfAborted()
  } catch (cause) {
    await node.stop()
    throw startError(cause)
  }
  return new Hosted(node, name)
}

class Hosted extends HoldingEmitter<HostedEvents> implements HostedMessenger {
  readonly peerId: string
  readonly name: string | undefined
  readonly #node: Libp2p<Services & Record<string, unknown>>

  constructor(node: Libp2p<Services & Record<string, unknown>>, name: string | undefined) {
    super()
    this.name = name
    this.#node = node
    this.peerId = node.peerId.toString()
    const { messenger, colleagues } = node.services
    for (const type of ['message', 'audit:failed', 'refused'] as const) messenger.addEventListener(type, this.#forward)
    for (const type of ['colleague:here', 'colleague:gone'] as const) colleagues.addEventListener(type, this.#forward)
  }

  readonly #forward = ({ type, detail }: CustomEvent): void => {
    this.safeDispatchEvent(type as keyof HostedEvents, { detail })
  }

  async send(to: PeerId | string, text: string | Uint8Array, options?: SendOptions): Promise<Delivery> {
    return this.#node.services.messenger.send(to, text, options)
  }

  async takeRoster(signed: Uint8Array): Promise<boolean> {
    return this.#node.services.messenger.takeRoster(signed)
  }

  addresses(): string[] {
    return this.#node.getMultiaddrs().map(String)
  }

  colleagues(): Colleague[] {
    return this.#node.services.colleagues.list()
  }

  relays(): string[] {
    return this.#node.services.relays.reserved()
  }

  async close(): Promise<void> {
    await this.#node.stop()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

/** A director's slip of the pen must not keep anybody from starting. */
function rosterRelays({ current }: RosterKeeper): Multiaddr[] {
  return current.relays.flatMap((address) => {
    try {
      return [parsePeerAddress(address)]
    } catch {
      return []
    }
  })
}

function parsePeer(text: string): string {
  try {
    return peerIdFromString(text).toString()
  } catch (cause) {
    throw new MessengerError('PEER_INVALID', `${JSON.stringify(text)} is no peer ID: ${reasonOf(cause)}`, { cause })
  }
}
