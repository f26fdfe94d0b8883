import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { type Bed, layBranches } from './bed.ts'
import { canLayBranches, canSlowCables } from './can-lay-branches.ts'
import { ip, namespaces } from './ip.ts'
import { Program } from '../support/program.ts'
import type { Line } from './say.ts'
import { Relay, RELAY_PORT } from './staff.ts'
import { testFolder } from '../support/test-folder.ts'

const can = await canLayBranches()
const ENDED_MS = 10_000

async function namespacesOf(pid: number): Promise<string[]> {
  return (await namespaces()).filter((name) => name.startsWith(`branchline-${pid}-`))
}

test.skipIf(!can)('what a bed made is gone with it, also when the work on it failed', async () => {
  const folder = await testFolder()
  const fail = async (): Promise<void> => {
    await using bed = await layBranches({ branches: { north: ['ann', 'bea'] }, folder })
    expect(bed.host('bea').address()).toBe('10.1.0.2')
    expect(await namespacesOf(process.pid)).toHaveLength(3)
    throw new Error('the work failed')
  }
  await expect(fail()).rejects.toThrow('the work failed')
  expect(await namespacesOf(process.pid)).toEqual([])
})

test.skipIf(!can).each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
  'a process that ends by %s leaves nothing, or nothing for long',
  async (signal) => {
    const folder = await testFolder()
    const file = join(import.meta.dirname, 'lay-and-wait.ts')
    await using program = new Program<Line>(process.execPath, [file, folder], join(folder, 'lay-and-wait'))
    await program.until('ready')
    const namespaces = await namespacesOf(program.pid)
    expect(namespaces).toHaveLength(3)
    const inThem = (await Promise.all(namespaces.map((name) => ip('netns', 'pids', name)))).join('\n').match(/\d+/g)
    expect(inThem).toHaveLength(1)
    await program.kill(signal)
    // A program whose test is gone ends by itself.
    await expect.poll(() => inThem?.filter(isRunning), { timeout: ENDED_MS }).toEqual([])
    if (signal === 'SIGKILL') {
      expect(await namespacesOf(program.pid)).toHaveLength(3)
      await using _ = await layBranches({ branches: {}, folder })
    }
    expect(await namespacesOf(program.pid)).toEqual([])
  },
)

function isRunning(pid: string): boolean {
  try {
    return process.kill(Number(pid), 0)
  } catch {
    return false
  }
}

test.skipIf(!can)('a test that fails says where the logs of its programs are, and leaves them there', async () => {
  const folder = await testFolder()
  const { code, output, pid } = await runFailing(folder)
  expect(code).toBe(1)
  expect(output).toContain('something else')
  const [, kept = ''] = /"the work on a bed fails" failed; what its programs said is in (\S+)/.exec(output) ?? []
  expect(dirname(kept)).toBe(folder)
  expect((await readdir(kept)).toSorted()).toEqual([
    'library.roster',
    'post-0.err',
    'post-0.out',
    'post.key',
    'post.key.roster',
  ])
  const said = (await readFile(join(kept, 'post-0.out'), 'utf8')).split('\n')
  expect(JSON.parse(said[0] as string)).toMatchObject({ event: 'ready' })
  expect(await namespacesOf(pid)).toEqual([])
})

/** Vitest in a process of its own, whose temporary files go into this folder. */
async function runFailing(folder: string) {
  const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
  const failing = join(import.meta.dirname, 'failing')
  const args = [vitest, 'run', '--root', failing, '--pool', 'threads', '--reporter', 'default', '--no-color']
  return new Promise<{ code: unknown; output: string; pid: number }>((resolve) => {
    const env = { ...process.env, TMPDIR: folder, NODE_OPTIONS: '' }
    const child = execFile(process.execPath, args, { env, cwd: failing }, (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, output: `${stdout}${stderr}`, pid: child.pid as number })
    })
  })
}

/** Opens a connection from ann's host to the relay's; tells what came of it and how long it took. */
async function knock(bed: Bed) {
  return bed.host('ann').connect(bed.host('post').address(), RELAY_PORT)
}

async function bedWithDoor(): Promise<Bed> {
  const folder = await testFolder()
  const bed = await layBranches({ branches: { north: ['ann'] }, relays: { post: ['north'] }, folder })
  await (await Relay.build('post', folder)).start(bed)
  return bed
}

test.skipIf(!can)('a cable that is pulled cuts, and one that is plugged in again does not', async () => {
  await using bed = await bedWithDoor()
  expect(await knock(bed)).toMatchObject({ result: 'connected' })
  await bed.host('ann').linkDown()
  expect(await knock(bed)).toMatchObject({ result: 'ABORT_ERR' })
  await bed.host('ann').linkUp()
  expect(await knock(bed)).toMatchObject({ result: 'connected' })
})

test.skipIf(!(await canSlowCables()))('a cable is as slow, and loses as much, as it is told', async () => {
  await using bed = await bedWithDoor()
  const quick = await knock(bed)
  await bed.netem('ann', { delayMs: 100, jitterMs: 1 })
  const slow = await knock(bed)
  await bed.netem('ann', { lossPercent: 100 })
  const cut = await knock(bed)
  await bed.netem('ann', {})
  const quickAgain = await knock(bed)
  expect([quick, slow, cut, quickAgain].map(({ result }) => result)).toEqual([
    'connected',
    'connected',
    'ABORT_ERR',
    'connected',
  ])
  // There and back; on a busy machine the others may take long, too, but hardly both.
  expect(slow.ms).toBeGreaterThan(195)
  expect(Math.min(quick.ms, quickAgain.ms)).toBeLessThan(195)
})
