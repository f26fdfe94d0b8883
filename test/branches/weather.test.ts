import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { layBranches } from './bed.ts'
import { canLayBranches } from './can-lay-branches.ts'
import { checkAttempts } from './check-attempts.ts'
import { hireAll, Relay, type Staff } from './staff.ts'
import { testFolder } from '../support/test-folder.ts'
import { FULL } from '../support/trial.ts'

const AWAY_MS = FULL ? 300_000 : 22_000
const WRITE_EVERY_MS = FULL ? 2_000 : 500
const TIMEOUT_MS = AWAY_MS + 180_000
const BACK_MS = 5_000
const GONE_MS = 20_000
/** What was written while the link was down is settled by then. */
const SETTLED_MS = AWAY_MS + 60_000
/** By then either side knows how long an answer of the other takes. */
const MEASURED_MS = 2_000
/** By then a second connection is no longer taken for one of two who dialled each other at once. */
const ACQUAINTED_MS = 11_000

const can = await canLayBranches()

test.skipIf(!can)(
  `the link is down for ${AWAY_MS / 1_000} s: back within 5 s, and whoever wrote meanwhile knows what became of it`,
  async () => {
    const folder = await testFolder()
    await using bed = await layBranches({ branches: { north: ['ann', 'bea'] }, folder })
    const [ann, bea] = await hireAll(['ann', 'bea'], folder)
    await Promise.all([ann.start(bed, {}), bea.start(bed, {})])
    await Promise.all([ann.sees(bea), bea.sees(ann)])
    await pause(MEASURED_MS)
    const downAt = Date.now()
    await bed.host('ann').linkDown()
    const order = { repeat: Math.floor(AWAY_MS / WRITE_EVERY_MS), everyMs: WRITE_EVERY_MS, timeoutMs: SETTLED_MS }
    const writing = Promise.all([write(ann, bea, order), write(bea, ann, order)])
    const gone = await Promise.all([ann.misses(bea, downAt), bea.misses(ann, downAt)])
    console.log(`they missed each other after ${gone.map((at) => at - downAt).join(' and ')} ms`)
    expect(Math.max(...gone) - downAt).toBeLessThan(GONE_MS)
    await pause(downAt + AWAY_MS - Date.now())
    await backInTime([[ann, bea]], () => bed.host('ann').linkUp())
    await writing
    await Promise.all([ann.close(), bea.close()])
    console.log(`of what was written meanwhile and after: ${JSON.stringify(await checkAttempts([ann, bea]))}`)
  },
  TIMEOUT_MS,
)

test.skipIf(!can)(
  `laptops sleep for ${AWAY_MS / 1_000} s, one wakes up with another address: both are back within 5 s`,
  async () => {
    const folder = await testFolder()
    await using bed = await layBranches({ branches: { north: ['ann', 'bea', 'dan'] }, folder })
    const [ann, bea, dan] = await hireAll(['ann', 'bea', 'dan'], folder)
    const laptops = [ann, dan]
    await Promise.all([bea.start(bed, {}), ...laptops.map((each) => each.start(bed, {}, 'laptop.ts'))])
    await Promise.all(laptops.flatMap((each) => [each.sees(bea), bea.sees(each)]))
    await pause(MEASURED_MS)
    const asleepAt = Date.now()
    for (const { name, program } of laptops) {
      await bed.host(name).linkDown()
      program.killNow('SIGSTOP')
    }
    const order = { repeat: Math.floor(AWAY_MS / WRITE_EVERY_MS), everyMs: WRITE_EVERY_MS, timeoutMs: SETTLED_MS }
    const writing = Promise.all(laptops.map((each) => write(bea, each, order)))
    const gone = await Promise.all(laptops.map((each) => bea.misses(each, asleepAt)))
    console.log(`who slept was missed after ${gone.map((at) => at - asleepAt).join(' and ')} ms`)
    expect(Math.max(...gone) - asleepAt).toBeLessThan(GONE_MS)
    await pause(asleepAt + AWAY_MS - Date.now())
    await bed.host('dan').readdress('10.1.0.77')
    await backInTime(
      [
        [ann, bea],
        [dan, bea],
      ],
      async () => {
        for (const { name, program } of laptops) {
          program.killNow('SIGCONT')
          await bed.host(name).linkUp()
        }
      },
    )
    await writing
    await Promise.all([ann, bea, dan].map((each) => each.close()))
    console.log(`of what was written meanwhile and after: ${JSON.stringify(await checkAttempts([ann, bea, dan]))}`)
  },
  TIMEOUT_MS,
)

test.skipIf(!can)(
  'a laptop that gets another address, moves to another branch and returns is back within 5 s each time',
  async () => {
    const folder = await testFolder()
    const branches = { north: ['ann', 'bea'], south: ['cy'] }
    await using bed = await layBranches({ branches, relays: { post: ['north', 'south'] }, folder })
    const [ann, bea, cy] = await hireAll(['ann', 'bea', 'cy'], folder)
    const relay = await Relay.build('post', folder)
    await relay.start(bed, {})
    const relays = (branch: string): string[] => [relay.addressIn(bed, branch)]
    await Promise.all([
      ann.start(bed, { relays: relays('north'), peers: [bea.peer, cy.peer] }),
      bea.start(bed, { relays: relays('north'), peers: [ann.peer, cy.peer] }),
      cy.start(bed, { relays: relays('south'), peers: [ann.peer, bea.peer] }),
    ])
    await Promise.all([ann.sees(bea), ann.sees(cy), bea.sees(ann), cy.sees(ann)])
    const both = [
      [ann, bea],
      [ann, cy],
    ] as const
    const moves = [
      ['another address', () => bed.host('ann').readdress('10.1.0.77'), 'direct', 'relayed'],
      ['the other branch', () => bed.move('ann', 'south', '10.2.0.77'), 'relayed', 'direct'],
      ['back again', () => bed.move('ann', 'north', '10.1.0.1'), 'direct', 'relayed'],
    ] as const
    for (const [where, move, toBea, toCy] of moves) {
      await pause(ACQUAINTED_MS)
      console.log(where)
      await backInTime(both, move)
      await expect.poll(() => ann.linkTo(bea), { timeout: BACK_MS }).toBe(toBea)
      await expect.poll(() => ann.linkTo(cy), { timeout: BACK_MS }).toBe(toCy)
    }
    await Promise.all([ann, bea, cy].map((each) => each.close()))
    console.log(`of what was written: ${JSON.stringify(await checkAttempts([ann, bea, cy]))}`)
    await relay.close()
  },
)

async function write(from: Staff, to: Staff, order: Parameters<Staff['attempt']>[2]): Promise<void> {
  await from.attempt(to, `words to ${to.name}`, order)
}

/** A word gets through each way, within 5 s of the return. */
async function backInTime(pairs: readonly (readonly [Staff, Staff])[], comeBack: () => Promise<void>): Promise<void> {
  await comeBack()
  const backAt = Date.now()
  const ways = pairs.flatMap(([one, other]) => [[one, other] as const, [other, one] as const])
  const heard = await Promise.all(ways.map(([from, to]) => from.getsThroughTo(to)))
  const each = ways.map(([from, to], n) => `${from.name} to ${to.name} ${(heard[n] as number) - backAt} ms`)
  console.log(`after the return a word got through: ${each.join(', ')}`)
  expect(Math.max(...heard) - backAt).toBeLessThan(BACK_MS)
}
