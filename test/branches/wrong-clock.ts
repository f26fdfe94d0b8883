/*
 * Somebody of the roster whose clock is wrong: `node wrong-clock.ts <profile> <roster file> <milliseconds ahead>`. Tells
 * the time, and is found on the LAN.
 */
import { join } from 'node:path'
import { clock, lan, openIdentity, openRoster, RosterGate } from '@branchline/core'
import { identify } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import { say, serve } from './say.ts'

const [profile = '', rosterFile = '', aheadMs = '0'] = process.argv.slice(2)
const roster = await openRoster(rosterFile)
const gate = new RosterGate({ roster })
const node = await createLibp2p({
  privateKey: await openIdentity(join(profile, 'identity.key')),
  connectionGater: gate,
  addresses: { listen: ['/ip4/0.0.0.0/tcp/0'] },
  transports: [tcp()],
  connectionEncrypters: [noise()],
  streamMuxers: [yamux()],
  services: {
    identify: identify(),
    lan: lan({ service: `_${roster.current.lan}._udp.local` }),
    clock: clock({ isAdmitted: (peer) => gate.admits(peer), now: () => Date.now() + Number(aheadMs) }),
  },
})
say({ event: 'ready', peer: node.peerId.toString(), addresses: node.getMultiaddrs().map(String) })

await serve({ close: async () => node.stop() })
