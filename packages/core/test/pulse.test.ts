import type { Connection, Startable } from '@libp2p/interface'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { pulse } from '../src/network/pulse.ts'
import { silentLogger } from './silent-logger.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

class FakeConnection {
  status = 'open'
  readonly remotePeer = 'bea'
  readonly asked: number[] = []
  /** How long an answer takes; undefined when none comes. */
  answerMs: number | undefined = 1
  failure: Error | undefined
  abortedAt: number | undefined
  rtt: number | undefined

  async newStream(_: string, { signal }: { signal: AbortSignal }): Promise<unknown> {
    this.asked.push(performance.now())
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(new Error('aborted')))
      const answer = (): void => (this.failure ? reject(this.failure) : resolve({ abort: () => undefined }))
      if (this.answerMs !== undefined) setTimeout(answer, this.answerMs)
    })
  }

  abort(): void {
    this.status = 'aborted'
    this.abortedAt = performance.now()
  }
}

function felt(connection: FakeConnection): Startable {
  const getConnections = (): Connection[] => [connection as unknown as Connection]
  const service = pulse()({ connectionManager: { getConnections }, logger: silentLogger() })
  void service.start()
  return service
}

test('whoever falls silent is gone within 20 s, at whatever moment that is', async () => {
  for (let n = 0; n < 50; n++) {
    const connection = new FakeConnection()
    const service = felt(connection)
    await vi.advanceTimersByTimeAsync(20_000 + n * 137)
    connection.answerMs = undefined
    const silentAt = performance.now()
    await vi.advanceTimersByTimeAsync(30_000)
    expect((connection.abortedAt ?? Number.POSITIVE_INFINITY) - silentAt).toBeLessThanOrEqual(20_000)
    expect((connection.abortedAt ?? 0) - silentAt).toBeGreaterThan(9_000)
    await service.stop()
  }
})

test('a round trip of 3.5 s is no silence, nor are ten seconds more for a while', async () => {
  const connection = new FakeConnection()
  const service = felt(connection)
  for (let n = 0; n < 200; n++) {
    connection.answerMs = n % 10 === 0 ? 13_500 : 3_500
    await vi.advanceTimersByTimeAsync(7_000)
  }
  expect(connection.status).toBe('open')
  expect(connection.rtt).toBeGreaterThanOrEqual(3_500)
  await service.stop()
})

test('who does not know the question has answered it; another failure is no answer', async () => {
  const connection = new FakeConnection()
  connection.failure = Object.assign(new Error('what?'), { name: 'UnsupportedProtocolError' })
  const service = felt(connection)
  await vi.advanceTimersByTimeAsync(100_000)
  expect(connection.status).toBe('open')
  connection.failure = new Error('no more streams')
  await vi.advanceTimersByTimeAsync(30_000)
  expect(connection.status).toBe('aborted')
  await service.stop()
})

test('it asks every 6 s, give or take, and a silent one no more often', async () => {
  const connection = new FakeConnection()
  const service = felt(connection)
  await vi.advanceTimersByTimeAsync(600_000)
  expect(connection.asked.length).toBeGreaterThan(75)
  expect(connection.asked.length).toBeLessThan(120)
  connection.answerMs = undefined
  const before = connection.asked.length
  await vi.advanceTimersByTimeAsync(18_000)
  expect(connection.asked.length - before).toBeLessThanOrEqual(4)
  await service.stop()
})

test('after sleep, or when this machine was busy, nobody is gone for what could not be heard', async () => {
  const connection = new FakeConnection()
  const service = felt(connection)
  await vi.advanceTimersByTimeAsync(10_000)
  const before = performance.now.bind(performance)
  const awake = vi.spyOn(performance, 'now').mockImplementation(() => before() + 3_600_000)
  await vi.advanceTimersByTimeAsync(10_000)
  expect(connection.status).toBe('open')
  awake.mockRestore()
  await service.stop()
})
