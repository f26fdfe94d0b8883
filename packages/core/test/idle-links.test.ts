import type { Connection } from '@libp2p/interface'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { IdleLinks } from '../src/network/idle-links.ts'
import { silentLogger } from './silent-logger.ts'

const SECOND_MS = 1_000

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

function links() {
  const closed: string[] = []
  const open = new Set(['cy'])
  const connectionsTo = (peer: string): Connection[] => {
    const close = async (): Promise<void> => {
      open.delete(peer)
      closed.push(peer)
    }
    return open.has(peer) ? [{ close } as unknown as Connection] : []
  }
  const idle = new IdleLinks({ log: silentLogger().forComponent('test'), connectionsTo })
  idle.start()
  return { idle, closed, open }
}

test('a link to another branch is let go when nobody used it for two minutes, and not before', () => {
  const { idle, closed } = links()
  idle.watch('cy')
  vi.advanceTimersByTime(110 * SECOND_MS)
  idle.used('cy')
  vi.advanceTimersByTime(110 * SECOND_MS)
  expect(closed).toEqual([])
  vi.advanceTimersByTime(30 * SECOND_MS)
  expect(closed).toEqual(['cy'])
  idle.stop()
})

test('and a new one is not let go for the age of the one before', () => {
  const { idle, closed, open } = links()
  idle.watch('cy')
  vi.advanceTimersByTime(150 * SECOND_MS)
  open.add('cy')
  idle.watch('cy')
  vi.advanceTimersByTime(100 * SECOND_MS)
  expect(closed).toEqual(['cy'])
  idle.stop()
})

test('one that breaks is mended only when it was used lately', () => {
  const { idle } = links()
  idle.watch('cy')
  vi.advanceTimersByTime(50 * SECOND_MS)
  expect(idle.isInUse('cy')).toBe(true)
  vi.advanceTimersByTime(20 * SECOND_MS)
  expect(idle.isInUse('cy')).toBe(false)
  idle.stop()
})

test('a link to a neighbour is kept, whether it is used or not', () => {
  const { idle, closed } = links()
  idle.watch('cy')
  idle.keep('cy')
  vi.advanceTimersByTime(3_600 * SECOND_MS)
  expect(closed).toEqual([])
  idle.stop()
})
