/* A relay with libp2p's own limits, open to everybody: `node stock-relay.ts <identity file> <port>`. */
import { openIdentity } from '@branchline/core'
import { circuitRelayServer } from '@libp2p/circuit-relay-v2'
import { identify } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import { say, serve } from './say.ts'

const node = await createLibp2p({
  privateKey: await openIdentity(process.argv[2] as string),
  addresses: { listen: [`/ip4/0.0.0.0/tcp/${process.argv[3]}`] },
  transports: [tcp()],
  connectionEncrypters: [noise()],
  streamMuxers: [yamux()],
  services: { identify: identify(), relay: circuitRelayServer() },
})
say({ event: 'ready', peer: node.peerId.toString(), addresses: node.getMultiaddrs().map(String) })

await serve({ close: async () => node.stop() })
