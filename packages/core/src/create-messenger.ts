import type { AbortOptions } from '@branchline/audit-sink'
import { circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { identify } from '@libp2p/identify'
import type { Ed25519PrivateKey } from '@libp2p/interface'
import { ping } from '@libp2p/ping'
import { createLibp2p } from 'libp2p'
import { clock } from './clock/clock.ts'
import type { Reach } from './delivery/connecting.ts'
import { probes } from './doctor/probes.ts'
import { files } from './files/files.ts'
import type { FilesPlace } from './files/files-api.ts'
import { Ledger } from './files/ledger.ts'
import type { IndexDb } from './history/db.ts'
import { LiveHistory } from './history/live-history.ts'
import { Hosted, type HostedMessenger, type HostedNode } from './hosted-messenger.ts'
import { peerIdOf } from './identity.ts'
import type { MessengerInit } from './messenger-init.ts'
import { messenger } from './messenger.ts'
import {
  announced,
  parseListenAddress,
  parsePeer,
  parsePeerAddress,
  peerOf,
  rosterRelays,
} from './network/addresses.ts'
import { colleagues } from './network/colleagues.ts'
import { lan } from './network/lan/lan.ts'
import { lanService } from './network/lan/service-name.ts'
import { IDENTIFY, nodeOptions, PING_STREAMS } from './network/node-options.ts'
import { crowding } from './network/crowding.ts'
import { places } from './network/places.ts'
import { pulse } from './network/pulse.ts'
import { startError } from './network/start-error.ts'
import { presence } from './presence/presence.ts'
import { RosterGate } from './roster/gate.ts'
import { rosterStateOf } from './spread/roster-spread.ts'
import { relayReservations } from './network/relays.ts'

export interface CreateMessengerInit extends Omit<MessengerInit, 'ledger'> {
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
  /** Where the bytes of files are kept; without one none is offered or accepted here. */
  readonly files?: FilesPlace | undefined
  /**
   * Where the index of the history is kept; default: in memory, made anew from the log by the first question after each
   * start.
   */
  readonly historyIndex?: IndexDb | undefined
  /** mDNS service name, default: that of the roster; false to look for nobody. */
  readonly lan?: string | false | undefined
}

const DEFAULT_LISTEN = ['/ip4/0.0.0.0/tcp/0']
/**
 * All at once: when one is made, libp2p drops those that wait in line, and never tells whoever waits for them. At a round
 * trip of 3.5 seconds one takes two of them or three.
 */
const RESERVATIONS = { reservationConcurrency: 32, reservationCompletionTimeout: 20_000 }

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
  const ledger = init?.files && new Ledger(peerIdOf(init.identity))
  const service = messenger({ ...init, gate, reach, ledger })
  const { roster, identity } = init
  const isAdmitted = (peer: string): boolean => gate.admits(peer)
  const name = init.name ?? roster.member(peerIdOf(identity))?.name
  const peers = init.peers ?? []
  const reachThroughRelays = peers.filter((peer) => !peer.startsWith('/')).map(parsePeer)
  const addresses = peers.filter((peer) => peer.startsWith('/')).map(parsePeerAddress)
  const common = nodeOptions(name, gate)
  const node: HostedNode = await createLibp2p<HostedNode['services']>({
    ...common,
    privateKey: identity,
    transports: [...(common.transports ?? []), circuitRelayTransport(RESERVATIONS)],
    addresses: { listen: (init.listen ?? DEFAULT_LISTEN).map(parseListenAddress), announceFilter: announced },
    services: {
      identify: identify(IDENTIFY),
      ping: ping(PING_STREAMS),
      pulse: pulse(),
      crowding: crowding(gate),
      clock: clock({ isAdmitted }),
      probes: probes({ rosterState: () => rosterStateOf(roster.current) }),
      lan: lan({
        service: () => lanService(init.lan ?? roster.current.lan),
        changes: roster,
        admits: (peer) => gate.admits(peer),
      }),
      messenger: service,
      // Those below name these.
      ...(ledger && {
        files: files({ place: init.files as FilesPlace, ledger, audit: init.audit, reach, isAdmitted }),
      }),
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
  const history = new LiveHistory({
    sink: init.audit,
    self: peerIdOf(identity),
    index: init.historyIndex,
    maySit: (peer, desk) => roster.member(peer)?.desks.includes(desk) === true,
  })
  return new Hosted(node, name, history)
}
