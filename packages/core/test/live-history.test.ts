import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { levelIndex } from '../src/history/level-index.ts'
import type { AlertEvent, ReceivedMessage } from '../src/index.ts'
import { pair, person } from './peers.ts'
import { changedMember } from './rosters.ts'
import { restarted, until } from './support.ts'

async function indexFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'branchline-history-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return folder
}

test('a messenger tells what was said, and how far that is, from all that is on record', async () => {
  const [ann, bea] = await pair()
  const { id } = await ann.messenger.post(bea.peer, 'is 641.5 ROM in?')
  const [last] = await ann.messenger.history.read(bea.peer)
  expect(last).toMatchObject({ id, text: 'is 641.5 ROM in?', own: true })
  await until(async () => (await ann.messenger.history.states(id))[0]?.state === 'recorded by peer')
  await bea.messenger.mark([{ id, from: ann.peer, conversation: undefined }], 'read')
  await until(async () => (await ann.messenger.history.states(id))[0]?.state === 'read')
  expect((await bea.messenger.history.search('rom')).map((said) => said.id)).toEqual([id])
  expect(await bea.messenger.history.conversations()).toMatchObject([{ conversation: ann.peer, unread: 0 }])
})

test('its history is there at once after a restart, and is made anew where its index is lost', async () => {
  const [ann, bea] = await pair()
  const { id } = await ann.messenger.post(bea.peer, 'one')
  await until(async () => (await ann.messenger.history.states(id))[0]?.state === 'recorded by peer')
  await ann.messenger.close()
  const folder = await indexFolder()
  const index = () => levelIndex(folder)
  const again = await person({ historyIndex: index(), peers: [bea.address] }, await restarted(ann))
  expect(await again.messenger.history.read(bea.peer)).toMatchObject([{ id, text: 'one' }])
  await again.messenger.close()
  await expect(again.messenger.history.read(bea.peer)).rejects.toMatchObject({ code: 'MESSENGER_CLOSED' })
  const third = await person({ historyIndex: index(), peers: [bea.address] }, await restarted(again))
  await third.messenger.post(bea.peer, 'two')
  expect((await third.messenger.history.read(bea.peer)).map(({ text }) => text)).toEqual(['one', 'two'])
})

test('who sits at a desk is whom the roster lets sit there', async () => {
  const [ann, bea] = await pair()
  const [desk, on] = ['Reference @ Eastside', { about: { type: 'desk', step: 'on' } }] as const
  for (const { peer } of [ann, bea]) await changedMember(peer, { desks: [desk] })
  await bea.messenger.post(`@${desk}`, on)
  await until(async () => (await ann.messenger.history.desk(desk)).staff[0] === bea.peer)
  await changedMember(bea.peer, { desks: [] })
  expect(await ann.messenger.history.desk(desk)).toEqual({ staff: [] })
})

test('an urgent message is alerted again after each restart, until it is acknowledged', async () => {
  const [ann, bea] = await pair()
  await changedMember(ann.peer, { roles: ['may-urgent'] })
  const { id } = await ann.messenger.post(bea.peer, { text: 'leave the building', about: { type: 'urgent' } })
  const came: ReceivedMessage[] = []
  bea.messenger.addEventListener('message', ({ detail }) => came.push(detail.value))
  await until(() => came.length === 1)
  await bea.messenger.close()
  const again = await person({}, await restarted(bea))
  const alerts: AlertEvent[] = []
  again.messenger.addEventListener('alert', ({ detail }) => alerts.push(detail))
  await until(() => alerts.length === 1)
  expect(alerts).toMatchObject([{ id, from: ann.peer, text: 'leave the building', sentAt: came[0]?.sentAt, times: 1 }])
  await again.messenger.mark(came, 'acknowledged')
  await again.messenger.close()
  const third = await person({}, await restarted(again))
  third.messenger.addEventListener('alert', ({ detail }) => alerts.push(detail))
  await third.messenger.history.alerts()
  // A room waits for what the log holds from before, and so tells when that was read.
  await third.messenger.post('#all-staff', 'back')
  expect(alerts).toHaveLength(1)
  expect(await third.messenger.history.alerts()).toEqual([])
})
