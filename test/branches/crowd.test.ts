import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { type Bed, layBranches } from './bed.ts'
import { canLayBranches } from './can-lay-branches.ts'
import { Crowd } from './crowd-of.ts'
import { testFolder } from '../support/test-folder.ts'
import { FULL } from '../support/trial.ts'

/** Each in a process of its own, with so many machines in each. */
const HOSTS = FULL ? 10 : 4
const EACH = FULL ? 10 : 5
const FOUND_MS = 5_000
/** Each talks to each: 190 connections, or 780, all made on the cores of one machine. */
const MEMBERS_EACH = FULL ? 4 : 5
const LINKED_MS = FULL ? 90_000 : 30_000
const QUIET_MS = FULL ? 60_000 : 2_000

const can = await canLayBranches()

test.skipIf(!can)(`${HOSTS * EACH} machines that start at once in one branch find each other, and calmly`, async () => {
  const all = HOSTS * EACH
  const [ms, packets] = await meet({ each: EACH, bare: true, inMs: FOUND_MS })
  expect(ms).toBeLessThan(FOUND_MS)
  // Three questions and an answer a second of each, at most.
  expect(packets.atStart).toBeLessThan(all * (5 + ms / 1_000))
  // Stock machines ask every 10 s, and each is answered by each: N × N / 10 a second.
  expect(packets.perSecond).toBeLessThan(all)
  expect(packets.lost).toBe(0)
})

test.skipIf(!can)(
  `${HOSTS * MEMBERS_EACH} members who start at once in one branch all get a link to each`,
  async () => {
    const [ms] = await meet({ each: MEMBERS_EACH, inMs: LINKED_MS })
    expect(ms).toBeLessThan(LINKED_MS)
  },
)

interface Meeting {
  readonly each: number
  readonly bare?: true
  readonly inMs: number
}

/** @returns how long it took until everyone had met everyone, and the datagrams for that and after that */
async function meet({ each, bare, inMs }: Meeting) {
  const folder = await testFolder()
  const all = HOSTS * each
  const hosts = Array.from({ length: HOSTS }, (_, n) => `host${n}`)
  await using bed = await layBranches({ branches: { north: hosts }, folder })
  const init = { count: each, folder, ...(bare && { bare }) }
  for (const host of hosts) await Crowd.enlist(folder, host, each)
  const crowds = await Promise.all(hosts.map((host) => Crowd.gather(bed, host, init)))
  const startedAt = Date.now()
  await Promise.all(crowds.map((crowd) => crowd.start()))
  const upMs = Date.now() - startedAt
  const met = await Promise.all(crowds.map((crowd) => crowd.linkedTo(all - 1, inMs)))
  const ms = Math.max(...met) - startedAt
  const starting = await datagrams(bed, hosts)
  const states = await Promise.all(crowds.map((crowd) => crowd.state()))
  const sum = (figure: 'cpuMs' | 'rssMiB'): number => states.reduce((total, state) => total + state[figure], 0)
  console.log(
    `${all} were up after ${upMs} ms, and had ${bare ? 'found' : 'a link to'} each other after ${ms} ms, by ` +
      `${starting.sent} datagrams (${starting.lost} lost), ${sum('cpuMs')} ms of CPU, ${sum('rssMiB')} MiB`,
  )
  await pause(QUIET_MS)
  const later = await datagrams(bed, hosts)
  const perSecond = ((later.sent - starting.sent) / QUIET_MS) * 1_000
  console.log(`in the ${QUIET_MS / 1_000} s after that they sent ${perSecond.toFixed(1)} datagrams a second`)
  await Promise.all(crowds.map((crowd) => crowd.close()))
  return [ms, { atStart: starting.sent, perSecond, lost: later.lost }] as const
}

async function datagrams(
  bed: Bed,
  hosts: readonly string[],
): Promise<{ readonly sent: number; readonly lost: number }> {
  const all = await Promise.all(hosts.map((host) => bed.host(host).datagrams()))
  return all.reduce((sum, each) => ({ sent: sum.sent + each.sent, lost: sum.lost + each.lost }))
}
