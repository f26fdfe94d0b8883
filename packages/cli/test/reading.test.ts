import type { Marked } from '@branchline/core'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Reading } from '../src/chat/reading.ts'
import { peerOf, standpoint } from './standpoint.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

async function reading() {
  const { roster } = await standpoint()
  const marked: (readonly Marked[])[] = []
  const mark = async (messages: readonly Marked[]): Promise<void> => void marked.push(messages)
  const made = new Reading({
    session: { roster, messenger: { mark } },
    onFailed: (error) => expect.fail(String(error)),
  })
  return { made, marked }
}

const message = (n: number, from = peerOf('Bea')): Marked => ({ id: `${n}`, from, conversation: '#reference' })

test('what was shown within some seconds is marked as read in one', async () => {
  const { made, marked } = await reading()
  made.take(message(1))
  made.take(message(2))
  expect(marked).toEqual([])
  vi.advanceTimersByTime(5_000)
  expect(marked).toEqual([[message(1), message(2)]])
})

test('what was shown before the end is marked then', async () => {
  const { made, marked } = await reading()
  made.take(message(1))
  await made.close()
  expect(marked).toEqual([[message(1)]])
})

test('whoever is not on the roster any more is told nothing, and keeps nobody else from being told', async () => {
  const { made, marked } = await reading()
  made.take(message(1, '12D3KooWQqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq'))
  made.take(message(2))
  await made.close()
  expect(marked).toEqual([[message(2)]])
})
