import type { AbortOptions } from '@branchline/audit-sink'
import { type CircuitRelayService, circuitRelayServer } from '@libp2p/circuit-relay-v2'
import { identify } from '@libp2p/identify'
import type { Ed25519PrivateKey } from '@libp2p/interface'
import { ping } from '@libp2p/ping'
import { createLibp2p } from 'libp2p'
import { assertRoster } from './messenger-init.ts'
import { announced, parseListenAddress } from './network/addresses.ts'
import { lan } from './network/lan/lan.ts'
import { lanService } from './network/lan/service-name.ts'
import { nodeOptions, PING_STREAMS } from './network/node-options.ts'
import { crowding } from './network/crowding.ts'
import { pulse } from './network/pulse.ts'
import { relaySpread } from './network/relay-spread.ts'
import { startError } from './network/start-error.ts'
import { RosterGate } from './roster/gate.ts'
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
  close(): Promise<void>
}

/** libp2p's 15 places are gone when one branch opens. */
const MAX_RESERVATIONS = 256
/** A circuit takes two streams of the relay; 256 clients who all talk to each other take far fewer than this. */
const MAX_CIRCUIT_STREAMS = 4_096

/**
 * Starts a relay: circuit-relay-v2 without its default limits, which end a connection after 128 KiB or two minutes.
 * Its doors are for those on the roster alone; newer rosters come to it from them.
 * @throws MessengerError ROSTER_MISSING, ADDRESS_INVALID, LISTEN_FAILED, NAME_INVALID; what `options.signal` aborts with
 */
export async function createRelay(init: CreateRelayInit, options: AbortOptions = {}): Promise<Relay> {
  const { roster } = init
  assertRoster(roster)
  const gate = new RosterGate({ roster })
  const node = await createLibp2p({
    ...nodeOptions('relay', gate),
    privateKey: init.identity,
    addresses: { listen: init.listen.map(parseListenAddress), announceFilter: announced },
    services: {
      identify: identify(),
      ping: ping(PING_STREAMS),
      pulse: pulse(),
      crowding: crowding(gate),
      lan: lan({ service: lanService(init.lan ?? roster.current.lan), admits: (peer) => gate.admits(peer) }),
      spread: relaySpread(roster, gate),
      relay: circuitRelayServer({
        maxInboundHopStreams: MAX_CIRCUIT_STREAMS,
        maxOutboundHopStreams: MAX_CIRCUIT_STREAMS,
        maxOutboundStopStreams: MAX_CIRCUIT_STREAMS,
        reservations: { applyDefaultLimit: false, maxReservations: MAX_RESERVATIONS },
      }),
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
  // libp2p keeps a place for whoever has gone; it is not kept for whoever was taken off.
  const onChange = (): void => {
    for (const peer of relay.reservations.keys()) {
      if (roster.whyNot(peer.toString()) !== undefined) relay.reservations.delete(peer)
    }
  }
  roster.addEventListener('change', onChange)
  const close = async (): Promise<void> => {
    roster.removeEventListener('change', onChange)
    await node.stop()
  }
  return {
    peerId: node.peerId.toString(),
    addresses: () => node.getMultiaddrs().map(String),
    reservations: () => relay.reservations.size,
    close,
    [Symbol.asyncDispose]: close,
  }
}
