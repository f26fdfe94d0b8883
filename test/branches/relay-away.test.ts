import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { type Bed, layBranches } from './bed.ts'
import { canLayBranches } from './can-lay-branches.ts'
import { checkLogs } from './logs.ts'
import { Relay, Staff } from './staff.ts'
import { testFolder } from '../support/test-folder.ts'
import { FULL } from '../support/trial.ts'

/** libp2p gives up on a peer after 31 s. */
const AWAYS_MS = FULL ? [5_000, 75_000] : [5_000]

/** From when the relay is up to a place on it, and to the colleagues behind it: all within 15 s. */
const RESERVED_MS = 10_000
const SEEN_MS = 15_000
/** The second must follow from the first, not from a pause that happens to be over. */
const SOON_MS = 5_000
const LOOK_MS = 50
const GONE_MS = 20_000
/** Words go both ways before, during and after what happens to a relay. */
const FLOW_MS = 26_000
const FLOW_EVERY_MS = 250

const can = await canLayBranches()

interface Post extends AsyncDisposable {
  readonly bed: Bed
  readonly relay: Relay
  readonly spare: Relay
  readonly ann: Staff
  readonly cy: Staff
  /** Starts the members, who know of these relays whether they are up or not. */
  startMembers(...relays: Relay[]): Promise<void>
}

/** Two branches with one member each, and relays between them; nobody has started. */
async function twoBranches(): Promise<Post> {
  const folder = await testFolder()
  const both = ['north', 'south']
  const plan = { branches: { north: ['ann'], south: ['cy'] }, relays: { post: both, spare: both }, folder }
  const bed = await layBranches(plan)
  const [ann, cy] = [await Staff.hire('ann', folder), await Staff.hire('cy', folder)]
  const [relay, spare] = [await Relay.build('post', folder), await Relay.build('spare', folder)]
  const startMembers = async (...relays: Relay[]): Promise<void> => {
    const addressesIn = (branch: string): string[] => relays.map((relay) => relay.addressIn(bed, branch))
    await ann.start(bed, { relays: addressesIn('north'), peers: [cy.peer] })
    await cy.start(bed, { relays: addressesIn('south'), peers: [ann.peer] })
  }
  return { bed, relay, spare, ann, cy, startMembers, [Symbol.asyncDispose]: () => bed[Symbol.asyncDispose]() }
}

test.skipIf(!can).each(AWAYS_MS)('a relay that comes up %d ms after the members is used at once', async (awayMs) => {
  await using post = await twoBranches()
  await post.startMembers(post.relay)
  await pause(awayMs)
  expect(await post.ann.relays()).toEqual([])
  const upAt = await post.relay.start(post.bed)
  console.log(`a relay that came up after the members: ${await expectReached(post, upAt)}`)
  await expectTalk(post)
})

test.skipIf(!can).each(AWAYS_MS)('a relay that was killed and comes back after %d ms is used again', async (awayMs) => {
  await using post = await twoBranches()
  const { bed, relay, ann, cy } = post
  await relay.start(bed)
  await post.startMembers(relay)
  await Promise.all([ann.sees(cy), cy.sees(ann)])
  await ann.send(cy, 'Before.')
  const killedAt = Date.now()
  await relay.kill()
  const gone = await Promise.all([ann, cy].map(({ program }) => program.until('gone')))
  console.log(`a killed relay was missed after ${gone.map(({ at }) => at - killedAt).join(', ')} ms`)
  expect(await ann.relays()).toEqual([])
  await pause(awayMs)
  const upAt = await relay.start(bed)
  console.log(`a relay that was killed and came back: ${await expectReached(post, upAt)}`)
  await expectTalk(post)
})

test.skipIf(!can)('when either of two relays is killed, the other carries on', async () => {
  await using post = await twoBranches()
  const { bed, relay, spare, ann, cy } = post
  await Promise.all([relay.start(bed), spare.start(bed)])
  await post.startMembers(relay, spare)
  await Promise.all([ann.sees(cy), cy.sees(ann)])
  // One of them carries the link, so one of the two kills cuts it.
  const missedMs: number[] = []
  for (const killed of [relay, spare]) {
    await expectReserved([ann, cy], [relay, spare])
    const flow = { repeat: 40, everyMs: 50, timeoutMs: 60_000 }
    const talk = Promise.all([ann.send(cy, 'While it goes.', flow), cy.send(ann, 'While it goes.', flow)])
    await pause(SOON_MS / 10)
    const killedAt = Date.now()
    await killed.kill()
    await talk
    const cut = [ann, cy].some(({ program }) => program.all('gone').some(({ at }) => at > killedAt))
    if (cut) {
      const seen = await Promise.all([ann.sees(cy, killedAt), cy.sees(ann, killedAt)])
      missedMs.push(...seen.map((at) => at - killedAt))
    }
    await ann.send(cy, 'Are you still there?')
    await killed.start(bed)
  }
  console.log(`when a relay was killed, the other carried on after ${missedMs.join(', ')} ms`)
  expect(missedMs).not.toEqual([])
  expect(Math.max(...missedMs)).toBeLessThan(SOON_MS)
  await expectTalk(post)
})

test.skipIf(!can)('a relay whose cable is cut is missed within 20 s, and with another no message is lost', async () => {
  await using post = await twoBranches()
  const { bed, relay, spare, ann, cy } = post
  await Promise.all([relay.start(bed), spare.start(bed)])
  await post.startMembers(relay, spare)
  await Promise.all([ann.sees(cy), cy.sees(ann)])
  await expectReserved([ann, cy], [relay, spare])
  await ann.send(cy, 'Shall we?')
  const flow = { repeat: FLOW_MS / FLOW_EVERY_MS, everyMs: FLOW_EVERY_MS, timeoutMs: 2 * FLOW_MS + 60_000 }
  const talk = Promise.all([ann.send(cy, 'I say it now.', flow), cy.send(ann, 'And so do I.', flow)])
  await pause(1_000)
  const [busy, host] = (await relay.state()).figures.circuits.open > 0 ? [relay, 'post'] : [spare, 'spare']
  await bed.host(host as string).linkDown()
  const cutAt = Date.now()
  const missed = await Promise.all([ann, cy].map((one) => lostAt(one, busy as Relay)))
  console.log(`a relay whose cable was cut was missed after ${missed.map((at) => at - cutAt).join(', ')} ms`)
  expect(Math.max(...missed) - cutAt).toBeLessThan(GONE_MS)
  const sendings = await talk
  console.log(`the longest that a word took was ${Math.max(...sendings.map(({ maxMs }) => maxMs))} ms`)
  await bed.host(host as string).linkUp()
  await expectTalk(post)
})

/** Both hold a place soon, and see each other through the relay soon after. */
async function expectReached({ ann, cy, relay }: Post, upAt: number): Promise<string> {
  const reserved = await Promise.all([ann, cy].map((one) => reservedAt(one, relay)))
  const seen = await Promise.all([ann.sees(cy, upAt), cy.sees(ann, upAt)])
  const [reservedMs, seenMs] = [reserved, seen].map((times) => times.map((at) => at - upAt)) as [number[], number[]]
  expect(Math.max(...reservedMs)).toBeLessThan(RESERVED_MS)
  expect(Math.max(...seenMs)).toBeLessThan(Math.min(SEEN_MS, Math.max(...reservedMs) + SOON_MS))
  expect(await ann.linkTo(cy)).toBe('relayed')
  return `places held after ${reservedMs.join(', ')} ms, colleagues here after ${seenMs.join(', ')} ms`
}

async function expectReserved(staff: readonly Staff[], relays: readonly Relay[]): Promise<void> {
  const startedAt = Date.now()
  const all = staff.flatMap((one) => relays.map((relay) => reservedAt(one, relay)))
  expect(Math.max(...(await Promise.all(all))) - startedAt).toBeLessThan(RESERVED_MS)
}

async function lostAt(one: Staff, relay: Relay): Promise<number> {
  const deadline = Date.now() + 2 * GONE_MS
  while (Date.now() < deadline) {
    if (!(await one.relays()).includes(relay.peer)) return Date.now()
    await pause(LOOK_MS)
  }
  return Number.POSITIVE_INFINITY
}

async function reservedAt(one: Staff, relay: Relay): Promise<number> {
  const deadline = Date.now() + 2 * RESERVED_MS
  while (Date.now() < deadline) {
    if ((await one.relays()).includes(relay.peer)) return Date.now()
    await pause(LOOK_MS)
  }
  return Number.POSITIVE_INFINITY
}

/** A word each way; then all go home, and their logs agree. */
async function expectTalk({ ann, cy, relay }: Post): Promise<void> {
  await ann.send(cy, 'Are you there?')
  await cy.send(ann, 'I am.')
  await Promise.all([ann.close(), cy.close()])
  await relay.close()
  await checkLogs([ann, cy])
}
