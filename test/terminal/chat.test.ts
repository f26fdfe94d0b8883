import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ALONE, branchline, endChat, startChat } from '../support/branchline.ts'
import { enrol } from '../support/library.ts'
import { KEY, Terminal } from '../support/terminal.ts'
import { testFolder } from '../support/test-folder.ts'

async function chatIn(folder: string, name: string): Promise<{ terminal: Terminal; profile: string }> {
  const profile = join(folder, name.toLowerCase())
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
