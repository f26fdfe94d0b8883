import { expect, test } from 'vitest'
import { ALONE, branchline, type Chat, endChat, startChat } from '../support/branchline.ts'
import { enrol } from '../support/library.ts'
import { join } from 'node:path'
import { testFolder } from '../support/test-folder.ts'

const LINES = ['Is 641.5945 ROM in?', 'A patron waits for it.', 'She comes back at noon.']

async function postAll({ program }: Chat): Promise<void> {
  for (const line of LINES) {
    program.write(`@bea ${line}`)
    await program.until('posted', ({ text }) => text === line)
  }
}

const textsShown = (chat: Chat): string[] => chat.program.all('message').map(({ text }) => text)

test.each(['ended', 'killed'] as const)(
  'what is written to somebody who is off is delivered once and in order, though the chat was %s meanwhile',
  async (how) => {
    const folder = await testFolder()
    const ann = await startChat({ name: 'Ann', folder })
    await postAll(ann)
    expect(ann.program.all('posted').map(({ to }) => to)).toMatchObject(
      LINES.map(() => [{ name: 'Bea', link: 'away' }]),
    )
    if (how === 'killed') await ann.program.kill()
    else {
      await endChat(ann)
      expect(await ann.program.until('waiting')).toMatchObject({ count: 3, for: [{ name: 'Bea', count: 3 }] })
    }

    const outbox = await branchline(['outbox', '--profile', ann.profile, '--json'])
    const waiting = outbox.stdout.trim().split('\n')
    expect(waiting.map((line) => JSON.parse(line) as unknown)).toMatchObject(
      LINES.map((words) => ({ place: 'Bea', words, missing: [{ name: 'Bea' }] })),
    )

    const bea = await startChat({ name: 'Bea', folder })
    const back = await startChat({ name: 'Ann', folder, peers: [bea.address] })
    await bea.program.until('message', ({ text }) => text === LINES[2])
    expect(textsShown(bea)).toEqual(LINES)
    const { id } = await bea.program.until('message', ({ text }) => text === LINES[2])
    await back.program.until('delivered', (delivered) => delivered.id === id)
    await Promise.all([endChat(back), endChat(bea)])
    const nothing = await branchline(['outbox', '--profile', ann.profile])
    expect(nothing.stdout).toBe('Nothing waits: everybody has everything.\n')
    const joined = await branchline(['audit', 'join', '--json', ann.profile, bea.profile])
    expect(JSON.parse(joined.stdout)).toMatchObject({ verdict: 'INTACT', both: 3, unconfirmed: [] })
  },
)

test('in a room it is told by name who has not got it, and once that everybody has', async () => {
  const folder = await testFolder()
  const bea = await startChat({ name: 'Bea', folder })
  const ann = await startChat({ name: 'Ann', folder, peers: [bea.address] })
  await ann.program.until('here', ({ name }) => name === 'Bea')
  ann.program.write('#reference Staff meeting at nine.')
  const { n } = await ann.program.until('posted')
  const some = await ann.program.until('progress')
  expect(some).toMatchObject({ n, delivered: [{ name: 'Bea' }], missing: [{ name: 'Cy' }] })
  ann.program.write('/missing')
  expect(await ann.program.until('missing')).toMatchObject({ messages: [{ n, missing: [{ name: 'Cy' }] }] })
  // Whoever is waited for is found by whatever way they come.
  const cy = await startChat({ name: 'Cy', folder, peers: [ann.address] })
  await cy.program.until('message', ({ conversation }) => conversation === '#reference')
  const all = await ann.program.until('progress', ({ missing }) => missing.length === 0)
  expect(all.delivered.map(({ name }) => name).toSorted()).toEqual(['Bea', 'Cy'])
  ann.program.write('/states')
  const { states } = await ann.program.until('states')
  expect(states.map(({ name, state }) => `${name}: ${state}`).toSorted()).toEqual([
    'Bea: recorded by peer',
    'Cy: recorded by peer',
  ])
  await Promise.all([endChat(ann), endChat(bea), endChat(cy)])
})

test('send posts, and says who has it and who has not', async () => {
  const folder = await testFolder()
  const bea = await startChat({ name: 'Bea', folder })
  const profile = join(folder, 'Ann')
  await enrol(folder, 'Ann', profile)
  const send = ['send', '--profile', profile, ...ALONE, '--peer', bea.address, '--wait', '3']
  const toBea = await branchline([...send, 'bea', 'Good', 'morning'])
  expect(toBea).toMatchObject({ code: 0, stderr: '' })
  expect(toBea.stdout).toMatch(/^On record here \(#\d+\) and there \(#\d+\)\.\n$/)
  const toRoom = await branchline([...send, '#reference', 'Staff meeting at nine.'])
  expect(toRoom).toMatchObject({ code: 8, stderr: '' })
  expect(toRoom.stdout).toMatch(/^On record here \(#\d+\), delivered to 1 of 2 in #reference\.\nNot yet: Cy\. .*\n$/)
  await bea.program.until('message', ({ conversation }) => conversation === '#reference')
  const outbox = await branchline(['outbox', '--profile', profile])
  expect(outbox.stdout).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\dZ {2}to #reference: Staff meeting at nine\.; not yet: Cy\n$/)

  // The same through a chat that runs on the profile.
  const ann = await startChat({ name: 'Ann', folder, peers: [bea.address] })
  await ann.program.until('here', ({ name }) => name === 'Bea')
  const live = await branchline(['send', '--profile', profile, '--json', '--wait', '2', '#reference', 'And at ten.'])
  expect(live.code).toBe(8)
  expect(JSON.parse(live.stdout)).toMatchObject({ delivered: [{ to: bea.peerId }], failed: [] })
  const running = await branchline(['outbox', '--profile', profile, '--json'])
  expect(running.stdout.trim().split('\n')).toHaveLength(2)
  await Promise.all([endChat(ann), endChat(bea)])
})
