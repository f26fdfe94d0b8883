import { expect, test } from 'vitest'
import { testFolder } from '../support/test-folder.ts'
import { layBranches } from './bed.ts'
import { canLayBranches, canSlowCables } from './can-lay-branches.ts'
import { accept, decline, filesOf, offer, original, sha256Of } from './file-carrying.ts'
import { checkRecord } from './file-record.ts'
import type { Netem } from './slow-cable.ts'
import { median } from './slope.ts'
import type { Sending } from './say.ts'
import { hireAll, Relay, type Staff } from './staff.ts'
import { FULL } from '../support/trial.ts'

const MIB = 1_048_576
/** Each says so many in a window; so many windows idle, then beside the file, and again. */
const SAID = 20
const WINDOWS = 2
const ROUNDS = FULL ? 6 : 3
const WARM_UP = 100
const LINKED_MS = 20_000
const TRIAL_MS = 900_000

interface Way {
  readonly where: string
  /** With this line before the receiver, and nothing slow without one. */
  readonly line?: Netem
  /** Each says one every so often. */
  readonly everyMs: number
  readonly bytes: number
  /** How much has come when it goes as fast as it will. */
  readonly settled: number
}

const FAST = { everyMs: 50, bytes: (FULL ? 100 : 24) * MIB, settled: 6 * MIB }
/** As between branches: with a modem that buffers without end. */
const SLOW = {
  line: { megabits: 20, delayMs: 10 },
  everyMs: FULL ? 100 : 50,
  bytes: (FULL ? 100 : 8) * MIB,
  settled: 2 * MIB,
}
const LINE = 'a line of 20 Mbit/s and 10 ms each way'

type Pair = readonly [Staff, Staff]

const can = await canSlowCables()
const PROMISE = 'keeps chat waiting less than as long again'
const fileOf = (bytes: number): string => `a file of ${bytes / MIB} MiB`

test.skipIf(!(await canLayBranches()))(
  `in a branch ${fileOf(FAST.bytes)} ${PROMISE}`,
  { timeout: TRIAL_MS },
  async () => {
    await besideInBranch({ where: 'in a branch', ...FAST })
  },
)

test.skipIf(!can)(
  `through a relay behind ${LINE} ${fileOf(SLOW.bytes)} ${PROMISE}`,
  { timeout: TRIAL_MS },
  async () => {
    await besideAcross({ where: `through a relay behind ${LINE}`, ...SLOW })
  },
)

if (!FULL) console.log('skipped: a slow line alone, and a relay alone, are for the trial')

test.runIf(FULL && can)(`over ${LINE} ${fileOf(SLOW.bytes)} ${PROMISE}`, { timeout: TRIAL_MS }, async () => {
  await besideInBranch({ where: `over ${LINE}`, ...SLOW })
})

test.runIf(FULL && can)(`through a relay ${fileOf(FAST.bytes)} ${PROMISE}`, { timeout: TRIAL_MS }, async () => {
  await besideAcross({ where: 'through a relay', ...FAST })
})

async function besideInBranch(way: Way): Promise<void> {
  const folder = await testFolder()
  await using bed = await layBranches({ branches: { north: ['ann', 'bea'] }, folder })
  if (way.line !== undefined) await bed.netem('bea', way.line)
  const [ann, bea] = await hireAll(['ann', 'bea'], folder)
  await Promise.all([ann, bea].map((one) => one.start(bed, { files: { folder: filesOf(one) } })))
  await chatBeside(way, [ann, bea], 'direct', folder)
}

async function besideAcross(way: Way): Promise<void> {
  const folder = await testFolder()
  const branches = { north: ['ann'], south: ['bea'] }
  await using bed = await layBranches({ branches, relays: { post: ['north', 'south'] }, folder })
  if (way.line !== undefined) await bed.netem('bea', way.line)
  const [ann, bea] = await hireAll(['ann', 'bea'], folder)
  const relay = await Relay.build('post', folder)
  await relay.start(bed)
  const init = (one: Staff, other: Staff, branch: string) => ({
    relays: [relay.addressIn(bed, branch)],
    peers: [other.peer],
    files: { folder: filesOf(one) },
  })
  await Promise.all([ann.start(bed, init(ann, bea, 'north')), bea.start(bed, init(bea, ann, 'south'))])
  await chatBeside(way, [ann, bea], 'relayed', folder)
  await relay.close()
}

async function chatBeside(
  { where, everyMs, bytes, settled }: Way,
  pair: Pair,
  link: string,
  folder: string,
): Promise<void> {
  const [ann, bea] = pair
  await Promise.all([ann.sees(bea, 0, LINKED_MS), bea.sees(ann, 0, LINKED_MS)])
  expect(await ann.linkTo(bea)).toBe(link)
  await talk(pair, WARM_UP, 0)
  const { path, sha256 } = await original(folder, bytes)
  const id = await offer(ann, bea, path)
  const [idle, beside]: [Sending[], Sending[]] = [[], []]
  // In turn, so that what else the machine does meanwhile counts for both.
  for (let n = 0; n < ROUNDS; n++) {
    idle.push(...(await windows(pair, everyMs)))
    await begin(bea, id, settled)
    beside.push(...(await windows(pair, everyMs)))
    expect(bea.program.all('file-arrived'), 'it was on its way all the time').toEqual([])
    await decline(bea, id)
  }
  const acceptedAt = await begin(bea, id, 1)
  const whole: Sending[] = []
  while (bea.program.all('file-arrived').length === 0) whole.push(...(await talk(pair, SAID, everyMs)))
  const [file] = bea.program.all('file-arrived')
  const rate = (bytes / MIB / ((file?.at ?? 0) - acceptedAt)) * 1_000
  console.log(
    `${where}, send to receipt: idle ${told(idle)}; beside a file ${told(beside)}; beside all of it, at ` +
      `${rate.toFixed(1)} MiB/s, ${told(whole)}`,
  )
  expect(await sha256Of(file?.file.path ?? '')).toBe(sha256)
  expect(p95Of(beside)).toBeLessThan(2 * p95Of(idle))
  expect(await ann.linkTo(bea)).toBe(link)
  await Promise.all(pair.map((one) => one.close()))
  await checkRecord(pair, id, ROUNDS)
}

/** Accepts a file and waits until so much of it has come. @returns when it was accepted, milliseconds since 1970 */
async function begin(one: Staff, id: string, bytes: number): Promise<number> {
  const acceptedAt = Date.now()
  await accept(one, id)
  await one.program.until('file-progress', ({ at, file }) => at > acceptedAt && file.bytes >= bytes)
  return acceptedAt
}

async function windows(pair: Pair, everyMs: number): Promise<Sending[]> {
  const all: Sending[] = []
  for (let n = 0; n < WINDOWS; n++) all.push(...(await talk(pair, SAID, everyMs)))
  return all
}

/** Both at a time, so that some of it goes with the file, and some against it. */
async function talk([one, other]: Pair, repeat: number, everyMs: number): Promise<Sending[]> {
  const order = { repeat, everyMs, timeoutMs: 60_000 }
  return Promise.all([one.send(other, 'Is it there yet?', order), other.send(one, 'Not yet.', order)])
}

/** A single moment in which the machine was busy says nothing. */
const p50Of = (windows: readonly Sending[]): number => median(windows.map(({ p50Ms }) => p50Ms))
const p95Of = (windows: readonly Sending[]): number => median(windows.map(({ p95Ms }) => p95Ms))

function told(windows: readonly Sending[]): string {
  return `p50 ${p50Of(windows).toFixed(1)}, p95 ${p95Of(windows).toFixed(1)} ms (${windows.length} windows of ${SAID})`
}
