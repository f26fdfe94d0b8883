import { expect, test } from 'vitest'
import { type Bed, layBranches } from './bed.ts'
import { canLayBranches } from './can-lay-branches.ts'
import { Crowd } from './crowd-of.ts'
import { testFolder } from '../support/test-folder.ts'

const FULL = process.env['BRANCHLINE_TRIAL'] === 'full'
const HOSTS = FULL ? 10 : 4
const EACH = FULL ? 10 : 5
const ALL = HOSTS * EACH
/** Each talks to each: 190 connections, or 4,950, all made on the cores of one machine. */
const LINKED_MS = FULL ? 180_000 : 15_000
const QUIET_MS = FULL ? 60_000 : 5_000

test.skipIf(!(await canLayBranches()))(
  `${ALL} who start at once in one branch all meet each other, and calmly`,
  async () => {
    const folder = await testFolder()
    const hosts = Array.from({ length: HOSTS }, (_, n) => `host${n}`)
    await using bed = await layBranches({ branches: { north: hosts }, folder })
    const crowds = await Promise.all(hosts.map((host) => Crowd.gather(bed, host, { count: EACH, folder })))
    const startedAt = Date.now()
    await Promise.all(crowds.map((crowd) => crowd.start()))
    const upMs = Date.now() - startedAt
    const linked = await Promise.all(crowds.map((crowd) => crowd.linkedTo(ALL - 1, LINKED_MS)))
    const linkedMs = Math.max(...linked) - startedAt
    const booting = await datagrams(bed, hosts)
    const states = await Promise.all(crowds.map((crowd) => crowd.state()))
    const cpuMs = states.reduce((sum, { cpuMs }) => sum + cpuMs, 0)
    const rssMiB = states.reduce((sum, { rssMiB }) => sum + rssMiB, 0)
    console.log(
      `${ALL} were up after ${upMs} ms, and all ${(ALL * (ALL - 1)) / 2} pairs linked after ${linkedMs} ms, by ` +
        `${booting.sent} datagrams (${booting.lost} lost), ${cpuMs} ms of CPU and ${rssMiB} MiB in ${HOSTS} processes`,
    )
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS))
    const quiet = await datagrams(bed, hosts)
    const perSecond = ((quiet.sent - booting.sent) / QUIET_MS) * 1_000
    console.log(`in the ${QUIET_MS / 1_000} s after that they sent ${perSecond.toFixed(1)} datagrams a second`)
    // One question a few seconds, and an answer of everyone: stock nodes at a question of each in 10 s send N × N / 10.
    expect(perSecond).toBeLessThan(ALL)
    expect(booting.sent).toBeLessThan(ALL * (8 + linkedMs / 1_000))
    await Promise.all(crowds.map((crowd) => crowd.close()))
  },
)

async function datagrams(
  bed: Bed,
  hosts: readonly string[],
): Promise<{ readonly sent: number; readonly lost: number }> {
  const all = await Promise.all(hosts.map((host) => bed.host(host).datagrams()))
  return all.reduce((sum, each) => ({ sent: sum.sent + each.sent, lost: sum.lost + each.lost }))
}
