import { expect, test } from 'vitest'
import type { Said } from '../support/program.ts'
import { layBranches } from './bed.ts'
import { canLayBranches } from './can-lay-branches.ts'
import { Crowd } from './crowd-of.ts'
import type { Begun, FloodInit } from './hostile-say.ts'
import { hireAll, Staff } from './staff.ts'
import { testFolder } from '../support/test-folder.ts'
import { FULL } from '../support/trial.ts'

const can = await canLayBranches()
const PROCESSES = 4
const EACH = 15
const ADMITTED_MS = 10_000
const FLOOD_A_SECOND = 1_000
const FLOOD_SECONDS = FULL ? 30 : 6
const HEARD_MS = 5_000
const PORT = 4100

interface Flooded extends Said {
  readonly event: 'done'
  readonly opened: number
  readonly held: number
}

test.skipIf(!can)(
  `${PROCESSES * EACH} who come at once from one address are all admitted within 10 s, also amid a flood of strangers`,
  async () => {
    const folder = await testFolder()
    await using bed = await layBranches({ branches: { north: ['desk', 'terminals', 'stranger'] }, folder })
    const desk = await Staff.hire('desk', folder)
    for (let n = 0; n < PROCESSES; n++) await Crowd.enlist(folder, String(n), EACH)
    await desk.start(bed, { lan: false, listen: [`/ip4/0.0.0.0/tcp/${PORT}`] })
    const peers = [`/ip4/${bed.host('desk').address()}/tcp/${PORT}/p2p/${desk.peer}`]
    const gathering = Array.from({ length: PROCESSES }, (_, n) =>
      Crowd.gather(bed, 'terminals', { count: EACH, folder, crowd: String(n), lan: false, peers }),
    )
    const crowds = await Promise.all(gathering)
    const host = bed.host('desk').address()
    const flood: FloodInit = { how: 'silent', host, port: PORT, perSecond: FLOOD_A_SECOND, seconds: 60, folder }
    const flooding = bed.host('stranger').run<Begun>('hostile-flood.ts', JSON.stringify(flood))
    await flooding.until('ready')
    const openedAt = Date.now()
    await Promise.all(crowds.map((crowd) => crowd.start()))
    const linked = await Promise.all(crowds.map((crowd) => crowd.linkedTo(1, ADMITTED_MS)))
    await flooding.kill()
    console.log(`${PROCESSES * EACH} from one address were admitted within ${Math.max(...linked) - openedAt} ms`)
    expect(Math.max(...linked) - openedAt).toBeLessThan(ADMITTED_MS)
    expect(new Set(desk.program.all('here').map(({ peer }) => peer)).size).toBe(PROCESSES * EACH)
  },
)

test.skipIf(!can)('a stranger who opens 1,000 connections a second keeps nobody out and ends no talk', async () => {
  const folder = await testFolder()
  await using bed = await layBranches({ branches: { north: ['desk', 'ann', 'bea', 'stranger'] }, folder })
  const [desk, ann, bea] = await hireAll(['desk', 'ann', 'bea'], folder)
  await desk.start(bed, { lan: false, listen: [`/ip4/0.0.0.0/tcp/${PORT}`] })
  const address = bed.host('desk').address()
  const peers = [`/ip4/${address}/tcp/${PORT}/p2p/${desk.peer}`]
  await ann.start(bed, { lan: false, peers })
  await ann.sees(desk)
  const flood = bed
    .host('stranger')
    .run<Flooded>('flood.ts', address, String(PORT), String(FLOOD_A_SECOND), String(FLOOD_SECONDS))
  const count = (FLOOD_SECONDS - 3) * 5
  const talking = ann.send(desk, 'Is there a queue?', { repeat: count, everyMs: 200, timeoutMs: 60_000 })
  // In the midst of it.
  await new Promise((resolve) => setTimeout(resolve, (FLOOD_SECONDS * 1_000) / 3))
  const cameAt = Date.now()
  await bea.start(bed, { lan: false, peers })
  await bea.sees(desk)
  await bea.send(desk, 'I am here, too.')
  const [readyAt, heardAt] = [bea.program.all('ready')[0]?.at ?? 0, Date.now()]
  const { p50Ms, maxMs } = await talking
  const { opened, held } = await flood.until('done')
  console.log(
    `${opened} connections of a stranger in ${FLOOD_SECONDS} s, ${held} of them still held; meanwhile someone new was ` +
      `heard ${heardAt - readyAt} ms after they were ready (${heardAt - cameAt} ms after they started), ` +
      `and talk went on, to the receipt p50 ${p50Ms} ms, at most ${maxMs} ms`,
  )
  expect(opened).toBeGreaterThan((FLOOD_SECONDS * FLOOD_A_SECOND) / 2)
  expect(heardAt - readyAt).toBeLessThan(HEARD_MS)
  expect(maxMs).toBeLessThan(HEARD_MS)
  expect([...ann.program.all('gone'), ...ann.program.all('error')]).toEqual([])
})
