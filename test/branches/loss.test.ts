import { expect, test } from 'vitest'
import { layBranches } from './bed.ts'
import { canSlowCables } from './can-lay-branches.ts'
import { checkLogs } from './logs.ts'
import { hireAll, Relay, type Staff } from './staff.ts'
import { testFolder } from '../support/test-folder.ts'
import { FULL } from '../support/trial.ts'

const TALK_MS = FULL ? 600_000 : 12_000
const EVERY_MS = 200
/** Each way, so that it takes 600 ms there and back, and of what takes both ways a fifth is lost. */
const WEATHER = { delayMs: 300, jitterMs: 50, lossPercent: 10 }
const LINKED_MS = 90_000
/** What is on its way when the last is sent. */
const LAST_MS = 30_000

test.skipIf(!(await canSlowCables()))(
  `10 % loss and 300 ± 50 ms each way for ${TALK_MS / 1_000} s: none lost, none doubled, each in order, nobody missed`,
  async () => {
    const folder = await testFolder()
    const branches = { north: ['ann', 'bea'], south: ['cy'] }
    await using bed = await layBranches({ branches, relays: { post: ['north', 'south'] }, folder })
    const [ann, bea, cy] = await hireAll(['ann', 'bea', 'cy'], folder)
    const relay = await Relay.build('post', folder)
    await relay.start(bed)
    await Promise.all(['ann', 'cy'].map((host) => bed.netem(host, WEATHER)))
    const [north, south] = ['north', 'south'].map((branch) => ({ relays: [relay.addressIn(bed, branch)] }))
    await Promise.all([
      ann.start(bed, { ...north, peers: [cy.peer] }),
      bea.start(bed, { ...north, peers: [cy.peer] }),
      cy.start(bed, { ...south, peers: [ann.peer, bea.peer] }),
    ])
    // A bad cable alone; a bad one, then the relay; a bad one, the relay, and another bad one.
    const pairs = [
      [ann, bea, 'direct'],
      [bea, cy, 'relayed'],
      [ann, cy, 'relayed'],
    ] as const
    const bothWays = pairs.flatMap(([one, other, link]) => [[one, other, link] as const, [other, one, link] as const])
    await Promise.all(bothWays.map(([one, other]) => one.sees(other, 0, LINKED_MS)))
    const missedMeanwhile = [ann, bea, cy].flatMap(({ program }) => program.all('gone')).length
    console.log(`until all had met somebody was missed ${missedMeanwhile} times`)
    for (const [one, other, link] of bothWays) {
      await expect.poll(() => one.linkTo(other), { timeout: LINKED_MS, message: pathOf(one, other) }).toBe(link)
    }
    const talkAt = Date.now()
    await Promise.all(bothWays.map(([from, to]) => talk(from, to)))
    const gone = [ann, bea, cy].flatMap(({ program }) => program.all('gone')).filter(({ at }) => at > talkAt)
    console.log(`false alarms that somebody was gone: ${gone.length}`)
    expect(gone).toEqual([])
    await Promise.all([ann, bea, cy].map((each) => each.close()))
    const all = await checkLogs([ann, bea, cy])
    console.log(`${all} messages, each in both logs once, in order`)
    expect(all).toBe((bothWays.length * TALK_MS) / EVERY_MS)
    await relay.close()
  },
  TALK_MS + LINKED_MS + LAST_MS + 120_000,
)

async function talk(from: Staff, to: Staff): Promise<void> {
  const repeat = TALK_MS / EVERY_MS
  const order = { repeat, everyMs: EVERY_MS, timeoutMs: TALK_MS + LAST_MS + 15_000 }
  const { p50Ms, p95Ms, maxMs } = await from.send(to, 'Have you still got the large print?', order)
  console.log(
    `${pathOf(from, to)}: ${repeat} messages, to the receipt p50 ${p50Ms} ms, p95 ${p95Ms} ms, max ${maxMs} ms`,
  )
}

function pathOf(from: Staff, to: Staff): string {
  return `${from.name} to ${to.name}`
}
