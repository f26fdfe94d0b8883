import { setImmediate as turn } from 'node:timers/promises'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { multiaddr } from '@multiformats/multiaddr'
import { expect, test } from 'vitest'
import { peerIdOf } from '../src/identity.ts'
import { MAX_MEMBERS } from '../src/limits.ts'
import { Ways, type WaysInit } from '../src/network/ways.ts'
import { silentLogger } from './silent-logger.ts'

const COLLEAGUES = 40
const AT_A_TIME = 16

const newPeer = async (): Promise<string> => peerIdOf(await generateKeyPair('Ed25519'))

test('of many who are behind a relay at most sixteen are dialled at a time, each once, and all are reached', async () => {
  const relay = await newPeer()
  const peers = await Promise.all(Array.from({ length: COLLEAGUES }, newPeer))
  const at = multiaddr(`/ip4/10.1.0.9/tcp/4001/p2p/${relay}`)
  let [most, underWay] = [0, 0]
  const dialled: { readonly maxOutboundStreams?: number }[] = []
  const dial = async (_: unknown, options: object): Promise<void> => {
    dialled.push(options)
    most = Math.max(most, ++underWay)
    await turn()
    underWay -= 1
  }
  const ways = new Ways({
    addresses: [],
    reachThroughRelays: [],
    transportManager: { dial },
    connectionManager: { getConnections: () => [] },
    connectionGater: {},
    relays: { reserved: () => [relay], addresses: () => new Map([[relay, [at]]]) },
    places: { relaysOf: () => [relay] },
    log: silentLogger().forComponent('test'),
  } as unknown as WaysInit)
  const reach = async (peer: string): Promise<void> => {
    const asking = new AbortController()
    const first = ways.dial(peer, asking.signal)
    // Whoever has waited for too long asks again.
    asking.abort()
    await expect(first).rejects.toThrow()
    await ways.dial(peer, AbortSignal.timeout(10_000))
  }
  await Promise.all(peers.map(reach))
  expect(most).toBe(AT_A_TIME)
  expect(dialled).toHaveLength(COLLEAGUES)
  const streams = dialled.map(({ maxOutboundStreams = 64 }) => maxOutboundStreams)
  expect(Math.min(...streams), 'of circuits through one relay').toBe(MAX_MEMBERS)
})
