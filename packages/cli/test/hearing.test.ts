import { MessengerError, type FileProgress } from '@branchline/core'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Arrivals } from '../src/chat/arrivals.ts'
import type { ChatEvent } from '../src/chat/events.ts'
import { Hearing } from '../src/chat/hearing.ts'
import { Numbers } from '../src/chat/numbers.ts'
import { Past } from '../src/chat/past.ts'
import { Places } from '../src/chat/places.ts'
import { Posts } from '../src/chat/posts.ts'
import { Sitting } from '../src/chat/sitting.ts'
import type { Session } from '../src/profile/open.ts'
import { profilePaths } from '../src/profile/paths.ts'
import { peerOf, standpoint } from './standpoint.ts'

const SIZE = 1_000
const SECONDS = 30

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

async function hearing() {
  const point = await standpoint()
  const discarded: string[] = []
  const queue = { queued: () => [], discard: async (draft: string) => void discarded.push(draft) }
  const messenger = Object.assign(new EventTarget(), point.messenger, queue)
  const session = { ...point, messenger } as unknown as Session
  const events: ChatEvent[] = []
  const view = (event: ChatEvent): void => void events.push(event)
  const sink = { read: async function* () {}, head: async () => ({ size: 0 }) as never, origin: 'none' }
  const past = new Past({ sink, self: peerOf('Ann') })
  const [numbers, places, sitting] = [new Numbers(), new Places(point, past), new Sitting(point, past)]
  const onFailed = (error: unknown): void => expect.fail(String(error))
  const posts = new Posts({ session, view, numbers, places, past, onFailed })
  const paths = profilePaths('nowhere')
  const place = (): never => expect.fail('nobody is talked with')
  const arrivals = new Arrivals(paths.received)
  const talk = { session, paths, view, numbers, places, past, posts, arrivals, sitting, place, turnTo: place }
  new Hearing(talk, { onMessage: () => undefined, onShown: undefined }).start()
  const hear = (type: string, detail: object): void => void messenger.dispatchEvent(new CustomEvent(type, { detail }))
  return { hear, events, numbers, discarded }
}

test('how far a file is takes a few lines, however often it is told', async () => {
  const { hear, events } = await hearing()
  const file = { id: 'f'.repeat(64), from: peerOf('Bea'), conversation: undefined, name: 'list.pdf', size: SIZE }
  for (let n = 0; n <= SECONDS * 4; n++) {
    const bytes = Math.floor((SIZE * n) / (SECONDS * 4))
    const progress: FileProgress = { ...file, sha256: 'a'.repeat(64), peer: peerOf('Bea'), direction: 'in', bytes }
    hear('file:progress', progress)
    vi.advanceTimersByTime(250)
  }
  const told = events.filter((event) => event.event === 'file-progress')
  expect(told.map(({ bytes }) => bytes)).toEqual([250, 500, 750])
})

test('who acknowledges an urgent message of ours is told by name, and a mark of anything else says nothing', async () => {
  const { hear, events, numbers } = await hearing()
  const [ours, other] = ['a'.repeat(64), 'b'.repeat(64)]
  const n = numbers.of(ours)
  const said = { from: peerOf('Bea'), name: 'Bea', conversation: undefined, to: [], as: undefined, after: [] }
  const mark = (read: string[], acknowledged: string[]) => ({
    value: {
      ...said,
      id: 'c'.repeat(64),
      about: { type: 'mark', read, acknowledged },
      text: '',
      sentAt: 0,
      receivedAt: 0,
    },
    receipt: { seq: 4 },
  })
  hear('message', mark([ours], []))
  hear('message', mark([], [other, ours]))
  const told = events.filter(({ event }) => event === 'acknowledged')
  expect(told).toEqual([{ event: 'acknowledged', peer: peerOf('Bea'), name: 'Bea', messages: [{ n, id: ours }] }])
})

test('what waited and may not be said any more is given back, and then thrown away', async () => {
  const { hear, events, discarded } = await hearing()
  const content = { text: Buffer.from('to somebody who left'), about: { type: 'text' } }
  const queued = { draft: 'd'.repeat(32), time: 0, where: peerOf('Bea'), content }
  hear('queue:refused', { queued, error: new MessengerError('MEMBER_REVOKED', 'Bea has left') })
  await vi.advanceTimersByTimeAsync(1)
  expect(events).toContainEqual({
    event: 'failed',
    code: 'MEMBER_REVOKED',
    message: 'Bea has left',
    text: 'to somebody who left',
  })
  expect(discarded).toEqual([queued.draft])
})

test('an urgent message from before is alerted once it is known, as one from before', async () => {
  const { hear, events, numbers } = await hearing()
  const alert = { from: peerOf('Bea'), conversation: '#all-staff', text: 'leave', sentAt: 1, times: 1 }
  hear('alert', { ...alert, id: 'a'.repeat(64) })
  numbers.of('b'.repeat(64))
  hear('alert', { ...alert, id: 'b'.repeat(64) })
  expect(events.flatMap((event) => (event.event === 'alert' ? [event.times] : []))).toEqual([0, 1])
})
