import type { Connection } from '@libp2p/interface'
import { expect, test } from 'vitest'
import { LinkCheck } from '../src/network/link-check.ts'
import { silentLogger } from './silent-logger.ts'

const LEAST_MS = 1_500

interface Age {
  readonly rtt?: number
  readonly ageMs?: number
}

/** A connection on which opening a stream ends so. */
function connection(opening: (signal: AbortSignal) => Promise<unknown>, { rtt, ageMs = 0 }: Age = { rtt: 1 }) {
  const aborted: Error[] = []
  const fake = {
    id: crypto.randomUUID(),
    status: 'open',
    rtt,
    timeline: { open: Date.now() - ageMs },
    remotePeer: 'bea',
    newStream: async (_: string, { signal }: { signal: AbortSignal }) => opening(signal),
    abort: (error: Error) => void aborted.push(error),
  }
  return { aborted, connection: fake as unknown as Connection }
}

const never = async (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))))

test('a connection on which nothing is answered in time is ended', async () => {
  const { aborted, connection: dead } = connection(never)
  const startedAt = performance.now()
  expect(await new LinkCheck({ log: silentLogger().forComponent('') }).check(dead)).toBe(true)
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(LEAST_MS - 10)
  expect(aborted).toHaveLength(1)
})

test.each([
  ['a stream is opened', async () => ({ abort: () => undefined })],
  ['the protocol is refused', async () => Promise.reject(new Error('no such protocol'))],
])('a connection stays when %s', async (_, opening) => {
  const { aborted, connection: live } = connection(opening)
  expect(await new LinkCheck({ log: silentLogger().forComponent('') }).check(live)).toBe(false)
  expect(aborted).toEqual([])
})

test('one that is known to be slow is given the time that it takes', async () => {
  const slow = new Promise((resolve) => setTimeout(() => resolve({ abort: () => undefined }), LEAST_MS + 300))
  const { aborted, connection: far } = connection(async () => slow, { rtt: 1_000 })
  expect(await new LinkCheck({ log: silentLogger().forComponent('') }).check(far)).toBe(false)
  expect(aborted).toEqual([])
})

test('one that took long to open and was not measured yet is given as long as it may take', async () => {
  const slow = new Promise((resolve) => setTimeout(() => resolve({ abort: () => undefined }), 3_500))
  const { aborted, connection: far } = connection(async () => slow, { ageMs: 15_000 })
  expect(await new LinkCheck({ log: silentLogger().forComponent('') }).check(far)).toBe(false)
  expect(aborted).toEqual([])
})

test('one that is young and was not measured yet is ended after two seconds and a half', async () => {
  const { aborted, connection: dead } = connection(never, { ageMs: 100 })
  const startedAt = performance.now()
  expect(await new LinkCheck({ log: silentLogger().forComponent('') }).check(dead)).toBe(true)
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(2_490)
  expect(aborted).toHaveLength(1)
})
