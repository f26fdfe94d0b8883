import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import type { Libp2pOptions } from 'libp2p'
import { agentVersionOf } from '../name.ts'

/**
 * A whole branch may sit behind one address and opens at nine: libp2p's own five new connections a second from one
 * address would keep most of it out (docs/design/network.md). One stranger who opens as many as that, and says nothing
 * on them, must not use up the pending ones: 128 a second for 15 seconds are half of these.
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
  | 'connectionManager'
  | 'connectionMonitor'
  | 'nodeInfo'

/** What messengers and relays have in common. */
export function nodeOptions(name: string | undefined): Pick<Libp2pOptions, Common> {
  return {
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionManager: CONNECTIONS,
    connectionMonitor: MONITOR,
    nodeInfo: { userAgent: agentVersionOf(name) },
  }
}
