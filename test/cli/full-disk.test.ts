import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ALONE, branchline, endChat, startChat } from '../support/branchline.ts'
import { testFolder } from '../support/test-folder.ts'

/** With room for what LevelDB writes when it opens: up to 4 MiB. */
const SMALL_DISK = '12m'
const TEXT_BYTES = 24_000

function mount(folder: string): string | undefined {
  const { status, stderr, error } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${SMALL_DISK}`, 'tmpfs', folder], {
    encoding: 'utf8',
  })
  return status === 0 ? undefined : (error?.message ?? stderr.trim())
}

function unmount(folder: string): void {
  spawnSync('umount', ['--lazy', folder])
}

async function canMount(): Promise<boolean> {
  const folder = join(import.meta.dirname, `probe-${process.pid}`)
  await mkdir(folder)
  const why = mount(folder)
  if (why === undefined) unmount(folder)
  else console.warn(`skipped: a small disk cannot be mounted here: ${why}`)
  await rm(folder, { recursive: true })
  return why === undefined
}

/** Message IDs. */
async function sentFrom(profile: string): Promise<string[]> {
  const { stdout } = await branchline(['audit', 'show', '--json', profile])
  const records = stdout.split('\n').filter((line) => line !== '')
  return records
    .map((line) => JSON.parse(line) as { leaf: string; record: { kind: string } })
    .filter(({ record }) => record.kind === 'sent')
    .map(({ leaf }) => leaf)
}

test.skipIf(!(await canMount()))(
  'when the disk is full nothing leaves, nothing is lost, and room mends it',
  async () => {
    const folder = await testFolder()
    const disk = join(folder, 'disk')
    await mkdir(disk)
    expect(mount(disk)).toBeUndefined()
    onTestFinished(() => unmount(disk))
    const ballast = join(disk, 'ballast')
    await writeFile(ballast, Buffer.alloc(6_000_000))

    const bea = await startChat({ name: 'Bea', folder })
    const profile = join(disk, 'ann')
    const ann = await startChat({ name: 'Ann', folder, profile, peers: [bea.address] })
    await ann.program.until('here')
    const texts = Array.from({ length: 400 }, () => randomBytes(TEXT_BYTES / 2).toString('hex'))
    const given: string[] = []
    for (const text of texts) {
      if (ann.program.all('notice').length > 0) break
      given.push(text)
      ann.program.write(`@bea ${text}`)
      const answered = (): number => ann.program.all('delivered').length + ann.program.all('notice').length
      while (answered() < given.length) await new Promise((resolve) => setTimeout(resolve, 2))
    }

    // When the disk is full only for what became of a message, that message is there already.
    const isPosted = ann.program.all('posted').at(-1)?.text === given.at(-1)
    if (!isPosted) await ann.program.until('queued')
    console.log(`the disk was full after ${given.length - 1} texts: ${ann.program.all('queued').at(-1)?.message}`)
    expect(ann.program.all('notice').at(-1)?.text).toMatch(
      /^THE RECORD CANNOT BE KEPT.*disk that holds the log is full/,
    )

    // What is written then waits; the log can be read, is whole, and has all that Bea has.
    ann.program.write('@bea Now?')
    const isOfNow = (): boolean => ann.program.all('queued').length === (isPosted ? 1 : 2)
    while (!isOfNow()) await ann.program.until('queued', isOfNow)
    expect((await branchline(['audit', 'verify', profile])).code).toBe(0)
    const there = bea.program.all('message').map(({ id }) => id)
    expect(there).toHaveLength(given.length - (isPosted ? 0 : 1))
    expect(await sentFrom(profile)).toEqual(there)
    // The power fails.
    await ann.program.kill('SIGKILL')

    // It does not start again before there is room.
    const args = ['chat', '--profile', profile, ...ALONE]
    expect(await branchline(args)).toMatchObject({ code: 3, stderr: expect.stringContaining('AUDIT_STORE_FULL') })

    await rm(ballast)
    const back = await startChat({ name: 'Ann', folder, profile, peers: [bea.address] })
    await bea.program.until('message', ({ text }) => text === 'Now?')
    const waited = [...(isPosted ? [] : [given.at(-1)]), 'Now?']
    const came = bea.program.all('message').map(({ text }) => text)
    expect(came).toEqual([...given.slice(0, there.length), ...waited])
    await endChat(back)
    await endChat(bea)
    const joined = await branchline(['audit', 'join', '--json', profile, bea.profile])
    expect(JSON.parse(joined.stdout)).toMatchObject({ verdict: 'INTACT', both: given.length + 1 })
  },
)
