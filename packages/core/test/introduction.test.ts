import type { Connection, IdentifyResult } from '@libp2p/interface'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Introduction } from '../src/network/introduction.ts'
import { silentLogger } from './silent-logger.ts'

const DAY_MS = 86_400_000

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Somebody who says who they are from the nth time on that they are asked. */
function met(answersFrom: number) {
  let asked = 0
  const known = new Set<string>()
  const connection = { id: 'one', status: 'open', remotePeer: { toString: () => 'bea' } }
  const introduction = new Introduction({
    identify: {
      identify: async () => {
        asked += 1
        if (asked < answersFrom) throw new Error('no such protocol')
        known.add('bea')
        return {} as IdentifyResult
      },
    },
    isKnown: (peer) => known.has(peer),
    log: silentLogger().forComponent(''),
  })
  introduction.watch(connection as unknown as Connection)
  return { introduction, connection, known, asked: () => asked }
}

test.each([1, 2, 3])('whoever does not say who they are is asked again, until they do (the %d. time)', async (time) => {
  const { asked, known } = met(time)
  await vi.advanceTimersByTimeAsync(DAY_MS)
  expect(asked()).toBe(time)
  expect(known.has('bea')).toBe(true)
})

test('whoever never does is not asked for ever', async () => {
  const { asked } = met(Number.POSITIVE_INFINITY)
  await vi.advanceTimersByTimeAsync(DAY_MS)
  expect(asked()).toBe(3)
  expect(vi.getTimerCount()).toBe(0)
})

test('whoever is known by then is not asked', async () => {
  const { asked, known } = met(1)
  known.add('bea')
  await vi.advanceTimersByTimeAsync(DAY_MS)
  expect(asked()).toBe(0)
})

test.each([
  ['the connection is forgotten', ({ introduction, connection }) => introduction.forget(connection as never)],
  ['everything stops', ({ introduction }) => introduction.stop()],
] as [string, (scene: ReturnType<typeof met>) => void][])('when %s nobody is asked any more', async (_, end) => {
  const scene = met(1)
  end(scene)
  expect(vi.getTimerCount()).toBe(0)
  await vi.advanceTimersByTimeAsync(DAY_MS)
  expect(scene.asked()).toBe(0)
})

test('a connection that has ended is left alone', async () => {
  const { asked, connection } = met(1)
  connection.status = 'closed'
  await vi.advanceTimersByTimeAsync(DAY_MS)
  expect(asked()).toBe(0)
})
