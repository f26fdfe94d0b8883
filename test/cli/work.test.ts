import { hash, randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Chat, endChat, startChat } from '../support/branchline.ts'
import { testFolder } from '../support/test-folder.ts'

const MIB = 1_048_576

async function three(): Promise<{ folder: string; ann: Chat; bea: Chat; cy: Chat }> {
  const folder = await testFolder()
  const bea = await startChat({ name: 'Bea', folder })
  const cy = await startChat({ name: 'Cy', folder, peers: [bea.address] })
  const ann = await startChat({ name: 'Ann', folder, peers: [bea.address, cy.address] })
  for (const name of ['Bea', 'Cy']) await ann.program.until('here', ({ name: here }) => here === name)
  await bea.program.until('here', ({ name }) => name === 'Cy')
  return { folder, ann, bea, cy }
}

test('a request to pull an item is claimed by one, and everybody sees by whom and how far it is', async () => {
  const { ann, bea, cy } = await three()
  ann.program.write('/pull #reference "641.5945 ROM" to Northside')
  const [atBea, atCy] = await Promise.all(
    [bea, cy].map(({ program }) => program.until('message', ({ conversation }) => conversation === '#reference')),
  )
  bea.program.write(`/claim ${atBea?.n}`)
  await Promise.all(
    [ann, bea, cy].map(({ program }) =>
      program.until('request', ({ state, by }) => state === 'claimed' && (by?.name === 'Bea' || by?.name === 'you')),
    ),
  )
  // Whoever comes second is told so, and nothing has changed.
  cy.program.write(`/claim [${atCy?.n}]`)
  const late = await cy.program.until('request', ({ tooLate }) => tooLate)
  expect(late).toMatchObject({ state: 'claimed', by: { name: 'Bea' } })
  bea.program.write(`/pulled ${atBea?.n}`)
  bea.program.write(`/sent ${atBea?.n} with the noon van`)
  await ann.program.until('request', ({ state }) => state === 'sent')
  ann.program.write('/requests all')
  const { requests } = await ann.program.until('requests')
  expect(requests).toMatchObject([{ item: '641.5945 ROM', state: 'sent', by: { name: 'Bea' } }])
  await Promise.all([endChat(ann), endChat(bea), endChat(cy)])
})

test('a request can be worked on after a restart, under the number that the list shows', async () => {
  const { folder, ann, bea, cy } = await three()
  await endChat(cy)
  ann.program.write('/pull @bea Introduction to Cooking to north')
  await bea.program.until('message')
  await bea.program.kill()
  const back = await startChat({ name: 'Bea', folder, peers: [ann.address] })
  back.program.write('/requests')
  const { requests } = await back.program.until('requests')
  expect(requests).toMatchObject([{ item: 'Introduction to Cooking', state: 'open' }])
  back.program.write(`/notfound ${requests[0]?.n}`)
  await ann.program.until('request', ({ state }) => state === 'not-found')
  await Promise.all([endChat(ann), endChat(back)])
})

test('a file that is offered and accepted is there, identical, under its name', async () => {
  const { folder, ann, bea, cy } = await three()
  await endChat(cy)
  const bytes = randomBytes(3 * MIB)
  const original = join(folder, 'reading list.pdf')
  await writeFile(original, bytes)
  await mkdir(join(folder, 'desk'))
  ann.program.write(`/file "${original}" to bea`)
  const offer = await bea.program.until('message')
  bea.program.write(`/accept ${offer.n} ${join(folder, 'nowhere')}`)
  expect(await bea.program.until('failed')).toMatchObject({ code: 'USAGE' })
  bea.program.write(`/accept ${offer.n} ${join(folder, 'desk')}`)
  const arrived = await bea.program.until('file-arrived')
  expect(arrived).toMatchObject({
    n: offer.n,
    path: join(folder, 'desk', 'reading list.pdf'),
    sha256: hash('sha256', bytes),
  })
  expect(await readFile(arrived.path)).toEqual(bytes)
  // Whoever offered it is told that it is there.
  await ann.program.until('message', ({ about }) => about.type === 'file-answer' && about.answer === 'received')
  ann.program.write(`/file "${join(folder, 'no such file')}" to bea`)
  expect(await ann.program.until('failed')).toMatchObject({ code: 'FILE_UNREADABLE' })
  await Promise.all([endChat(ann), endChat(bea)])
})

test('an urgent message is alerted until it is acknowledged, and the roll-call names who has and who has not', async () => {
  const { ann, bea, cy } = await three()
  cy.program.write('/urgent #reference Leave the building')
  expect(await cy.program.until('failed')).toMatchObject({
    code: 'ROLE_MISSING',
    line: '/urgent #reference Leave the building',
  })
  ann.program.write('/urgent #reference Leave the building')
  const { n } = await bea.program.until('alert', ({ text }) => text === 'Leave the building')
  await cy.program.until('alert')
  bea.program.write(`/ok ${n}`)
  const told = await ann.program.until('acknowledged')
  expect(told).toMatchObject({ name: 'Bea' })
  ann.program.write(`/roll ${told.messages[0]?.n}`)
  const { states } = await ann.program.until('states')
  expect(states.map(({ name, state }) => `${name}: ${state}`).toSorted()).toEqual([
    'Bea: acknowledged',
    'Cy: recorded by peer',
  ])
  await Promise.all([endChat(ann), endChat(bea), endChat(cy)])
})

test('what one has not acknowledged is alerted again by the next chat', async () => {
  const { folder, ann, bea, cy } = await three()
  await endChat(cy)
  ann.program.write('/urgent @bea Please call me')
  await bea.program.until('alert')
  await bea.program.kill()
  const back = await startChat({ name: 'Bea', folder, peers: [ann.address] })
  const alert = await back.program.until('alert')
  expect(alert).toMatchObject({ text: 'Please call me', times: 0 })
  back.program.write(`/ok ${alert.n}`)
  await ann.program.until('acknowledged')
  await Promise.all([endChat(ann), endChat(back)])
})

test('a desk is handed over, and whoever asks there is answered by the desk', async () => {
  const { ann, bea, cy } = await three()
  ann.program.write('/desk on')
  const desk = '@Reference @ Northside'
  await ann.program.until('desk', ({ staff }) => staff.some(({ name }) => name === 'you'))
  await bea.program.until('message', ({ about }) => about.type === 'desk')
  ann.program.write('/desk over bea')
  const handed = await ann.program.until('desk', ({ staff }) => staff.some(({ name }) => name === 'Bea'))
  expect(handed).toMatchObject({ desk, staff: [{ name: 'Bea' }] })
  bea.program.write('/desk')
  await bea.program.until('desk')

  cy.program.write('@"reference @ northside" Is 641.5 in?')
  const asked = await bea.program.until('message', ({ text }) => text === 'Is 641.5 in?')
  // Whoever sits there is alerted; whoever handed over is not.
  expect(asked).toMatchObject({ conversation: desk, isForDesk: true })
  expect(await ann.program.until('message', ({ text }) => text === 'Is 641.5 in?')).toMatchObject({ isForDesk: false })
  bea.program.write(`/reply ${asked.n} It is.`)
  const answer = await cy.program.until('message', ({ text }) => text === 'It is.')
  expect(answer).toMatchObject({ conversation: desk, as: 'Reference @ Northside' })
  await ann.program.until('message', ({ text }) => text === 'It is.')
  await Promise.all([endChat(ann), endChat(bea), endChat(cy)])
})

test('a group hears all that is said in it, and a message can be changed and taken back', async () => {
  const { ann, bea, cy } = await three()
  ann.program.write('/group "Van crew" @bea @cy')
  await Promise.all([bea, cy].map(({ program }) => program.until('message', ({ about }) => about.type === 'group')))
  bea.program.write('+van The van leaves at noon.')
  const said = await bea.program.until('posted')
  bea.program.write(`/edit ${said.n} The van leaves at one.`)
  bea.program.write(`/retract ${said.n}`)
  for (const { program } of [ann, cy]) {
    await program.until('message', ({ text }) => text === 'The van leaves at noon.')
    await program.until('message', ({ about }) => about.type === 'retract')
    expect(program.all('message').map(({ about }) => about.type)).toContain('edit')
  }
  ann.program.write('/retract 2')
  expect(await ann.program.until('failed')).toMatchObject({ code: 'USAGE' })
  await Promise.all([endChat(ann), endChat(bea), endChat(cy)])
})
