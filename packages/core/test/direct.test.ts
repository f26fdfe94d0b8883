import type { Connection } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { DirectLinks, type DirectLinksInit } from '../src/network/direct.ts'
import { silentLogger } from './silent-logger.ts'

const BEA = '12D3KooWQYhTNQdmr3ArTeUHRYzFg94BKyTkoWBDWez9kSCVe2Xo'
const RELAY = '12D3KooWBhMNLkFnVXfWpWQvCcuYMfDPRDaLKLDBwEmoCkVhxGpG'
const DIRECT = `/ip4/10.2.0.1/tcp/4001/p2p/${BEA}`
const RELAYED = `/ip4/10.1.0.9/tcp/4001/p2p/${RELAY}/p2p-circuit/p2p/${BEA}`

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

class Bench {
  readonly closed: string[] = []
  readonly dialled: string[][] = []
  readonly open = [this.connection(RELAYED)]
  /** Where a dial leads to. */
  outcome: string | undefined
  readonly links = new DirectLinks({
    log: silentLogger().forComponent(''),
    peerStore: {
      get: async () => ({ addresses: [DIRECT, RELAYED].map((each) => ({ multiaddr: multiaddr(each) })) }),
    },
    connectionManager: {
      getConnections: () => this.open,
      openConnection: async (addresses: unknown) => {
        this.dialled.push((addresses as unknown[]).map(String))
        if (this.outcome === undefined) throw new Error('ENETUNREACH')
        const made = this.connection(this.outcome)
        this.open.push(made)
        return made
      },
    },
  } as unknown as DirectLinksInit)

  connection(address: string): Connection {
    const close = async (): Promise<void> => void this.closed.push(address)
    return { status: 'open', remoteAddr: multiaddr(address), close } as unknown as Connection
  }
}

test('where there is a direct way, the relay is left', async () => {
  const bench = new Bench()
  bench.outcome = DIRECT
  bench.links.look(BEA)
  await vi.advanceTimersByTimeAsync(10)
  expect(bench.dialled).toEqual([[DIRECT]])
  expect(bench.closed).toEqual([])
  await vi.advanceTimersByTimeAsync(2_000)
  expect(bench.closed).toEqual([RELAYED])
  await vi.advanceTimersByTimeAsync(3_600_000)
  expect(bench.dialled).toHaveLength(1)
})

test('a direct way that was lost at once is no reason to leave the relay', async () => {
  const bench = new Bench()
  bench.outcome = DIRECT
  bench.links.look(BEA)
  await vi.advanceTimersByTimeAsync(10)
  Object.assign(bench.open.at(-1) as Connection, { status: 'closed' })
  await vi.advanceTimersByTimeAsync(10_000)
  expect(bench.closed).toEqual([])
})

test('a dial that ended at the relay after all is no reason to leave it', async () => {
  const bench = new Bench()
  bench.outcome = RELAYED
  bench.links.look(BEA)
  await vi.advanceTimersByTimeAsync(10)
  expect(bench.dialled).toHaveLength(1)
  expect(bench.closed).toEqual([])
  bench.links.stop()
})

test('where there is none, it is looked for ever more seldom, and at once when the network changed', async () => {
  const bench = new Bench()
  bench.links.look(BEA)
  await vi.advanceTimersByTimeAsync(86_400_000)
  expect(bench.dialled.length).toBeGreaterThan(70)
  expect(bench.dialled.length).toBeLessThan(130)
  const before = bench.dialled.length
  bench.links.lookForAll()
  await vi.advanceTimersByTimeAsync(10)
  expect(bench.dialled).toHaveLength(before + 1)
  bench.links.stop()
  await vi.advanceTimersByTimeAsync(86_400_000)
  expect(bench.dialled).toHaveLength(before + 1)
})

test('nobody is looked for who is gone, or reached directly already', async () => {
  const bench = new Bench()
  bench.open.push(bench.connection(DIRECT))
  bench.links.look(BEA)
  await vi.advanceTimersByTimeAsync(10)
  bench.open.length = 0
  bench.links.look(BEA)
  await vi.advanceTimersByTimeAsync(3_600_000)
  expect(bench.dialled).toEqual([])
})
