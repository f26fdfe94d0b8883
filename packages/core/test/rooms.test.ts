import { joinLogs } from '@branchline/audit-sink'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Outcome, ReceivedMessage } from '../src/index.ts'
import { type Person, person } from './peers.ts'
import { changedMember } from './rosters.ts'
import { device, recordsOf, restarted, until } from './support.ts'

interface Inbox {
  readonly messages: ReceivedMessage[]
  readonly outcomes: Outcome[]
}

function inboxOf({ messenger }: Person): Inbox {
  const [messages, outcomes]: [ReceivedMessage[], Outcome[]] = [[], []]
  messenger.addEventListener('message', ({ detail }) => messages.push(detail.value))
  messenger.addEventListener('outcome', ({ detail }) => outcomes.push(detail))
  return { messages, outcomes }
}

/** Another for each test: the people of those before stay on the roster. */
let room = ''
let tests = 0
let ann: Person
let bea: Person
let cec: Person
let inbox: Record<'ann' | 'bea' | 'cec', Inbox>

beforeEach(async () => {
  room = `#reference ${++tests}`
  bea = await person({ name: 'Bea' })
  cec = await person({ name: 'Cec', peers: [bea.address] })
  ann = await person({ name: 'Ann', peers: [bea.address, cec.address] })
  for (const { peer } of [ann, bea, cec]) await changedMember(peer, { rooms: [room.slice(1)], desks: [], roles: [] })
  inbox = { ann: inboxOf(ann), bea: inboxOf(bea), cec: inboxOf(cec) }
})

describe('what is said in a room', () => {
  test('is one record here, and goes to everyone in it; who has it is told by name', async () => {
    const { id, to, conversation } = await ann.messenger.post(room, 'is anyone at the desk?')
    await until(() => inbox.ann.outcomes.length === 2)
    expect(conversation).toBe(room)
    expect(to.toSorted()).toEqual([bea.peer, cec.peer].toSorted())
    for (const { messages } of [inbox.bea, inbox.cec]) {
      expect(messages).toMatchObject([{ id, from: ann.peer, conversation: room, text: 'is anyone at the desk?' }])
    }
    expect((await recordsOf(ann.store, 'sent')).length).toBe(1)
    expect(inbox.ann.outcomes.map(({ to: peer, result }) => [peer, result]).toSorted()).toEqual(
      [bea.peer, cec.peer].map((peer) => [peer, 'delivered']).toSorted(),
    )
    expect(await joinLogs([ann.store, bea.store, cec.store])).toMatchObject({ both: 2, unconfirmed: [] })
  })

  test('waits for who is away, and the others have it at once', async () => {
    await cec.messenger.close()
    await ann.messenger.post(room, 'while Cec is away')
    await until(() => inbox.bea.messages.length === 1 && inbox.ann.outcomes.length === 1)
    expect(inbox.ann.outcomes.map(({ to }) => to)).toEqual([bea.peer])
    const listen = [cec.address.replace(/\/p2p\/.*/, '')]
    const back = inboxOf(await person({ listen }, await restarted(cec)))
    await until(() => back.messages.length === 1)
    expect(back.messages).toMatchObject([{ text: 'while Cec is away', conversation: room }])
  })

  test('comes after what its author had seen there, also after a restart', async () => {
    const first = await ann.messenger.post(room, 'one')
    await until(() => inbox.bea.messages.length === 1)
    const second = await bea.messenger.post(room, 'two')
    await until(() => inbox.ann.messages.length === 1 && inbox.cec.messages.length === 2)
    expect(inbox.cec.messages.find(({ id }) => id === second.id)?.after).toEqual([first.id])
    await ann.messenger.close()
    const again = await person({ peers: [bea.address, cec.address] }, await restarted(ann))
    const third = await again.messenger.post(room, 'three')
    await until(() => inbox.cec.messages.length === 3)
    expect(inbox.cec.messages.find(({ id }) => id === third.id)?.after).toEqual([second.id])
  })

  test('at once, by one person, comes one after the other', async () => {
    const posted = await Promise.all(['a', 'b', 'c'].map(async (text) => ann.messenger.post(room, text)))
    await until(() => inbox.bea.messages.length === 3)
    expect(inbox.bea.messages.map(({ after }) => after)).toEqual([[], [posted[0]?.id], [posted[1]?.id]])
  })

  test('is not said by who is not in it, and reaches no one who is not', async () => {
    await changedMember(cec.peer, { rooms: [] })
    await expect(cec.messenger.post(room, 'hello?')).rejects.toMatchObject({ code: 'CONVERSATION_UNKNOWN' })
    expect(await recordsOf(cec.store, 'sent')).toEqual([])
    expect((await ann.messenger.post(room, 'between us')).to).toEqual([bea.peer])
  })
})

test('#all-staff is everyone on the roster', async () => {
  const { to } = await ann.messenger.post('#all-staff', 'we close early today')
  expect(to).toContain(bea.peer)
  expect(to).toContain(cec.peer)
  await until(() => inbox.bea.messages.length === 1 && inbox.cec.messages.length === 1)
})

describe('a desk', () => {
  test('is asked by anyone, hears it at all who may staff it, and answers as the desk', async () => {
    await changedMember(bea.peer, { desks: ['Reference @ Northside'] })
    await changedMember(cec.peer, { desks: ['Reference @ Northside'] })
    const desk = '@Reference @ Northside'
    await ann.messenger.post(desk, 'is 641.5 ROM in?')
    await until(() => inbox.bea.messages.length === 1 && inbox.cec.messages.length === 1)
    await bea.messenger.post(desk, 'on the shelf', { as: 'Reference @ Northside', also: [ann.peer] })
    await until(() => inbox.ann.messages.length === 1 && inbox.cec.messages.length === 2)
    expect(inbox.ann.messages).toMatchObject([{ from: bea.peer, as: 'Reference @ Northside', conversation: desk }])
  })

  test('is spoken for by nobody else', async () => {
    await expect(ann.messenger.post(bea.peer, 'hi', { as: 'Reference' })).rejects.toMatchObject({
      code: 'ROLE_MISSING',
    })
  })
})

test('an urgent message is for those with the role alone', async () => {
  const urgent = { text: 'leave the building', about: { type: 'urgent' } } as const
  await expect(ann.messenger.post(room, urgent)).rejects.toMatchObject({ code: 'ROLE_MISSING' })
  await changedMember(ann.peer, { roles: ['may-urgent'] })
  const { id } = await ann.messenger.post(room, urgent)
  await until(() => inbox.bea.messages.length === 1)
  expect(inbox.bea.messages).toMatchObject([{ id, about: { type: 'urgent' }, text: 'leave the building' }])
  const alerts: string[] = []
  bea.messenger.addEventListener('alert', ({ detail }) => alerts.push(detail.id))
  await until(() => alerts.length === 1)
  await bea.messenger.mark(inbox.bea.messages, 'read')
  await bea.messenger.mark(inbox.bea.messages, 'acknowledged')
  await until(() => inbox.ann.messages.length === 2)
  expect(inbox.ann.messages.map(({ about, from, to }) => ({ about, from, to }))).toEqual([
    { about: { type: 'mark', read: [id], acknowledged: [] }, from: bea.peer, to: [ann.peer] },
    { about: { type: 'mark', read: [], acknowledged: [id] }, from: bea.peer, to: [ann.peer] },
  ])
  expect(inbox.cec.messages.length).toBe(1)
})

test('who is put into a room hears what was said while their roster was older', async () => {
  const dan = await device()
  const old = await person({ name: 'Dan' }, dan)
  const listen = [old.address.replace(/\/p2p\/.*/, '')]
  await old.messenger.close()
  await changedMember(dan.peer, { rooms: [room.slice(1)] })
  await ann.messenger.post(room, 'welcome')
  const back = inboxOf(await person({ listen, peers: [ann.address] }, await restarted(dan)))
  await until(() => back.messages.length === 1)
})
