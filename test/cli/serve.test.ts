import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { branchline } from '../support/branchline.ts'
import { type Host, type HostStarted, type Members, startHost } from '../support/host.ts'
import { enrol } from '../support/library.ts'
import { testFolder } from '../support/test-folder.ts'
import { joined, LIBRARY, listed, town } from '../support/town.ts'

async function two(): Promise<{ ann: HostStarted; bea: HostStarted }> {
  const folder = await testFolder()
  const [annAt, beaAt] = [join(folder, 'ann'), join(folder, 'bea')]
  await enrol(folder, 'Ann', annAt)
  await enrol(folder, 'Bea', beaAt)
  const bea = await startHost(beaAt)
  const ann = await startHost(annAt, [bea.address])
  await Promise.all([ann.host.until('colleague:here'), bea.host.until('colleague:here')])
  return { ann, bea }
}

/** What both logs say together, once both have ended. */
async function whole(...hosts: readonly Host[]): Promise<void> {
  const { code, stdout } = await branchline(['audit', 'join', '--json', ...hosts.map(({ profile }) => profile)])
  expect({ code, ...(JSON.parse(stdout) as object) }).toMatchObject({ code: 0, verdict: 'INTACT', ...MISSING_NOTHING })
}

const MISSING_NOTHING = { provedMissingAtReceiver: [], provedMissingAtSender: [], unconfirmed: [], absentLogs: [] }

const hasText = (text: string) => (message: Members) => message['text'] === text

describe('two programs that are served', () => {
  test('do all that colleagues do, every line as the schema has it, and both logs are whole', async () => {
    const at = await town()
    const annAt = await listed(at, 'Ann', '--room', 'cataloguing', '--role', 'may-urgent')
    const beaAt = await listed(at, 'Bea', '--room', 'cataloguing', '--desk', 'Reference')
    await joined(at, annAt, beaAt)
    const { host: bea, address, peerId: beaId } = await startHost(beaAt)
    const { host: ann, peerId: annId } = await startHost(annAt, [address])
    await ann.until('colleague:here', ({ name }) => name === 'Bea')

    expect(bea.lines[0]).toMatchObject({
      event: 'ready',
      data: { protocol: 1, name: 'Bea', roster: { library: LIBRARY } },
    })
    expect(await bea.ask('hello')).toEqual((bea.lines[0] as { data: object }).data)
    expect(await bea.ask('whoami')).toMatchObject({ peerId: beaId, desks: ['Reference'], rooms: ['cataloguing'] })
    expect(await ann.ask('rooms')).toEqual({
      rooms: [
        { name: 'all-staff', members: [annId, beaId] },
        { name: 'cataloguing', members: [annId, beaId] },
      ],
      desks: [{ name: 'Reference', members: [beaId] }],
    })
    const { colleagues } = await ann.ask('colleagues')
    expect(colleagues).toEqual([{ peer: beaId, name: 'Bea', link: 'direct', presence: 'here', branch: 'Northside' }])

    // What is said, and what is done with it.
    const said = await ann.ask('post', { where: '#cataloguing', text: 'Grüße, and \u001b[31mred\u2028\u{1f4da}' })
    const heard = await bea.until('message')
    expect(heard).toMatchObject({ id: said['id'], from: annId, name: 'Ann', conversation: '#cataloguing', to: [beaId] })
    expect(heard['text']).toBe('Grüße, and \u001b[31mred\u2028\u{1f4da}')
    expect(await ann.until('outcome')).toMatchObject({ id: said['id'], to: beaId, result: 'delivered' })
    await ann.ask('post', { where: '#cataloguing', text: 'Greetings', about: { type: 'edit', of: said['id'] } })
    await bea.ask('post', { where: '#cataloguing', text: 'Hello', about: { type: 'reply', to: said['id'] } })
    expect(await ann.until('message', hasText('Hello'))).toMatchObject({ about: { type: 'reply', to: said['id'] } })
    const { messages } = await bea.ask('messages', { conversation: '#cataloguing' })
    expect(messages).toMatchObject([
      { text: 'Greetings', isEdited: true, own: false, replies: 1 },
      { text: 'Hello', own: true },
    ])
    await ann.ask('post', { where: '#cataloguing', about: { type: 'retract', of: said['id'] } })
    const group = { conversation: `+${'0'.repeat(32)}`, peers: ['Bea'] }
    await ann.ask('post', { where: group, about: { type: 'group', name: 'Lunch' } })
    expect(await bea.until('message', ({ conversation }) => conversation === group.conversation)).toBeTruthy()
    expect(await ann.ask('send', { to: 'Bea', text: 'Now or never' })).toMatchObject({ to: beaId })

    // At the desk.
    await bea.ask('post', { where: '@Reference', about: { type: 'desk', step: 'on' }, also: ['Ann'] })
    const pull = await ann.ask('post', {
      where: '@Reference',
      about: { type: 'pull', item: '641.5 ROM', branch: 'Main' },
    })
    await bea.until('message', ({ id }) => id === pull['id'])
    const step = (name: string): object => {
      const about = { type: 'pull-step', of: pull['id'], step: name }
      return { where: '@Reference', as: 'Reference', also: [annId], about }
    }
    // Each comes after the one before it, though nobody waits for that one to be answered.
    const lines = ['claim', 'pulled', 'send'].map((name) => {
      return JSON.stringify({ id: name, method: 'post', params: step(name) })
    })
    bea.write(lines.join('\n'))
    for (const id of ['claim', 'pulled', 'send']) expect((await bea.answer(id)).error).toBeUndefined()
    await ann.until('message', ({ about }) => about.step === 'send')
    const made = ann.all('message').filter(({ about }) => about.type === 'pull-step')
    const [claim, pulled] = made.map(({ id }) => id)
    expect(made.map(({ about }) => about.after)).toEqual([[], [claim], [pulled]])
    const pulls = { pulls: [{ id: pull['id'], item: '641.5 ROM', state: 'sent', by: beaId }], more: false }
    expect(await ann.ask('pulls', { state: 'sent' })).toMatchObject(pulls)
    expect(await bea.ask('pulls')).toMatchObject(pulls)

    // What is urgent, and who has seen it.
    const urgent = await ann.ask('post', { where: 'Bea', text: 'Water in the stacks', about: { type: 'urgent' } })
    expect(await bea.until('alert')).toMatchObject({ id: urgent['id'], from: annId, times: 1 })
    await bea.ask('mark', { messages: [{ id: urgent['id'], from: annId }], how: 'acknowledged' })
    await ann.until('message', ({ about }) => about.type === 'mark')
    const { states } = await ann.ask('states', { id: urgent['id'] })
    expect(states).toMatchObject([{ peer: beaId, state: 'acknowledged' }])
    await bea.ask('presence', { state: 'busy' })
    expect(await ann.until('colleague:presence')).toMatchObject({ peer: beaId, presence: 'busy' })
    const { conversations } = await ann.ask('conversations', { limit: 2 })
    expect(conversations).toHaveLength(2)

    // Files.
    const path = join(at.folder, 'scan.txt')
    await writeFile(path, 'a scan')
    const offer = await ann.ask('offer', { where: 'Bea', path, text: 'The scan' })
    expect(offer).toMatchObject({ name: 'scan.txt', size: 6 })
    expect(await bea.until('file:offered')).toMatchObject({ id: offer['id'], from: annId, name: 'scan.txt' })
    await bea.ask('accept', { offer: offer['id'] })
    const arrived = await bea.until('file:arrived')
    expect(await readFile(arrived['path'] as string, 'utf8')).toBe('a scan')
    const second = await ann.ask('offer', { where: 'Bea', path, name: 'other.txt' })
    await bea.until('file:offered', ({ name }) => name === 'other.txt')
    await bea.ask('decline', { offer: second['id'] })
    await ann.ask('withdraw', { offer: second['id'] })

    // One by shutdown, which is answered last of all; the other by the end of its input.
    const before = ann.request('post', { where: 'Bea', text: 'Good night' })
    const last = ann.request('shutdown')
    ann.request('whoami')
    expect(await ann.program.ended()).toBe(0)
    expect((await ann.answer(before)).result).toBeTruthy()
    expect(ann.lines.at(-1)).toEqual({ id: last, result: {} })
    ann.assertAllFits()
    await bea.until('message', hasText('Good night'))
    await bea.end()
    await whole(ann, bea)
  })
})

test('whoever was away when something was posted gets it from the next start on', async () => {
  const folder = await testFolder()
  const [annAt, beaAt] = [join(folder, 'ann'), join(folder, 'bea')]
  await enrol(folder, 'Ann', annAt)
  await enrol(folder, 'Bea', beaAt)
  const { host: ann, address } = await startHost(annAt)
  await ann.ask('post', { where: 'Bea', text: 'When you are back' })
  expect(await ann.refused('send', { to: 'Bea', text: 'Now' })).toBe('PEER_UNREACHABLE')
  const { host: bea } = await startHost(beaAt, [address])
  await bea.until('message', hasText('When you are back'))
  await ann.until('outcome', ({ result }) => result === 'delivered')
  await ann.end()
  await bea.end()
  await whole(ann, bea)
})

test('a request that was cancelled is answered by CANCELLED, and nothing of it is on record', async () => {
  const { ann, bea } = await two()
  const path = join(ann.host.profile, 'large')
  await writeFile(path, Buffer.alloc(20_000_000))
  const offering = ann.host.request('offer', { where: 'Bea', path })
  const cancelling = ann.host.request('cancel', { request: offering })
  expect((await ann.host.answer(cancelling)).result).toEqual({ cancelled: true })
  expect((await ann.host.answer(offering)).error?.code).toBe('CANCELLED')
  expect(await ann.host.ask('cancel', { request: offering })).toEqual({ cancelled: false })
  await ann.host.end()
  await bea.host.end()
  const { stdout } = await branchline(['audit', 'show', '--json', ann.host.profile])
  expect(stdout).not.toContain('"kind":"sent"')
})

test('a signal cancels what is under way, and the session ends on record', async () => {
  const { ann, bea } = await two()
  const path = join(ann.host.profile, 'large')
  await writeFile(path, Buffer.alloc(100_000_000))
  const offering = ann.host.request('offer', { where: 'Bea', path })
  await ann.host.ask('whoami')
  ann.host.program.killNow('SIGTERM')
  expect(await ann.host.program.ended()).toBe(0)
  expect((await ann.host.answer(offering)).error?.code).toBe('CANCELLED')
  const { stdout } = await branchline(['audit', 'show', '--json', ann.host.profile])
  expect(stdout).not.toContain('"kind":"sent"')
  expect(stdout.trim().split('\n').at(-1)).toContain('"event":"stop"')
  await bea.host.end()
})
