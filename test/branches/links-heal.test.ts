import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { layBranches } from './bed.ts'
import { canLayBranches, canSlowCables } from './can-lay-branches.ts'
import { hireAll, Relay } from './staff.ts'
import { testFolder } from '../support/test-folder.ts'
import { FULL } from '../support/trial.ts'

const AWAY_MS = FULL ? 300_000 : 4_000
/** A ping that would be given up on is one of the first three, or none. */
const SLOW_MS = FULL ? 120_000 : 10_000

const TIMEOUT_MS = AWAY_MS + 120_000

/** By then either side knows how long an answer of the other takes. */
const MEASURED_MS = 2_000
const BACK_MS = 5_000
const GONE_MS = 20_000
const RELAYED_MS = 15_000
const DIRECT_MS = 5_000
/** A dial, a place, another dial and who is there: a dozen round trips, and a pause. */
const SLOW_START_MS = 90_000

const can = await canLayBranches()

test.skipIf(!can)(
  `who was off for ${AWAY_MS / 1_000} s and has another address then is back within 5 s`,
  async () => {
    const folder = await testFolder()
    await using bed = await layBranches({ branches: { north: ['ann', 'bea'] }, folder })
    const [ann, bea] = await hireAll(['ann', 'bea'], folder)
    await Promise.all([ann.start(bed, {}), bea.start(bed, {})])
    await Promise.all([ann.sees(bea), bea.sees(ann)])
    await pause(MEASURED_MS)
    await bed.host('ann').linkDown()
    await pause(AWAY_MS)
    await bed.host('ann').readdress('10.1.0.77')
    const upAt = Date.now()
    await bed.host('ann').linkUp()
    const heard = await Promise.all([ann.getsThroughTo(bea), bea.getsThroughTo(ann)])
    console.log(`a word got through ${heard.map((at) => at - upAt).join(' and ')} ms after the link was up`)
    expect(Math.max(...heard) - upAt).toBeLessThan(BACK_MS)
    await Promise.all([ann.close(), bea.close()])
  },
  TIMEOUT_MS,
)

test.skipIf(!(await canSlowCables()))(
  `a round trip of 3.5 s is no absence (${SLOW_MS / 1_000} s of it); a cut cable is one within 20 s, also a relay's`,
  async () => {
    const folder = await testFolder()
    const branches = { north: ['ann', 'bea', 'cy'], south: ['dan'] }
    await using bed = await layBranches({ branches, relays: { post: ['north', 'south'] }, folder })
    const [ann, bea, cy, dan] = await hireAll(['ann', 'bea', 'cy', 'dan'], folder)
    const relay = await Relay.build('post', folder)
    await relay.start(bed)
    await ann.start(bed, { relays: [relay.addressIn(bed, 'north')], peers: [dan.peer] })
    await dan.start(bed, { relays: [relay.addressIn(bed, 'south')], peers: [ann.peer] })
    await Promise.all([bea.start(bed, {}), cy.start(bed, {})])
    await Promise.all([ann.sees(bea), ann.sees(cy), ann.sees(dan), bea.sees(ann), cy.sees(ann), dan.sees(ann)])
    const slowAt = Date.now()
    await bed.netem('bea', { delayMs: 1_750, jitterMs: 50 })
    await Promise.all(['cy', 'post'].map((host) => bed.netem(host, { lossPercent: 100 })))
    const cutAt = Date.now()
    const cut = [cy, dan]
    const gone = await Promise.all(cut.flatMap((one) => [ann.misses(one, slowAt), one.misses(ann, slowAt)]))
    console.log(`behind a cut cable they were missed after ${gone.map((at) => at - cutAt).join(', ')} ms`)
    expect(Math.max(...gone) - cutAt).toBeLessThan(GONE_MS)
    await pause(Math.max(0, slowAt + SLOW_MS - Date.now()))
    expect(ann.program.all('gone').filter(({ peer }) => peer === bea.peer)).toEqual([])
    expect(bea.program.all('gone').filter(({ peer }) => peer === ann.peer)).toEqual([])
    const mendedAt = Date.now()
    await Promise.all(['cy', 'post'].map((host) => bed.netem(host, {})))
    const near = await Promise.all([ann.sees(cy, mendedAt), cy.sees(ann, mendedAt)])
    console.log(`when it was mended, they were back after ${near.map((at) => at - mendedAt).join(', ')} ms`)
    expect(Math.max(...near) - mendedAt).toBeLessThan(BACK_MS)
    const far = await Promise.all([ann.getsThroughTo(dan), dan.getsThroughTo(ann)])
    console.log(`through the relay a word got through after ${far.map((at) => at - mendedAt).join(', ')} ms`)
    expect(Math.max(...far) - mendedAt).toBeLessThan(RELAYED_MS)
  },
)

test.skipIf(!(await canSlowCables()))(
  `a relay is reached at a round trip of 3.5 s, and nobody behind it is missed in ${SLOW_MS / 1_000} s`,
  async () => {
    const folder = await testFolder()
    const branches = { north: ['ann'], south: ['cy'] }
    await using bed = await layBranches({ branches, relays: { post: ['north', 'south'] }, folder })
    const [ann, cy] = await hireAll(['ann', 'cy'], folder)
    const relay = await Relay.build('post', folder)
    await relay.start(bed)
    await bed.netem('cy', { delayMs: 1_750, jitterMs: 50 })
    const startedAt = Date.now()
    await ann.start(bed, { relays: [relay.addressIn(bed, 'north')], peers: [cy.peer] })
    await cy.start(bed, { relays: [relay.addressIn(bed, 'south')], peers: [ann.peer] })
    const seen = await Promise.all([ann.sees(cy, 0, SLOW_START_MS), cy.sees(ann, 0, SLOW_START_MS)])
    console.log(`far behind a relay they were here after ${seen.map((at) => at - startedAt).join(', ')} ms`)
    await pause(SLOW_MS)
    await ann.send(cy, 'Have you got time?')
    await cy.send(ann, 'Always.')
    expect([...ann.program.all('gone'), ...cy.program.all('gone')]).toEqual([])
    await Promise.all([ann.close(), cy.close()])
  },
)

test.skipIf(!can)('where branches are routed, colleagues who met by a relay go on without it', async () => {
  const folder = await testFolder()
  const both = ['north', 'south']
  const plan = { branches: { north: ['ann'], south: ['cy'] }, relays: { post: both }, routers: { gate: both }, folder }
  await using bed = await layBranches(plan)
  const [ann, cy] = await hireAll(['ann', 'cy'], folder)
  const relay = await Relay.build('post', folder)
  await relay.start(bed)
  await ann.start(bed, { relays: [relay.addressIn(bed, 'north')], peers: [cy.peer] })
  await cy.start(bed, { relays: [relay.addressIn(bed, 'south')], peers: [ann.peer] })
  const seenAt = Math.max(...(await Promise.all([ann.sees(cy), cy.sees(ann)])))
  while ((await ann.linkTo(cy)) !== 'direct' && Date.now() - seenAt < DIRECT_MS) await pause(50)
  console.log(`a direct way was found ${Date.now() - seenAt} ms after they met by the relay`)
  expect([await ann.linkTo(cy), await cy.linkTo(ann)]).toEqual(['direct', 'direct'])
  await relay.kill()
  await ann.send(cy, 'There is nobody between us.')
  await cy.send(ann, 'Nobody.')
  expect([...ann.program.all('gone'), ...cy.program.all('gone')]).toEqual([])
  await Promise.all([ann.close(), cy.close()])
})
