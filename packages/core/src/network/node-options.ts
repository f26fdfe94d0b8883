import type { MultiaddrConnection, PeerId } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import type { Libp2pOptions } from 'libp2p'
import { agentVersionOf } from '../name.ts'
import type { RosterGate } from '../roster/gate.ts'
import { calmMuxer } from './calm-muxer.ts'
import { Door } from './door.ts'

/**
 * A whole branch may sit behind one address and opens at nine: libp2p's own five new connections a second from one
 * address would keep most of it out (docs/design/network.md). door.ts has limits of its own, which are below these.
 */
const CONNECTIONS = {
  maxConnections: 1_000,
  inboundConnectionThreshold: 128,
  maxIncomingPendingConnections: 4_096,
  inboundUpgradeTimeout: 15_000,
  /** At a round trip of 3.5 seconds it takes four of them. */
  dialTimeout: 30_000,
  addressDialTimeout: 20_000,
}

/** pulse.ts is in its place. */
const MONITOR = { enabled: false }
/**
 * Who is at the other end is asked once a connection: libp2p's five seconds are over before a bad link between branches
 * has answered, and then whoever is there never counts as here.
 */
export const IDENTIFY = { timeout: 20_000 }
/** At a round trip of several seconds some are under way at once. */
export const PING_STREAMS = { maxInboundStreams: 8, maxOutboundStreams: 8 }

type Common =
  | 'transports'
  | 'connectionEncrypters'
  | 'streamMuxers'
  | 'connectionGater'
  | 'connectionManager'
  | 'connectionMonitor'
  | 'nodeInfo'

/** What messengers and relays have in common. */
export function nodeOptions(name: string | undefined, gate: RosterGate): Pick<Libp2pOptions, Common> {
  const door = new Door()
  return {
    transports: [tcp({ listenOpts: { blockList: door.sockets } as object })],
    connectionGater: Object.assign(Object.create(gate) as RosterGate, {
      denyInboundConnection: door.denyInboundConnection,
      denyInboundEncryptedConnection: (peer: PeerId, connection: MultiaddrConnection) => {
        const isDenied = gate.denyInboundEncryptedConnection(peer)
        door.known(connection, !isDenied)
        return isDenied
      },
    }),
    connectionEncrypters: [noise()],
    streamMuxers: [calmMuxer()],
    connectionManager: CONNECTIONS,
    connectionMonitor: MONITOR,
    nodeInfo: { userAgent: agentVersionOf(name) },
  }
}
