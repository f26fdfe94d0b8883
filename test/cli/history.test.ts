import { expect, test } from 'vitest'
import { branchline, endChat, startChat } from '../support/branchline.ts'
import { testFolder } from '../support/test-folder.ts'

interface Line {
  readonly id: string
  readonly text?: string
  readonly own: boolean
}

async function lines(args: readonly string[]): Promise<Line[]> {
  const { stdout, stderr, code } = await branchline([...args, '--json'])
  expect([code, stderr]).toEqual([0, ''])
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)
}

test('what was said is read, found again and proven, beside a running chat and after it', async () => {
  const folder = await testFolder()
  const bea = await startChat({ name: 'Bea', folder })
  const ann = await startChat({ name: 'Ann', folder, peers: [bea.address] })
  await ann.program.until('here')
  for (const text of ['641.5 ROM is at the bindery', 'the van comes on Tuesday']) {
    ann.program.write(`@bea ${text}`)
    await bea.program.until('message', (message) => message.text === text)
  }
  ann.program.write('#all-staff we close at five')
  await bea.program.until('message', ({ text }) => text === 'we close at five')

  const atBea = ['--profile', bea.profile]
  const texts = ['641.5 ROM is at the bindery', 'the van comes on Tuesday']
  const check = async (): Promise<void> => {
    expect((await lines(['history', 'ann', ...atBea])).map(({ text }) => text)).toEqual(texts)
    expect((await lines(['search', 'BINDER', ...atBea])).map(({ text }) => text)).toEqual(texts.slice(0, 1))
    const list = await branchline(['history', ...atBea])
    expect(list.stdout).toMatch(/^#all-staff +\S+ +1 not read\nAnn +\S+ +2 not read\n$/)
    const shown = await branchline(['history', 'Ann', '--last', '1', ...atBea])
    expect(shown.stdout).toMatch(/^\d\d:\d\d {2}Ann: the van comes on Tuesday\n$/)
  }
  await check()
  await endChat(ann)
  await endChat(bea)
  await check()
  // Whatever becomes of the author's log, what Bea keeps proves that the author had it.
  const { stdout } = await branchline(['audit', 'show', '--json', bea.profile])
  const entries = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { seq: number; record: { kind: string } })
  const received = entries.find(({ record }) => record.kind === 'received')?.seq
  const proof = await branchline(['audit', 'proof', String(received), bea.profile, '--author'])
  expect(proof.stdout).toMatch(
    new RegExp(`^c2sp.org/tlog-proof@v1\nextra .*\nindex \\d+\n[^]*\nbranchline/${ann.peerId}\n`),
  )
  expect(await branchline(['audit', 'proof', '0', bea.profile, '--author'])).toMatchObject({ code: 1 })
  expect((await branchline(['search', 'nonesuch', ...atBea])).stdout).toBe('Nothing has these words.\n')
  expect(await branchline(['history', 'nobody', ...atBea])).toMatchObject({
    code: 5,
    stderr: expect.stringContaining('PEER_UNKNOWN'),
  })
})
