import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { layBranches } from './bed.ts'
import { canLayBranches } from './can-lay-branches.ts'
import { doctorOn, joins } from './doctor-on.ts'
import { hireAll, Relay } from './staff.ts'
import { type ChatEvent, LAUNCHER } from '../support/branchline.ts'
import { testFolder } from '../support/test-folder.ts'

const can = await canLayBranches()

/** Every file of a folder with its bytes. */
async function bytesIn(folder: string): Promise<Record<string, string>> {
  const names = await readdir(folder, { recursive: true })
  const files: [string, string][] = []
  for (const name of names.toSorted()) {
    if ((await stat(join(folder, name))).isFile())
      files.push([name, (await readFile(join(folder, name))).toString('hex')])
  }
  return Object.fromEntries(files)
}

test.skipIf(!can)('beside a running chat the doctor asks that, and colleagues notice nothing', async () => {
  const folder = await testFolder()
  await using bed = await layBranches({ branches: { north: ['ann', 'bea'] }, relays: { post: ['north'] }, folder })
  const [ann, bea] = await hireAll(['ann', 'bea'], folder)
  const post = await Relay.build('post', folder)
  await joins(ann, folder)
  await Promise.all([post.start(bed), bea.start(bed, {})])
  const relayAt = post.addressIn(bed, 'north')
  const args = ['chat', '--json', '--profile', ann.folder, '--relay', relayAt]
  const chat = bed.host('ann').run<ChatEvent>(LAUNCHER, ...args)
  await chat.until('here')
  await bea.sees(ann)
  const before = await bytesIn(ann.folder)
  const examined = await doctorOn(bed.host('ann'), ann.folder, '--relay', relayAt)
  expect(examined.codes('profile')).toEqual(['PROFILE_RUNS'])
  expect(examined.codes('log')).toEqual(['LOG_OPENS'])
  expect(examined.found('LOG_OPENS').measured).toMatchObject({ size: 2, lastTimeMs: expect.any(Number) })
  expect(examined.codes('network')).toEqual(['LAN_PROVEN'])
  expect(examined.codes('colleagues')).toEqual(['COLLEAGUE_REACHED'])
  expect(examined.codes('relays')).toEqual(['RELAY_SERVES'])
  expect(examined.codes('clock')).toEqual(['CLOCK_RIGHT'])
  expect(examined.exitCode).toBe(0)
  expect(await bytesIn(ann.folder)).toEqual(before)
  expect(bea.program.all('gone')).toEqual([])
  expect(bea.program.all('here')).toHaveLength(1)
  expect(chat.all('gone')).toEqual([])

  // A chat that hangs holds the log, and does not answer.
  process.kill(chat.pid, 'SIGSTOP')
  const hanging = await doctorOn(bed.host('ann'), ann.folder, '--relay', relayAt)
  expect(hanging.codes('profile')).toContain('PROFILE_LOCKED')
  expect(hanging.codes('log')).toEqual(['LOG_UNTRIED'])
  process.kill(chat.pid, 'SIGCONT')
  await chat.kill()
})

test.skipIf(!can)('the identity of a running relay is not used, and one that is in two places is a fault', async () => {
  const folder = await testFolder()
  await using bed = await layBranches({ branches: { north: ['ann', 'bea', 'cy'] }, folder })
  const [ann, bea] = await hireAll(['ann', 'bea'], folder)
  await joins(ann, folder)
  await bea.start(bed, {})
  const relay = ['relay', '--json', '--profile', ann.folder, '--listen', '/ip4/0.0.0.0/tcp/4100']
  const running = bed.host('ann').run<ChatEvent>(LAUNCHER, ...relay)
  await running.until('ready')
  const here = await doctorOn(bed.host('ann'), ann.folder)
  expect(here.codes('profile')).toContain('IDENTITY_HERE')
  expect(here.codes('colleagues')).toEqual(['COLLEAGUE_THERE'])
  expect(here.exitCode).toBe(0)
  await running.kill()
  const elsewhere = bed.host('cy').run<ChatEvent>(LAUNCHER, ...relay)
  await elsewhere.until('ready')
  const twice = await doctorOn(bed.host('ann'), ann.folder)
  expect(twice.found('IDENTITY_ELSEWHERE').measured['addresses']).toEqual([
    expect.stringContaining(`/ip4/${bed.host('cy').address()}/`),
  ])
  expect(twice.exitCode).toBe(7)
})
