import { join } from 'node:path'
import { mkdir } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { layBranches } from '../../test/branches/bed.ts'
import { canLayBranches } from '../../test/branches/can-lay-branches.ts'
import { hireAll, Relay, type Staff } from '../../test/branches/staff.ts'
import { counted, measured } from './measure.ts'
import { inTemporaryFolder } from './place.ts'
import type { Benchmark, Row } from './row.ts'

/** Each in a process and a network namespace of its own; they start at once. */
const STARTING = ['ann', 'bea', 'cy', 'dan', 'eve'] as const
/** By then either side has missed the other. */
const DOWN_MS = 21_000
const RELAY_DOWN_MS = 6_000

export const session: Benchmark = {
  about: 'from the start of a process to an authenticated session with each colleague in the LAN',
  run: async (rounds) => inBranches(async (place) => [await sessions(place, rounds)]),
}

export const reconnect: Benchmark = {
  about: 'from the return of a link, or of a relay, to a word each way',
  run: async (rounds) => {
    return inBranches(async (place) => [await afterLink(place, rounds), await afterRelay(place, rounds)])
  },
}

async function inBranches(run: (place: string) => Promise<Row[]>): Promise<Row[]> {
  return (await canLayBranches()) ? inTemporaryFolder(run) : []
}

async function sessions(place: string, rounds: number): Promise<Row> {
  let n = 0
  const times = await counted(rounds, async () => p95(await startAll(await folderIn(place, `start-${n++}`))))
  return rowOf('start -> session in one LAN, p95', times, { limitMs: 5_000, want: 0.6 })
}

/** @returns milliseconds from the start of a process to a session, for each of them and each of the others */
async function startAll(folder: string): Promise<number[]> {
  await using bed = await layBranches({ branches: { north: STARTING }, folder })
  const staff = await hireAll(STARTING, folder)
  await Promise.all(staff.map((one) => one.start(bed, {})))
  const ways = staff.flatMap((one) => staff.filter((other) => other !== one).map((other) => [one, other] as const))
  const seen = await Promise.all(
    ways.map(async ([one, other]) => {
      return (await one.sees(other)) - Math.max(one.program.startedAt, other.program.startedAt)
    }),
  )
  await Promise.all(staff.map((one) => one.close()))
  return seen
}

async function afterLink(place: string, rounds: number): Promise<Row> {
  const folder = await folderIn(place, 'link')
  await using bed = await layBranches({ branches: { north: ['ann', 'bea'] }, folder })
  const [ann, bea] = await hireAll(['ann', 'bea'], folder)
  await Promise.all([ann.start(bed, {}), bea.start(bed, {})])
  await Promise.all([ann.sees(bea), bea.sees(ann)])
  const times = await counted(rounds, async () => {
    await bed.host('ann').linkDown()
    await pause(DOWN_MS)
    const upAt = Date.now()
    await bed.host('ann').linkUp()
    return (await talkBothWays(ann, bea)) - upAt
  })
  await Promise.all([ann.close(), bea.close()])
  return rowOf('link returns -> a word each way', times, { limitMs: 10_000, want: 0.5 })
}

async function afterRelay(place: string, rounds: number): Promise<Row> {
  const folder = await folderIn(place, 'relay')
  const branches = { north: ['ann'], south: ['cy'] }
  await using bed = await layBranches({ branches, relays: { post: ['north', 'south'] }, folder })
  const [ann, cy] = await hireAll(['ann', 'cy'], folder)
  const relay = await Relay.build('post', folder)
  await relay.start(bed)
  await ann.start(bed, { relays: [relay.addressIn(bed, 'north')], peers: [cy.peer] })
  await cy.start(bed, { relays: [relay.addressIn(bed, 'south')], peers: [ann.peer] })
  await Promise.all([ann.sees(cy), cy.sees(ann)])
  const times = await counted(rounds, async () => {
    await relay.kill()
    await pause(RELAY_DOWN_MS)
    const upAt = await relay.start(bed)
    return (await talkBothWays(ann, cy)) - upAt
  })
  await Promise.all([ann.close(), cy.close()])
  return rowOf('relay restarts -> a word each way', times, { limitMs: 20_000, want: 0.75 })
}

/** When the later of two words got through; milliseconds since 1970. */
async function talkBothWays(one: Staff, other: Staff): Promise<number> {
  return Math.max(...(await Promise.all([one.getsThroughTo(other), other.getsThroughTo(one)])))
}

async function folderIn(place: string, name: string): Promise<string> {
  const folder = join(place, name)
  await mkdir(folder)
  return folder
}

function p95(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(0.95 * values.length) - 1] as number
}

/** No rival but the time that people are promised. */
function rowOf(what: string, times: readonly number[], { limitMs, want }: { limitMs: number; want: number }): Row {
  const spread = measured(times.map((ours) => ({ ours, rival: limitMs })))
  const goal = { better: 'less', must: 1, want } as const
  return { what, rival: 'what is promised', unit: 'ms', measured: spread, goal }
}
