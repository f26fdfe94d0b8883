/*
 * A libp2p node with libp2p's own discovery: `node stock.ts <service> <identity file>`. Says whom it found, and who
 * connected to it.
 */
import { openIdentity } from '@branchline/core'
import { identify } from '@libp2p/identify'
import { mdns } from '@libp2p/mdns'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import { say, serve } from './say.ts'

/** The node itself tells of a peer once, and without addresses when that peer connected before it was heard of. */
const tellingMdns: ReturnType<typeof mdns> = (components) => {
  const discovery = mdns({ serviceTag: process.argv[2] as string })(components)
  discovery.addEventListener('peer', ({ detail: { id, multiaddrs } }) => {
    say({ event: 'found', peer: id.toString(), addresses: multiaddrs.map(String) })
  })
  return discovery
}

const node = await createLibp2p({
  privateKey: await openIdentity(process.argv[3] as string),
  addresses: { listen: ['/ip4/0.0.0.0/tcp/0'] },
  transports: [tcp()],
  connectionEncrypters: [noise()],
  streamMuxers: [yamux()],
  peerDiscovery: [tellingMdns],
  services: { identify: identify() },
})
node.addEventListener('peer:connect', ({ detail }) => {
  say({ event: 'connected', peer: detail.toString() })
})
say({ event: 'ready', peer: node.peerId.toString(), addresses: node.getMultiaddrs().map(String) })

await serve({ close: async () => node.stop() })
