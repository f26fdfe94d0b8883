import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Bed, layBranches } from './bed.ts'
import { canLayBranches, canSlowCables } from './can-lay-branches.ts'
import { namespaces } from './ip.ts'
import { Program } from '../support/program.ts'
import type { Line } from './say.ts'
import { Relay, RELAY_PORT } from './staff.ts'
import { testFolder } from '../support/test-folder.ts'

const can = await canLayBranches()

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
    expect(await namespacesOf(program.pid)).toHaveLength(3)
    await program.kill(signal)
    if (signal === 'SIGKILL') {
      expect(await namespacesOf(program.pid)).toHaveLength(3)
      await using _ = await layBranches({ branches: {}, folder })
    }
    expect(await namespacesOf(program.pid)).toEqual([])
  },
)

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
