import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import type { Libp2pOptions } from 'libp2p'
import { agentVersionOf } from '../name.ts'

/**
 * A whole branch may sit behind one address and opens at nine: libp2p's own five new connections a second from one
 * address would keep most of it out (notes in docs/design/network.md).
 */
const CONNECTIONS = { maxConnections: 1_000, inboundConnectionThreshold: 256, maxIncomingPendingConnections: 256 }

/** What messengers and relays have in common. */
export function nodeOptions(
  name: string | undefined,
): Pick<Libp2pOptions, 'transports' | 'connectionEncrypters' | 'streamMuxers' | 'connectionManager' | 'nodeInfo'> {
  return {
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionManager: CONNECTIONS,
    nodeInfo: { userAgent: agentVersionOf(name) },
  }
}
