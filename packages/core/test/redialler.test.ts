import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Redialler } from '../src/network/redialler.ts'
import { silentLogger } from './silent-logger.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

/** As from where a host was before: no answer comes, and the dial is given up after its time. */
async function hang(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error('late')), 30_000)
    signal.addEventListener('abort', () => reject(new Error('aborted')))
  })
}

class Bench {
  readonly dials: { readonly peer: string; readonly at: number; readonly signal: AbortSignal }[] = []
  readonly connected = new Set<string>()
  readonly colleagues = new Set(['bea'])
  /** What comes of a dial. */
  outcome: (signal: AbortSignal) => Promise<void> = () => Promise.reject(new Error('nobody there'))
  readonly redialler = new Redialler({
    self: 'ann',
    log: silentLogger().forComponent(''),
    isConnected: (peer) => this.connected.has(peer),
    isColleague: (peer) => this.colleagues.has(peer),
    dial: async (peer, signal) => {
      this.dials.push({ peer, at: performance.now(), signal })
      await this.outcome(signal)
    },
  })

  constructor() {
    this.redialler.start()
  }

  gaps(): number[] {
    return this.dials.slice(1).map(({ at }, n) => at - (this.dials[n]?.at ?? 0))
  }
}

test('a colleague is tried after 1, 5, 15 and then every 60 s, give or take a quarter, and for ever', async () => {
  const bench = new Bench()
  bench.redialler.want('bea')
  await vi.advanceTimersByTimeAsync(86_400_000)
  const gaps = bench.gaps()
  for (const [n, pause] of [1_000, 5_000, 15_000].entries()) {
    expect(gaps[n]).toBeGreaterThanOrEqual(0.75 * pause)
    expect(gaps[n]).toBeLessThanOrEqual(1.25 * pause + 1)
  }
  expect(Math.min(...gaps.slice(3))).toBeGreaterThanOrEqual(45_000)
  expect(Math.max(...gaps.slice(3))).toBeLessThanOrEqual(75_001)
  expect(gaps.length).toBeGreaterThan(1_152)
  bench.redialler.stop()
})

test('when there is a way again the pause is not waited for, nor a dial by the old way', async () => {
  const bench = new Bench()
  bench.redialler.want('bea')
  await vi.advanceTimersByTimeAsync(600_000)
  bench.outcome = hang
  const tried = bench.dials.length
  while (bench.dials.length === tried) await vi.advanceTimersByTimeAsync(1_000)
  const hanging = bench.dials.at(-1)
  const hastenedAt = performance.now()
  bench.redialler.hasten('bea')
  await vi.advanceTimersByTimeAsync(10)
  expect(hanging?.signal.aborted).toBe(true)
  expect(bench.dials.at(-1)?.at).toBe(hastenedAt)
  // Told again and again, it does not try more often than every other second.
  const before = bench.dials.length
  for (let n = 0; n < 100; n++) {
    bench.redialler.hasten('bea')
    await vi.advanceTimersByTimeAsync(100)
  }
  expect(bench.dials.length - before).toBeLessThanOrEqual(5)
  expect(bench.dials.length - before).toBeGreaterThanOrEqual(4)
  bench.redialler.stop()
})

test('whoever is connected is left alone, and dialled again soon after they are lost', async () => {
  const bench = new Bench()
  bench.outcome = async () => void bench.connected.add('bea')
  bench.redialler.want('bea')
  await vi.advanceTimersByTimeAsync(1_000)
  bench.redialler.hastenAll()
  await vi.advanceTimersByTimeAsync(3_600_000)
  expect(bench.dials).toHaveLength(1)
  bench.connected.clear()
  bench.redialler.lost('bea')
  await vi.advanceTimersByTimeAsync(1_251)
  expect(bench.dials).toHaveLength(2)
  bench.redialler.stop()
})

test('whoever came by themself meanwhile is not dialled', async () => {
  const bench = new Bench()
  bench.redialler.want('bea')
  bench.connected.add('bea')
  await vi.advanceTimersByTimeAsync(60_000)
  expect(bench.dials).toEqual([])
  bench.redialler.stop()
})

test('four are dialled at a time, and those who do not answer keep nobody else waiting', async () => {
  const bench = new Bench()
  for (let n = 0; n < 100; n++) bench.redialler.want(`zoe-${n}`)
  bench.outcome = hang
  await vi.advanceTimersByTimeAsync(1_000)
  expect(bench.dials).toHaveLength(4)
  for (let n = 0; n < 100; n++) bench.colleagues.add(`zoe-${n}`)
  // All have been tried, and none has answered.
  await vi.advanceTimersByTimeAsync(3_600_000)
  bench.redialler.want('zoe-new')
  bench.outcome = async () => void bench.connected.add('zoe-new')
  await vi.advanceTimersByTimeAsync(10)
  expect(bench.connected.has('zoe-new')).toBe(true)
  bench.redialler.stop()
})

test('strangers who never answer are forgotten, and fill no memory', async () => {
  const bench = new Bench()
  for (let n = 0; n < 10_000; n++) bench.redialler.want(`stranger-${n}`)
  bench.redialler.want('bea')
  await vi.advanceTimersByTimeAsync(2_000)
  expect(new Set(bench.dials.map(({ peer }) => peer)).size).toBe(2_049)
  await vi.advanceTimersByTimeAsync(3_600_000)
  bench.dials.length = 0
  await vi.advanceTimersByTimeAsync(3_600_000)
  expect(new Set(bench.dials.map(({ peer }) => peer))).toEqual(new Set(['bea']))
  bench.redialler.stop()
})

test('nothing is dialled after it has stopped', async () => {
  const bench = new Bench()
  bench.outcome = hang
  bench.redialler.want('bea')
  await vi.advanceTimersByTimeAsync(10)
  bench.redialler.stop()
  expect(bench.dials[0]?.signal.aborted).toBe(true)
  await vi.advanceTimersByTimeAsync(3_600_000)
  expect(bench.dials).toHaveLength(1)
})
