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

/**
 * A peer that is gone is missed within 19 seconds, and one that is there is not, even when a ping takes two round trips
 * of 3.5 seconds and the machine is busy. libp2p's own limit adapts to all peers together, so that those that are near
 * would be its measure for those that are far; what makes us suspect a connection sooner is in link-check.ts. More
 * pings would cost: each opens a stream, a millisecond at either end.
 */
const MONITOR = { pingInterval: 8_500, pingTimeout: { minTimeout: 10_500, maxTimeout: 10_500 } }
/** At such round trips two pings are under way at once, and a check besides; libp2p takes one stream too many for a dead link. */
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
