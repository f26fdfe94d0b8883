import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ALONE, branchline, endChat, startChat } from '../support/branchline.ts'
import { enrol } from '../support/library.ts'
import { KEY, Terminal } from '../support/terminal.ts'
import { testFolder } from '../support/test-folder.ts'

async function chatIn(
  folder: string,
  name: string,
  profile = join(folder, name.toLowerCase()),
): Promise<{ terminal: Terminal; profile: string }> {
  await enrol(folder, name, profile)
  const terminal = new Terminal(['chat', '--profile', profile, '--name', name, ...ALONE])
  await terminal.sees(`You are ${name}.`)
  return { terminal, profile }
}

test('two people talk in two terminals, and a third verifies either log meanwhile', async () => {
  const folder = await testFolder()
  const [ann, bea] = await Promise.all([chatIn(folder, 'Ann'), chatIn(folder, 'Bea')])
  // By mDNS: neither was told of the other.
  await ann.terminal.sees('Bea is here')
  await bea.terminal.sees('Ann is here')

  ann.terminal.type(`@b${KEY.tab}`)
  await ann.terminal.prompts('> @Bea')
  ann.terminal.enter('Good morning, is 641.5945 ROM in?')
  await bea.terminal.sees(/^\d\d:\d\d {2}\[1\] Ann: Good morning, is 641\.5945 ROM in\?$/)
  await ann.terminal.sees(/^ {7}\[1\] delivered to Bea \(on record, #\d+ here and #\d+ there\)$/)

  bea.terminal.type('It is; I put')
  await bea.terminal.prompts('Ann> It is; I put')
  const verifier = new Terminal(['audit', 'verify', ann.profile])
  await verifier.sees(/^INTACT {2}Every record is there/)
  expect(await verifier.ended()).toBe(0)
  expect((await branchline(['audit', 'verify', bea.profile])).code).toBe(0)

  // What comes while one types goes above the line, and leaves it as it was.
  ann.terminal.enter('By noon, please.')
  await bea.terminal.sees('Ann: By noon, please.')
  await bea.terminal.prompts('Ann> It is; I put')
  bea.terminal.enter(' it on the van.')
  await ann.terminal.sees('Bea: It is; I put it on the van.')

  ann.terminal.type(KEY.up)
  await ann.terminal.prompts('Bea> By noon, please.')
  ann.terminal.type(KEY.ctrlC)
  await ann.terminal.prompts('Bea>')
  ann.terminal.type(KEY.ctrlD)
  expect(await ann.terminal.ended()).toBe(0)
  await bea.terminal.sees('Ann is off')
  bea.terminal.enter('/quit')
  expect(await bea.terminal.ended()).toBe(0)
  for (const { profile } of [ann, bea]) {
    expect((await branchline(['audit', 'verify', profile])).stdout).toMatch(/^INTACT/)
  }
})

test('a line that could not be done is back as it was typed', async () => {
  const folder = await testFolder()
  const ann = await chatIn(folder, 'Ann')
  ann.terminal.enter('@zoe Is it in?')
  await ann.terminal.sees(/^ +Not done, PEER_UNKNOWN: /)
  await ann.terminal.prompts('> @zoe Is it in?')
  ann.terminal.type(' It is')
  await ann.terminal.prompts('> @zoe Is it in? It is')
})

test('what was typed to somebody who is off survives a kill, and its author sees when it is there', async () => {
  const folder = await testFolder()
  const ann = await chatIn(folder, 'Ann')
  ann.terminal.enter('@bea Is 641.5945 ROM in?')
  await ann.terminal.sees(/^ {7}\[1\] recorded; Bea is off, and gets it later$/)
  ann.terminal.enter('A patron waits for it.')
  await ann.terminal.sees(/^ {7}\[2\] recorded; Bea is off/)
  await ann.terminal.kill()

  const back = await chatIn(folder, 'Ann')
  await back.terminal.sees(/^2 messages wait: 2 for Bea\./)
  const bea = await chatIn(folder, 'Bea')
  await bea.terminal.sees(/Ann: A patron waits for it\.$/)
  const texts = bea.terminal.lines().filter((line) => line.includes('Ann: '))
  expect(texts.map((line) => line.slice(line.indexOf('Ann: ')))).toEqual([
    'Ann: Is 641.5945 ROM in?',
    'Ann: A patron waits for it.',
  ])
  await back.terminal.sees(/^ {7}Bea has got 2 messages that had waited$/)

  bea.terminal.enter('It is.')
  await back.terminal.sees(/Bea: It is\.$/)
  back.terminal.enter('/missing')
  await back.terminal.sees('Everybody has everything.')
  back.terminal.type(KEY.ctrlD)
  expect(await back.terminal.ended()).toBe(0)
})

test('what was shown in a terminal is told to its author as read, and in a pipe it is not', async () => {
  const folder = await testFolder()
  const bea = await chatIn(folder, 'Bea')
  const cy = await startChat({ name: 'Cy', folder })
  const ann = await startChat({ name: 'Ann', folder, peers: [cy.address] })
  await bea.terminal.sees('Ann is here')
  await ann.program.until('here', ({ name }) => name === 'Cy')
  ann.program.write('#reference One.')
  ann.program.write('#reference Two.')
  await bea.terminal.sees(/Ann, in #reference: Two\.$/)
  const said = await ann.program.until('posted', ({ text }) => text === 'Two.')
  const isMark = ({ about }: { about: { type: string } }): boolean => about.type === 'mark'
  // Both in one.
  expect((await ann.program.until('message', isMark)).about).toMatchObject({ read: [expect.anything(), said.id] })
  ann.program.write(`/states ${said.n}`)
  const { states } = await ann.program.until('states')
  expect(states.map(({ name, state }) => `${name}: ${state}`).toSorted()).toEqual(['Bea: read', 'Cy: recorded by peer'])
  await Promise.all([endChat(ann), endChat(cy)])
})

test('what came and was never shown is shown by the next chat, once', async () => {
  const folder = await testFolder()
  const cy = await startChat({ name: 'Cy', folder })
  const ann = await startChat({ name: 'Ann', folder, peers: [cy.address] })
  await ann.program.until('here', ({ name }) => name === 'Cy')
  // A pipe marks nothing: to the log it is the same whether nobody looked, or the terminal was killed first.
  cy.program.write('@ann One.')
  cy.program.write('#reference Two.')
  await ann.program.until('message', ({ text }) => text === 'Two.')
  await endChat(ann)
  const first = await chatIn(folder, 'Ann', join(folder, 'Ann'))
  await first.terminal.sees('2 earlier messages were not read here')
  await first.terminal.sees(/^\d\d:\d\d {2}\[1\] Cy: One\.$/)
  await first.terminal.sees(/^\d\d:\d\d {2}\[2\] Cy, in #reference: Two\.$/)
  first.terminal.enter('/last #reference')
  await first.terminal.prompts('>')
  first.terminal.type(KEY.ctrlD)
  expect(await first.terminal.ended()).toBe(0)
  const second = await chatIn(folder, 'Ann', join(folder, 'Ann'))
  second.terminal.enter('/last cy')
  await second.terminal.sees(/^\d\d:\d\d {2}\[1\] Cy: One\.$/)
  expect(second.terminal.lines().join('\n')).not.toContain('earlier messages')
  await endChat(cy)
})

test('what waits is told at the end', async () => {
  const folder = await testFolder()
  const ann = await chatIn(folder, 'Ann')
  ann.terminal.enter('@bea Is it in?')
  await ann.terminal.sees('Bea is off, and gets it later')
  ann.terminal.type(KEY.ctrlD)
  await ann.terminal.sees(/^1 message waits: 1 for Bea\./)
  expect(await ann.terminal.ended()).toBe(0)
})

test('without cursor movements, too, one line follows the other', async () => {
  const folder = await testFolder()
  const bea = await startChat({ name: 'Bea', folder })
  await enrol(folder, 'Ann', join(folder, 'ann'))
  const args = ['chat', '--plain', '--profile', join(folder, 'ann'), ...ALONE, '--peer', bea.address]
  const terminal = new Terminal(args)
  await terminal.sees('Bea is here')
  terminal.enter(`@bea ${'Please pull the next one. '.repeat(8)}`)
  await terminal.sees(/^ {7}\[1\] delivered to Bea/)
  bea.program.write(`@ann ${'It is on the van. '.repeat(8)}`)
  await terminal.sees(/^\d\d:\d\d {2}\[2\] Bea: It is/)
  await terminal.sees(/^ {7}(It|is|on|the|van)/)
  // oxlint-disable-next-line no-control-regex -- controls are what must not be there
  expect(terminal.written).not.toMatch(/\u001b/)
  terminal.type(KEY.ctrlD)
  expect(await terminal.ended()).toBe(0)
  await endChat(bea)
})

test('hostile text changes nothing but its own line', async () => {
  const folder = await testFolder()
  const ann = await chatIn(folder, 'Ann')
  const eve = await startChat({ name: 'Eve', folder })
  await eve.program.until('here')
  await ann.terminal.sees('Eve is here')
  ann.terminal.type('half a line')
  await ann.terminal.prompts('> half a line')
  const families = [
    '\u001b]0;owned\u0007',
    '\u001b[2J\u001b[H',
    '\u001b[?1049h',
    '\u009b8;1H',
    '\u001bPq\u001b\\',
    '\u001bc',
  ]
  const { length } = ann.terminal.written
  for (const [n, family] of families.entries()) {
    eve.program.write(`@Ann ${n}<${family}>${n} \u202etxet \u200b\u0007\r\u0008`)
    await ann.terminal.sees(new RegExp(`^\\d\\d:\\d\\d {2}\\[\\d+\\] Eve: ${n}<.*>?${n}`))
  }
  await ann.terminal.prompts('> half a line')
  expect(ann.terminal.title).toBe('')
  expect(ann.terminal.lines()[0]).toMatch(/^You are Ann\./)
  const since = ann.terminal.written.slice(length)
  // oxlint-disable-next-line no-control-regex -- controls are what must not be there
  expect(since).not.toMatch(/\u0007|\u0008|\u001b[\]P_^Xc]|\u001b\[\?|[\u0080-\u009f\u202a-\u202e\u200b]/)
  await endChat(eve)
})
