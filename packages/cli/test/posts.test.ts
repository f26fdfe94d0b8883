import type { Outcome, Posted } from '@branchline/core'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { ChatEvent } from '../src/chat/events.ts'
import { Numbers } from '../src/chat/numbers.ts'
import { Past } from '../src/chat/past.ts'
import { type Place, Places } from '../src/chat/places.ts'
import { Posts } from '../src/chat/posts.ts'
import type { Session } from '../src/profile/open.ts'
import { type Name, peerOf, standpoint } from './standpoint.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

const ROOM: Place = { where: '#reference', options: {}, label: '#reference' }
const PAUSE_MS = 10_000

async function posts(here: readonly Name[] = ['Bea', 'Cy']) {
  const point = await standpoint({}, here)
  const events: ChatEvent[] = []
  const empty = async function* () {}
  const sink = { read: empty, head: async () => ({ size: 0 }) as never, origin: 'none' }
  const past = new Past({ sink, self: peerOf('Ann') })
  const made = new Posts({
    session: point as Session,
    view: (event) => void events.push(event),
    numbers: new Numbers(),
    places: new Places(point, past),
    past,
    onFailed: (error) => expect.fail(String(error)),
  })
  let seq = 0
  const post = async (to: readonly Name[]): Promise<Posted> => {
    seq += 1
    const posted = { id: String(seq).padStart(64, '0'), seq, to: to.map(peerOf), conversation: '#reference' }
    return made.track(ROOM, { type: 'text' }, 'Is it in?', async () => posted)
  }
  const told = (): string[] => events.filter(({ event }) => event !== 'posted' && event !== 'delivered').map(inShort)
  return { posts: made, events, post, told }
}

function inShort(event: ChatEvent): string {
  if (event.event === 'progress')
    return `${event.delivered.length} have it, ${event.missing.map(({ name }) => name).join(', ')} not`
  if (event.event === 'caught-up') return `${event.name} has got ${event.messages.length}`
  return event.event === 'undelivered' ? `${event.name}: ${event.result}` : event.event
}

function outcome({ id, seq }: Posted, name: Name, result: Outcome['result'] = 'delivered'): Outcome {
  const seqs = { sentSeq: seq, outcomeSeq: seq + 100, receivedSeq: 7 }
  return { id, to: peerOf(name), result, ...seqs, code: undefined, reason: undefined }
}

test('a room that has it at once takes one line', async () => {
  const { posts: made, post, told } = await posts()
  const posted = await post(['Bea', 'Cy'])
  for (const name of ['Bea', 'Cy'] as const) made.take(outcome(posted, name))
  vi.advanceTimersByTime(PAUSE_MS)
  expect(told()).toEqual(['2 have it,  not'])
  expect(made.isSettled).toBe(true)
})

test('who is missing is told by name after a pause, and then when they have it', async () => {
  const { posts: made, post, told } = await posts(['Bea'])
  const posted = await post(['Bea', 'Cy'])
  made.take(outcome(posted, 'Bea'))
  expect(told()).toEqual([])
  vi.advanceTimersByTime(PAUSE_MS)
  expect(told()).toEqual(['1 have it, Cy not'])
  made.take(outcome(posted, 'Cy'))
  vi.advanceTimersByTime(PAUSE_MS)
  expect(told().slice(1)).toEqual(['2 have it,  not'])
})

test('what had waited for somebody is told of in one line, however much it was', async () => {
  const { posts: made, post, told, events } = await posts([])
  const all: Posted[] = []
  for (let n = 0; n < 50; n++) all.push(await post(['Cy']))
  for (const posted of all) made.take(outcome(posted, 'Cy'))
  vi.advanceTimersByTime(PAUSE_MS)
  expect(told()).toEqual(['Cy has got 50'])
  // A program is told of each.
  expect(events.filter(({ event }) => event === 'delivered')).toHaveLength(50)
})

test('what is not delivered is told at once, and is not waited for', async () => {
  const { posts: made, post, told } = await posts()
  const posted = await post(['Bea', 'Cy'])
  made.take(outcome(posted, 'Bea', 'refused'))
  expect(told()).toEqual(['Bea: refused'])
  made.take(outcome(posted, 'Cy'))
  expect(told()).toEqual(['Bea: refused', '1 have it,  not'])
  expect(made.isSettled).toBe(true)
})

test('an outcome that comes before its message is known to be posted is not lost', async () => {
  const { posts: made, events } = await posts()
  const recording = Promise.withResolvers<Posted>()
  const posted: Posted = { id: 'a'.repeat(64), seq: 4, to: [peerOf('Bea')], conversation: undefined }
  const posting = made.track(ROOM, { type: 'text' }, 'x', () => recording.promise)
  made.take(outcome(posted, 'Bea'))
  expect(events).toEqual([])
  recording.resolve(posted)
  await posting
  expect(events.map(({ event }) => event)).toEqual(['posted', 'delivered', 'progress'])
})

test('the end waits for who is on the way, and not longer than it may', async () => {
  const { posts: made, post } = await posts()
  const posted = await post(['Bea'])
  expect(made.isUnderWay).toBe(true)
  const { signal } = new AbortController()
  const settled = made.settle(PAUSE_MS, signal)
  await vi.advanceTimersByTimeAsync(1)
  made.take(outcome(posted, 'Bea'))
  await settled
  expect(made.isSettled).toBe(true)
  await post(['Cy'])
  vi.useRealTimers()
  await made.settle(10, signal)
  expect(made.isSettled).toBe(false)
})
