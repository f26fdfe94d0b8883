import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ALONE, branchline, type ChatEvent, LAUNCHER } from '../support/branchline.ts'
import { Program } from '../support/program.ts'
import { LIBRARY, listed, town, type Town } from '../support/town.ts'

async function chat({ folder }: Town, name: string, peers: readonly string[] = []): Promise<Program<ChatEvent>> {
  const args = [
    'chat',
    '--json',
    '--profile',
    join(folder, name),
    ...ALONE,
    ...peers.flatMap((peer) => ['--peer', peer]),
  ]
  const program = new Program<ChatEvent>(process.execPath, [LAUNCHER, ...args], join(folder, `${name}-chat`))
  onTestFinished(() => program.kill())
  return program
}

test('a library from its first day: who is on the roster talks, and who is taken off is out at once', async () => {
  const at = await town()
  const { folder, key, roster, does } = at
  const people = [await listed(at, 'Ann'), await listed(at, 'Bea'), await listed(at, 'Cy')] as const
  for (const profile of people) {
    const said = await does('join', roster, '--profile', profile, '--yes')
    expect(said).toContain(LIBRARY)
    expect(said).toMatch(/You are on it: (Ann|Bea|Cy), Northside\./)
  }
  const bea = await chat(at, 'bea')
  const { addresses, peerId } = await bea.until('ready')
  const ann = await chat(at, 'ann', [addresses[0] as string])
  const cy = await chat(at, 'cy', [addresses[0] as string])
  await Promise.all([ann, cy].map((each) => each.until('here', ({ name }) => name === 'Bea')))
  ann.write('@bea Good morning')
  await bea.until('message', ({ text }) => text === 'Good morning')

  // At the director's: Ann's laptop is stolen. One machine is told; the others hear of it from that one.
  await does('library', 'revoke', 'Ann', '--key', key, '--reason', 'the laptop was stolen')
  const { peerId: annId } = await ann.until('ready')
  expect(await does('join', roster, '--profile', people[1])).toMatch(/^Roster number 5 is taken\.\n/)
  await bea.until('gone', ({ peer }) => peer === annId)
  ann.write('@bea Are you there?')
  await ann.until('posted', ({ text }) => text === 'Are you there?')
  for (const [program, profile] of [
    [bea, people[1]],
    [cy, people[2]],
  ] as const) {
    const deadline = Date.now() + 10_000
    while (!(await does('library', 'show', '--profile', profile)).includes('the laptop was stolen')) {
      expect(Date.now()).toBeLessThan(deadline)
    }
    expect(program.all('notice')).toEqual([])
  }
  cy.write('@bea Just us, then')
  await bea.until('message', ({ text }) => text === 'Just us, then')
  expect(bea.all('message').map(({ text }) => text)).toEqual(['Good morning', 'Just us, then'])

  const records = (await does('audit', 'show', '--json', people[1])).trim().split('\n')
  const kinds = records.map((line) => (JSON.parse(line) as { record: { kind: string; detail?: object } }).record)
  const rosters = kinds.filter(({ kind }) => kind === 'roster').map(({ detail }) => detail)
  expect(rosters).toEqual([
    { library: LIBRARY, serial: 4 },
    { library: LIBRARY, serial: 5 },
  ])
  expect(kinds).toContainEqual(expect.objectContaining({ kind: 'refused', detail: { code: 'MEMBER_REVOKED' } }))
  for (const profile of people) await does('audit', 'verify', profile)
  expect(peerId).not.toBe(annId)

  // Ann's machine learns of it at last, by a file; it does not start any more.
  await ann.kill()
  await does('join', roster, '--profile', people[0])
  const refused = await branchline(['chat', '--profile', people[0], ...ALONE])
  expect(refused).toMatchObject({ code: 6, stderr: expect.stringMatching(/^branchline: MEMBER_REVOKED: .*stolen\n$/) })
  expect(await readFile(join(folder, 'cy', 'library.roster'))).toEqual(await readFile(roster))
})

test('a roster that is refused changes nothing, whether a chat runs or not', async () => {
  const at = await town()
  const { roster, key, does } = at
  const ann = await listed(at, 'Ann')
  const old = join(at.folder, 'old.roster')
  await does('library', 'invite', old, '--key', key)
  await listed(at, 'Bea')
  await does('join', roster, '--profile', ann, '--yes')
  const before = await readFile(join(ann, 'library.roster'))
  const program = await chat(at, 'ann')
  await program.until('ready')
  const stale = { code: 6, stdout: '', stderr: expect.stringMatching(/^branchline: ROSTER_STALE: /) }
  expect(await branchline(['join', old, '--profile', ann])).toMatchObject(stale)
  await program.kill('SIGTERM')
  expect(await branchline(['join', old, '--profile', ann])).toMatchObject(stale)
  expect(await readFile(join(ann, 'library.roster'))).toEqual(before)
  const unsure = await branchline(['join', roster, '--profile', join(at.folder, 'cy')])
  expect(unsure).toMatchObject({ code: 2, stderr: expect.stringContaining('fingerprint') })
})
