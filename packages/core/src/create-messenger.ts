import type { AbortOptions } from '@branchline/audit-sink'
import { circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { type Identify, identify } from '@libp2p/identify'
import type { Ed25519PrivateKey, PeerId } from '@libp2p/interface'
import { ping } from '@libp2p/ping'
import { createLibp2p, type Libp2p } from 'libp2p'
import type { TypedEventTarget } from 'main-event'
import { clock } from './clock/clock.ts'
import type { Reach } from './delivery/connecting.ts'
import type { What, Where } from './delivery/letter.ts'
import type { Marked } from './delivery/marks.ts'
import type { SendOptions } from './delivery/outgoing.ts'
import type { PostOptions } from './delivery/posting.ts'
import type { ProbeFacts, ProbeTarget } from './doctor/facts.ts'
import { type Probes, probes } from './doctor/probes.ts'
import { HoldingEmitter } from './holding-emitter.ts'
import { peerIdOf } from './identity.ts'
import type { Delivery, Outcome, Posted, ReceivedMessage } from './messages.ts'
import type { Messenger, MessengerEvents, MessengerInit } from './messenger-init.ts'
import { messenger } from './messenger.ts'
import {
  announced,
  parseListenAddress,
  parsePeer,
  parsePeerAddress,
  peerOf,
  rosterRelays,
} from './network/addresses.ts'
import type { Colleague, ColleagueEvents } from './network/colleague.ts'
import { type Colleagues, colleagues } from './network/colleagues.ts'
import { type Lan, lan } from './network/lan/lan.ts'
import { lanService } from './network/lan/service-name.ts'
import { IDENTIFY, nodeOptions, PING_STREAMS } from './network/node-options.ts'
import { crowding } from './network/crowding.ts'
import { type Places, places } from './network/places.ts'
import { pulse } from './network/pulse.ts'
import { startError } from './network/start-error.ts'
import { type OwnPresence, type Presence, presence } from './presence/presence.ts'
import type { Recorded } from './recorded.ts'
import { RosterGate } from './roster/gate.ts'
import { rosterStateOf } from './spread/roster-spread.ts'
import { type RelayReservations, relayReservations } from './network/relays.ts'

export interface CreateMessengerInit extends MessengerInit {
  readonly identity: Ed25519PrivateKey
  /** Multiaddrs; default: a free port on every interface. */
  readonly listen?: readonly string[] | undefined
  /** Multiaddrs of relays, each with its peer ID, beside those on the roster. */
  readonly relays?: readonly string[] | undefined
  /**
   * Colleagues to keep in touch with whom mDNS does not find: a multiaddr with peer ID, or a peer ID alone to reach them
   * through the relays. Others are found through the relays, too, and connected with when there is something to say.
   */
  readonly peers?: readonly string[] | undefined
  /** mDNS service name, default: that of the roster; false to look for nobody. */
  readonly lan?: string | false | undefined
}

const DEFAULT_LISTEN = ['/ip4/0.0.0.0/tcp/0']
/**
 * All at once: when one is made, libp2p drops those that wait in line, and never tells whoever waits for them. At a round
 * trip of 3.5 seconds one takes two of them or three.
 */
const RESERVATIONS = { reservationConcurrency: 32, reservationCompletionTimeout: 20_000 }

const MESSENGER_EVENTS = ['message', 'alert', 'outcome', 'audit:failed', 'refused'] as const
const COLLEAGUE_EVENTS = ['colleague:here', 'colleague:found', 'colleague:gone', 'colleague:presence'] as const
type HostedEvents = MessengerEvents & ColleagueEvents

/** A messenger with a libp2p node of its own, which it keeps to itself: there is no way past the record. */
export interface HostedMessenger
  extends Pick<Messenger, 'send' | 'post' | 'mark' | 'takeRoster'>,
    TypedEventTarget<HostedEvents>,
    AsyncDisposable {
  readonly peerId: string
  /** What we are called. */
  readonly name: string | undefined
  /** Where others can reach us, each with our peer ID. */
  addresses(): string[]
  colleagues(): Colleague[]
  /**
   * Tells colleagues who are connected that we are here, busy or away, until it is called again; 'here' before that.
   * Nothing of it goes on record (spec/presence.md section 4). At most one change leaves in five seconds, and 50 in an
   * hour; of what is said meanwhile the last leaves after that.
   * @throws TypeError for anything else
   */
  presence(state: OwnPresence): void
  /** Peer IDs of the relays that hold a place for us. */
  relays(): string[]
  /**
   * Finds out how it is with peers, for `examine` in a process beside this one (`@branchline/core/doctor`).
   * @returns one for each, in their order; what came of it is in the facts
   */
  probe(targets: readonly ProbeTarget[], options?: AbortOptions): Promise<ProbeFacts[]>
  /**
   * Says that we leave, ends what is under way, records the end of the session and closes the node; the audit sink stays
   * open.
   */
  close(): Promise<void>
}

type Services = {
  identify: Identify
  messenger: Messenger
  lan: Lan
  colleagues: Colleagues
  relays: RelayReservations
  probes: Probes
  places: Places
  presence: Presence
}

/**
 * Starts a messenger: TCP, Noise, yamux, identify, mDNS inside a branch and relays between branches.
 * @throws MessengerError AUDIT_SINK_MISSING, ROSTER_MISSING, MEMBER_UNKNOWN, MEMBER_REVOKED, MEMBER_EXPIRED (for ourselves),
 *   AUDIT_UNAVAILABLE, NAME_INVALID, PEER_INVALID, ADDRESS_INVALID, LISTEN_FAILED; what
 *   `options.signal` aborts with
 */
export async function createMessenger(init: CreateMessengerInit, options: AbortOptions = {}): Promise<HostedMessenger> {
  const given = (init?.relays ?? []).map(parsePeerAddress)
  const gate = init?.roster && new RosterGate({ roster: init.roster, relays: given.map(peerOf) })
  const reach: Reach = async (peer, signal) => node.services.colleagues.reach(peer, signal)
  const service = messenger({ ...init, gate, reach })
  const { roster, identity } = init
  const name = init.name ?? roster.member(peerIdOf(identity))?.name
  const peers = init.peers ?? []
  const reachThroughRelays = peers.filter((peer) => !peer.startsWith('/')).map(parsePeer)
  const addresses = peers.filter((peer) => peer.startsWith('/')).map(parsePeerAddress)
  const common = nodeOptions(name, gate)
  const node: Libp2p<Services & Record<string, unknown>> = await createLibp2p<Services & Record<string, unknown>>({
    ...common,
    privateKey: identity,
    transports: [...(common.transports ?? []), circuitRelayTransport(RESERVATIONS)],
    addresses: { listen: (init.listen ?? DEFAULT_LISTEN).map(parseListenAddress), announceFilter: announced },
    services: {
      identify: identify(IDENTIFY),
      ping: ping(PING_STREAMS),
      pulse: pulse(),
      crowding: crowding(gate),
      clock: clock({ isAdmitted: (peer) => gate.admits(peer) }),
      probes: probes({ rosterState: () => rosterStateOf(roster.current) }),
      lan: lan({
        service: () => lanService(init.lan ?? roster.current.lan),
        changes: roster,
        admits: (peer) => gate.admits(peer),
      }),
      messenger: service,
      // Those below name these.
      relays: relayReservations({ relays: () => [...given, ...rosterRelays(roster.current)], roster }),
      places: places({ roster }),
      presence: presence({ isAdmitted: (peer) => roster.whyNot(peer) === undefined }),
      colleagues: colleagues({
        addresses,
        reachThroughRelays,
        nameOf: (peer) => roster.member(peer)?.name,
      }),
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
    for (const type of MESSENGER_EVENTS) messenger.addEventListener(type, this.#forward)
    for (const type of COLLEAGUE_EVENTS) colleagues.addEventListener(type, this.#forward)
  }

  readonly #forward = ({ type, detail }: CustomEvent): void => {
    const { colleagues } = this.#node.services
    if (type === 'message') colleagues.used((detail as Recorded<ReceivedMessage>).value.from)
    if (type === 'outcome') colleagues.used((detail as Outcome).to)
    this.safeDispatchEvent(type as keyof HostedEvents, { detail })
  }

  async send(to: PeerId | string, text: string | Uint8Array, options?: SendOptions): Promise<Delivery> {
    this.#node.services.colleagues.used(to.toString())
    return this.#node.services.messenger.send(to, text, options)
  }

  async post(where: PeerId | Where, what: What, options?: PostOptions): Promise<Posted> {
    return this.#node.services.messenger.post(where, what, options)
  }

  async mark(messages: readonly Marked[], how: 'read' | 'acknowledged', options?: AbortOptions): Promise<void> {
    return this.#node.services.messenger.mark(messages, how, options)
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

  presence(state: OwnPresence): void {
    this.#node.services.presence.set(state)
  }

  relays(): string[] {
    return this.#node.services.relays.reserved()
  }

  async probe(targets: readonly ProbeTarget[], options: AbortOptions = {}): Promise<ProbeFacts[]> {
    return this.#node.services.probes.probe(targets, options.signal ?? new AbortController().signal)
  }

  async close(): Promise<void> {
    await this.#node.stop()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}
