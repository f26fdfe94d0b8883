import type { Hash } from '@branchline/audit-sink'
import { describe, expect, test } from 'vitest'
import type { History } from '../../src/index.ts'
import { ANA, BEA, SELF, TestLog } from './test-log.ts'

const ROOM = '#reference'
const texts = async (history: History, conversation: string) =>
  (await history.read(conversation)).map(({ text }) => text)

async function followed(log: TestLog): Promise<History> {
  const history = await log.history()
  await history.follow()
  return history
}

describe('a conversation', () => {
  test('is read by depth, then by time; what comes late stands at its place', async () => {
    const log = new TestLog()
    const first = log.written(ANA, { conversation: ROOM, peers: [SELF, BEA], text: 'first', time: 900 })
    const answer = log.written(BEA, {
      conversation: ROOM,
      peers: [SELF, ANA],
      text: 'answer',
      time: 5,
      after: [first.message.id],
    })
    const next = log.written(ANA, {
      conversation: ROOM,
      peers: [SELF, BEA],
      text: 'next',
      time: 1,
      after: [answer.message.id],
    })
    log.take(ANA, next.message, next.payloads, next.place)
    log.take(BEA, answer.message, answer.payloads, answer.place)
    log.received(BEA, { conversation: ROOM, peers: [SELF, ANA], text: 'other', time: 7 })
    await using history = await followed(log)
    expect(await texts(history, ROOM)).toEqual(['answer', 'other', 'next'])
    log.take(ANA, first.message, first.payloads, first.place)
    await history.follow()
    expect(await texts(history, ROOM)).toEqual(['other', 'first', 'answer', 'next'])
    expect((await history.conversations())[0]?.last.id).toBe(next.message.id)
  })

  test('comes in pages, the last one first', async () => {
    const log = new TestLog()
    const ids = Array.from({ length: 250 }, (_, n) => log.sent({ text: `text ${n}`, time: n }))
    await using history = await followed(log)
    const last = await history.read(ANA, { limit: 9_999 })
    expect(last.map(({ id }) => id)).toEqual(ids.slice(50))
    const before = await history.read(ANA, { before: last[0]?.id, limit: 10 })
    expect(before.map(({ id }) => id)).toEqual(ids.slice(40, 50))
    const unknown: Hash = 'f'.repeat(64)
    await expect(history.read(ANA, { before: unknown })).rejects.toMatchObject({ code: 'HISTORY_UNKNOWN' })
  })

  test('shows what was edited, taken back and answered, and nothing that others tried', async () => {
    const log = new TestLog()
    const of = log.received(ANA, { text: 'one', time: 1 })
    const edit = (text: string, after: Hash[] = []) => ({ text, after, about: { type: 'edit', of } }) as const
    log.sent(edit('not mine'))
    log.received(ANA, { ...edit('two'), time: 9 })
    log.received(ANA, { ...edit('earlier'), time: 5 })
    log.received(ANA, { ...edit('from elsewhere'), time: 99, conversation: ROOM })
    log.sent({ text: 'yes', about: { type: 'reply', to: of } })
    await using history = await followed(log)
    expect(await history.message(of)).toMatchObject({
      text: 'two',
      original: 'one',
      isEdited: true,
      isRetracted: false,
      replies: 1,
      own: false,
      conversation: ANA,
      to: [SELF],
    })
    expect(await texts(history, ANA)).toEqual(['two', 'yes'])
    log.received(ANA, { about: { type: 'retract', of } })
    await history.follow()
    expect(await history.message(of)).toMatchObject({ text: undefined, original: undefined, isRetracted: true })
  })

  test('is unread until our own mark names what was said', async () => {
    const log = new TestLog()
    const one = log.received(ANA, { text: 'one' })
    const two = log.received(ANA, { text: 'two', about: { type: 'urgent' } })
    const group = `+${'1'.repeat(32)}`
    log.received(BEA, { text: 'in a group', conversation: group, peers: [SELF, ANA] })
    log.received(BEA, { conversation: group, peers: [SELF, ANA], about: { type: 'group', name: 'Moving day' } })
    await using history = await followed(log)
    expect(await history.conversations()).toMatchObject([
      { conversation: group, unread: 1, name: 'Moving day', members: [ANA, BEA, SELF] },
      { conversation: ANA, unread: 2, last: { time: 0 }, members: [ANA, SELF] },
    ])
    expect((await history.alerts()).map(({ id }) => id)).toEqual([two])
    log.sent({ about: { type: 'mark', read: [one, two], acknowledged: [] } })
    await history.follow()
    expect((await history.conversations())[1]?.unread).toBe(0)
    expect(await history.alerts()).toHaveLength(1)
    log.sent({ about: { type: 'mark', read: [], acknowledged: [two] } })
    await history.follow()
    expect(await history.alerts()).toEqual([])
  })
})

describe('what became of a message', () => {
  test('is told for each recipient, with the time of the first mark', async () => {
    const log = new TestLog()
    const peers = [ANA, BEA, 'Cy111111', 'Dan11111']
    const id = log.sent({ conversation: ROOM, peers, text: 'all', about: { type: 'urgent' } })
    const seq = log.seqOf(id)
    log.outcome(seq, ANA, 'delivered')
    log.outcome(seq, ANA, 'unconfirmed')
    log.outcome(seq, 'Cy111111', 'refused', 'no')
    const mark = (read: Hash[], acknowledged: Hash[]) => ({ type: 'mark', read, acknowledged }) as const
    log.received(ANA, { conversation: ROOM, about: mark([id], []), time: 50 })
    log.received(ANA, { conversation: ROOM, about: mark([id], []), time: 40 })
    log.received(ANA, { about: mark([], [id]), time: 40 })
    log.received('Eve11111', { conversation: ROOM, about: mark([], [id]), time: 40 })
    log.received('Dan11111', { conversation: ROOM, about: mark([], [id]), time: 60 })
    await using history = await followed(log)
    expect(await history.states(id)).toMatchObject([
      { peer: ANA, state: 'read', time: 40, acknowledged: undefined },
      { peer: BEA, state: 'recorded' },
      { peer: 'Cy111111', state: 'refused', reason: 'no' },
      { peer: 'Dan11111', state: 'acknowledged', time: 60 },
    ])
    // Now or never: nobody waits for it.
    log.sent({ text: 'now', peers: [BEA], isKept: false })
    await history.follow()
    const waiting: unknown[] = []
    for await (const each of history.undelivered()) waiting.push(each)
    expect(waiting).toMatchObject([
      { peer: BEA, id, seq },
      { peer: 'Dan11111', id, seq },
    ])
  })
})

describe('requests and desks', () => {
  test('a request is as far as its steps say, whatever came first', async () => {
    const log = new TestLog()
    const peers = [SELF, BEA]
    const about = { type: 'pull', item: 'Beloved, Morrison', branch: 'West' } as const
    const pull = log.received(ANA, { conversation: ROOM, peers, about })
    const other = log.sent({ conversation: ROOM, peers: [ANA], about: { ...about, item: 'Sula' } })
    const claim = log.written(BEA, {
      conversation: ROOM,
      peers: [SELF, ANA],
      about: { type: 'pull-step', of: pull, step: 'claim', after: [] },
    })
    log.received(BEA, {
      conversation: ROOM,
      peers: [SELF, ANA],
      about: { type: 'pull-step', of: pull, step: 'pulled', after: [claim.message.id] },
    })
    await using history = await followed(log)
    expect(await history.pulls({ state: 'open' })).toMatchObject([
      { request: { id: other } },
      { request: { id: pull } },
    ])
    log.take(BEA, claim.message, claim.payloads, claim.place)
    await history.follow()
    expect(await history.pulls({ state: 'pulled' })).toMatchObject([
      { item: 'Beloved, Morrison', branch: 'West', by: BEA, steps: [{ step: 'claim' }, { step: 'pulled' }] },
    ])
    expect((await history.search('morrison')).map(({ id }) => id)).toEqual([pull])
  })

  test('who sits at a desk is found from the last word about each', async () => {
    const log = new TestLog()
    const at = { conversation: '@info', peers: [SELF] }
    log.received(ANA, { ...at, about: { type: 'desk', step: 'on' }, time: 1 })
    log.received(BEA, { ...at, about: { type: 'desk', step: 'on' }, time: 2 })
    log.received(BEA, { ...at, about: { type: 'desk', step: 'off' }, time: 3 })
    await using history = await followed(log)
    expect(await history.desk('info')).toEqual({ staff: [ANA] })
    log.received(ANA, { ...at, about: { type: 'desk', step: 'hand-over', to: SELF }, time: 4 })
    await history.follow()
    expect(await history.desk('info')).toEqual({ staff: [SELF] })
    expect(await history.desk('info', { maySit: (peer) => peer !== SELF })).toEqual({ staff: [] })
  })
})
