import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { layBranches } from './bed.ts'
import { canLayBranches } from './can-lay-branches.ts'
import type { SoakFigure, SoakSample } from './say.ts'
import { told, trendsOf } from './soak-figures.ts'
import { ask, hireAll, type Staff } from './staff.ts'
import { Program, type Said } from '../support/program.ts'
import { testFolder } from '../support/test-folder.ts'
import { FULL } from '../support/trial.ts'

const NODES = 10
/** Messages of each node to each other in a round, and rounds: 1,000,800 messages in all, or 10,260. */
const EACH = FULL ? 278 : 19
const ROUNDS = FULL ? 40 : 3
const ALL = NODES * (NODES - 1) * EACH * ROUNDS
/**
 * How much may be added in the second half of the run. In the full form a node sends and receives 100,000 messages then:
 * 1 MiB is 10 bytes for each, a third of a hash, so that nothing at all can be kept of each message. The short form
 * finds what keeps much. Of what the system gave the process, the median of all nodes counts, for a node alone moves by
 * a MiB when its allocator likes; of all else, the worst node.
 */
const GROWTH: Readonly<Record<SoakFigure, number>> = FULL
  ? { heapMiB: 1, rssAnonMiB: 1, externalMiB: 1, files: 5, timers: 5, targets: 50 }
  : { heapMiB: 2, rssAnonMiB: 32, externalMiB: 2, files: 5, timers: 5, targets: 200 }
const LINKED_MS = 30_000
const ROUND_MS = 300_000
const JUDGED_MS = 900_000

const can = await canLayBranches()

test.skipIf(!can)(
  `${ALL.toLocaleString('en')} messages among ${NODES} nodes: none lost, none doubled, each in order, and memory is flat`,
  async () => {
    const folder = await testFolder()
    const names = Array.from({ length: NODES }, (_, n) => `node${n}`)
    await using bed = await layBranches({ branches: { north: names }, folder })
    const staff = await hireAll(names, folder)
    await Promise.all(staff.map((one) => one.start(bed, {}, 'soak-node.ts')))
    await allLinked(staff)
    const samples: SoakSample[][] = []
    const startedAt = Date.now()
    for (let n = 0; n < ROUNDS; n++) {
      await Promise.all(staff.map((one) => round(one, staff)))
      const taken: SoakSample[] = []
      // One after the other: it stops a node for a while, and all at once on a busy machine for so long that they miss each other.
      for (const one of staff) taken.push(await ask<SoakSample>(one.program, 'sample', {}, ROUND_MS))
      samples.push(taken)
    }
    const seconds = (Date.now() - startedAt) / 1_000
    console.log(`${ALL} messages in ${seconds.toFixed(0)} s, ${(ALL / seconds).toFixed(0)} a second`)
    for (const [n, { sent, received, disorder, troubles }] of (samples.at(-1) as SoakSample[]).entries()) {
      const all = ALL / NODES
      expect({ sent, received, disorder, troubles }, names[n]).toEqual({
        sent: all,
        received: all,
        disorder: [],
        troubles: 0,
      })
    }
    const trends = trendsOf(samples)
    console.log(trends.map(told).join('\n'))
    const grown = trends.filter(({ figure, growth, worstGrowth }) => {
      return (figure === 'rssAnonMiB' ? growth : worstGrowth) > GROWTH[figure]
    })
    expect.soft(grown).toEqual([])
    await Promise.all(staff.map((one) => one.close()))
    expect(await judge(staff, folder)).toEqual({
      verdict: 'INTACT',
      findings: [],
      both: ALL,
      unconfirmed: 0,
      missingAtReceiver: 0,
      missingAtSender: 0,
      repeated: 0,
      absentLogs: 0,
    })
  },
  2_400_000,
)

async function allLinked(staff: readonly Staff[]): Promise<void> {
  const deadline = Date.now() + LINKED_MS
  for (const one of staff) {
    while ((await one.links()) < staff.length - 1) {
      if (Date.now() > deadline) throw new Error(`${one.name} has ${await one.links()} links`)
      await pause(100)
    }
  }
}

async function round(one: Staff, staff: readonly Staff[]): Promise<void> {
  const peers = staff.filter((other) => other !== one).map(({ peer }) => peer)
  await ask(one.program, 'round', { peers, each: EACH }, ROUND_MS)
}

interface Judged extends Said {
  readonly event: 'judged'
  readonly rssMiB: number
  readonly judgement: object
}

async function judge(staff: readonly Staff[], folder: string): Promise<object> {
  const logs = staff.map((one) => join(one.folder, 'log'))
  const args = ['--max-old-space-size=12000', join(import.meta.dirname, 'soak-judge.ts'), ...logs]
  const startedAt = Date.now()
  await using program = new Program<Judged>(process.execPath, args, join(folder, 'judge'))
  const { judgement, rssMiB } = await program.until('judged', undefined, JUDGED_MS)
  console.log(`ten logs were verified and joined in ${Date.now() - startedAt} ms, ${rssMiB.toFixed(0)} MiB`)
  return judgement
}
