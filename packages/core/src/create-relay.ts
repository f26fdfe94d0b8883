import type { AbortOptions } from '@branchline/audit-sink'
import { type CircuitRelayService, circuitRelayServer } from '@libp2p/circuit-relay-v2'
import { identify } from '@libp2p/identify'
import type { Ed25519PrivateKey } from '@libp2p/interface'
import { ping } from '@libp2p/ping'
import { createLibp2p } from 'libp2p'
import { clock } from './clock/clock.ts'
import { assertRoster } from './messenger-init.ts'
import { announced, parseListenAddress } from './network/addresses.ts'
import { lan } from './network/lan/lan.ts'
import { lanService } from './network/lan/service-name.ts'
import { IDENTIFY, nodeOptions, PING_STREAMS } from './network/node-options.ts'
import { crowding } from './network/crowding.ts'
import { pulse } from './network/pulse.ts'
import { relaySpread } from './network/relay-spread.ts'
import { startError } from './network/start-error.ts'
import { CircuitMeter } from './relay/circuit-meter.ts'
import { Refusals, type RelayFigures } from './relay/figures.ts'
import { FreePlaces } from './relay/free-places.ts'
import { meteredRelay } from './relay/metered-relay.ts'
import { placesTeller } from './relay/places-teller.ts'
import { RosterGate, type RosterGateEvents } from './roster/gate.ts'
import type { RosterKeeper } from './roster/keeper.ts'

export interface CreateRelayInit {
  readonly identity: Ed25519PrivateKey
  /** Multiaddrs. */
  readonly listen: readonly string[]
  /** Whom it serves: `await openRoster(file)`. There is no default. */
  readonly roster: RosterKeeper
  /** The branches' LAN, default: that of the roster, on which clients find it when its address has changed; false to tell nobody. */
  readonly lan?: string | false | undefined
}

/** Carries what it cannot read from branch to branch, and keeps none of it. */
export interface Relay extends AsyncDisposable {
  readonly peerId: string
  addresses(): string[]
  /** How many clients hold a place. */
  reservations(): number
  /** What it does and has done, in numbers: for a metrics page. */
  figures(): RelayFigures
  close(): Promise<void>
}

/** libp2p's 15 places are gone when one branch opens. */
const MAX_RESERVATIONS = 256
/** A circuit takes two streams of the relay; 256 clients who all talk to each other take far fewer than this. */
const MAX_CIRCUIT_STREAMS = 4_096
const CIRCUITS = {
  maxInboundHopStreams: MAX_CIRCUIT_STREAMS,
  maxOutboundHopStreams: MAX_CIRCUIT_STREAMS,
  maxOutboundStopStreams: MAX_CIRCUIT_STREAMS,
  reservations: { applyDefaultLimit: false, maxReservations: MAX_RESERVATIONS },
}

/**
 * Starts a relay: circuit-relay-v2 without its default limits, which end a connection after 128 KiB or two minutes.
 * Its doors are for those on the roster alone; newer rosters come to it from them.
 * @throws MessengerError ROSTER_MISSING, ADDRESS_INVALID, LISTEN_FAILED, NAME_INVALID; what `options.signal` aborts with
 */
export async function createRelay(init: CreateRelayInit, options: AbortOptions = {}): Promise<Relay> {
  const { roster } = init
  assertRoster(roster)
  const gate = new RosterGate({ roster })
  const meter = new CircuitMeter()
  const refusals = new Refusals()
  const onRefused = ({ detail: { error } }: RosterGateEvents['refused']): void => refusals.note(error.code)
  gate.addEventListener('refused', onRefused)
  const node = await createLibp2p({
    ...nodeOptions('relay', gate),
    privateKey: init.identity,
    addresses: { listen: init.listen.map(parseListenAddress), announceFilter: announced },
    services: {
      identify: identify(IDENTIFY),
      ping: ping(PING_STREAMS),
      pulse: pulse(),
      crowding: crowding(gate),
      clock: clock({ isAdmitted: (peer) => gate.admits(peer) }),
      lan: lan({ service: () => lanService(init.lan ?? roster.current.lan), changes: roster }),
      spread: relaySpread(roster, gate),
      relay: meteredRelay(circuitRelayServer(CIRCUITS), meter),
      places: placesTeller({ roster }),
    },
    start: false,
  })
  try {
    options.signal?.throwIfAborted()
    await node.start()
  } catch (cause) {
    await node.stop()
    throw startError(cause)
  }
  const { relay } = node.services as unknown as { relay: CircuitRelayService }
  const places = new FreePlaces({ roster, reservations: relay.reservations, node })
  const close = async (): Promise<void> => {
    places.stop()
    await node.stop()
  }
  return {
    peerId: node.peerId.toString(),
    addresses: () => node.getMultiaddrs().map(String),
    reservations: () => relay.reservations.size,
    figures: () => ({
      places: { held: relay.reservations.size, left: MAX_RESERVATIONS - relay.reservations.size },
      placesAsked: meter.places,
      circuits: { open: meter.open, asked: meter.circuits, bytes: meter.bytes },
      connections: node.getConnections().length,
      refused: refusals.counts(),
      roster: {
        serial: roster.current.serial,
        members: roster.current.members.length,
        expiresAt: roster.current.expires,
      },
    }),
    close,
    [Symbol.asyncDispose]: close,
  }
}
