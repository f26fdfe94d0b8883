import { expect, test } from 'vitest'
import { type Bed, layBranches } from './bed.ts'
import { canLayBranches } from './can-lay-branches.ts'
import { checkLogs } from './logs.ts'
import { Relay, Staff } from './staff.ts'
import { testFolder } from '../support/test-folder.ts'
import { FULL } from '../support/trial.ts'

const FORM = FULL ? 'full trial, over 2 minutes' : 'short form, 8 s'
const CHAT_MS = FULL ? 125_000 : 8_000
const EVERY_MS = 500

const MIB = 1_048_576
const BULK_TEXT = 'Shelf mark. '.repeat(340)
const BULK_COUNT = Math.ceil(((FULL ? 16 : 1.25) * MIB) / BULK_TEXT.length)

/** The 95th percentile must be below. */
const SEEN_MS = 5_000

type Pair = readonly [from: Staff, to: Staff]

test.skipIf(!(await canLayBranches()))(`two branches talk, each in itself and through a relay (${FORM})`, async () => {
  const folder = await testFolder()
  await using bed = await layBranches({
    branches: { north: ['ann', 'bea'], south: ['cy', 'dan'] },
    relays: { post: ['north', 'south'] },
    folder,
  })
  const [ann, bea] = [await Staff.hire('ann', folder), await Staff.hire('bea', folder)]
  const [cy, dan] = [await Staff.hire('cy', folder), await Staff.hire('dan', folder)]
  const staff = [ann, bea, cy, dan]
  const inside = bothWays([ann, bea], [cy, dan])
  const across = bothWays([ann, cy], [ann, dan], [bea, cy], [bea, dan])
  const relay = await Relay.build('post', folder)
  await relay.start(bed)

  const north = { relays: [relay.addressIn(bed, 'north')], peers: [cy.peer, dan.peer] }
  const south = { relays: [relay.addressIn(bed, 'south')], peers: [ann.peer, bea.peer] }
  await Promise.all([ann.start(bed, north), bea.start(bed, north), cy.start(bed, south), dan.start(bed, south)])
  const seenInside = await Promise.all(inside.map(seen))
  const seenAcross = await Promise.all(across.map(seen))
  console.log(`a neighbour by mDNS was here after ${told(seenInside)}`)
  console.log(`a colleague of the other branch was here after ${told(seenAcross)}`)
  expect(Math.max(...[...seenInside, ...seenAcross].map(({ startMs }) => startMs))).toBeLessThan(SEEN_MS)
  expect(await relay.reservations()).toBe(staff.length)
  await expectNoWayBetween(bed, cy)
  await expectLinks(inside, 'direct')
  await expectLinks(across, 'relayed')

  for (const [from, to] of [...inside, ...across]) await from.send(to, `Good morning, ${to.name}.`)
  const inUseSince = Date.now()
  console.log(`through the relay: ${await bulk([ann, cy])}; back: ${await bulk([cy, ann])}`)
  console.log(`inside a branch: ${await bulk([ann, bea])}`)
  console.log(`chat through the relay: ${await chat(across)}`)
  console.log(`the relayed links were in use for ${(Date.now() - inUseSince) / 1_000} s`)
  await expectLinks(across, 'relayed')
  for (const { program, name } of staff) {
    expect([...program.all('gone'), ...program.all('error')], `what troubled ${name}`).toEqual([])
  }

  await Promise.all(staff.map((one) => one.close()))
  await relay.close()
  console.log(`${await checkLogs(staff)} messages, each in both logs`)
})

function bothWays(...pairs: Pair[]): Pair[] {
  return pairs.flatMap(([one, other]): Pair[] => [
    [one, other],
    [other, one],
  ])
}

interface Seen {
  /** After both programs had been started, and after both were ready. */
  readonly startMs: number
  readonly readyMs: number
}

async function seen([one, other]: Pair): Promise<Seen> {
  const at = await one.sees(other)
  const ready = [one, other].map(({ program }) => program.all('ready')[0]?.at ?? 0)
  const startMs = at - Math.max(one.program.startedAt, other.program.startedAt)
  return { startMs, readyMs: at - Math.max(...ready) }
}

function told(seen: readonly Seen[]): string {
  const list = (figure: keyof Seen): string => seen.map((each) => each[figure]).join(', ')
  return `${list('startMs')} ms (${list('readyMs')} ms after both were ready)`
}

/** A neighbour of cy's can knock at cy's door, so it is there; from the other branch there is no way to it. */
async function expectNoWayBetween(bed: Bed, cy: Staff): Promise<void> {
  const [ready] = cy.program.all('ready')
  const port = Number(/\/tcp\/(\d+)/.exec(String(ready?.addresses))?.[1])
  const address = bed.host('cy').address()
  expect(ready?.addresses).toEqual([expect.stringContaining(`/ip4/${address}/tcp/${port}/`)])
  expect(await bed.host('dan').connect(address, port)).toMatchObject({ result: 'connected' })
  expect(await bed.host('ann').connect(address, port)).toMatchObject({ result: 'ENETUNREACH' })
  expect(await bed.host('post').sysctl('net/ipv4/ip_forward')).toBe('0')
}

async function expectLinks(pairs: readonly Pair[], link: 'direct' | 'relayed'): Promise<void> {
  for (const [one, other] of pairs) expect(await one.linkTo(other), `${one.name} to ${other.name}`).toBe(link)
}

async function bulk([from, to]: Pair): Promise<string> {
  const { ms } = await from.send(to, BULK_TEXT, { repeat: BULK_COUNT })
  const bytes = from.sent.get(to.peer)?.reduce((sum, text) => sum + text.length, 0) ?? 0
  expect(bytes).toBeGreaterThan(MIB)
  return `${(bytes / MIB).toFixed(2)} MiB in ${BULK_COUNT} messages, ${ms} ms, ${(bytes / MIB / (ms / 1_000)).toFixed(1)} MiB/s`
}

async function chat(pairs: readonly Pair[]): Promise<string> {
  const order = { repeat: Math.ceil(CHAT_MS / EVERY_MS), everyMs: EVERY_MS, timeoutMs: CHAT_MS + 30_000 }
  const sendings = await Promise.all(pairs.map(([from, to]) => from.send(to, `A word to ${to.name}.`, order)))
  const p50Ms = Math.max(...sendings.map(({ p50Ms }) => p50Ms))
  const maxMs = Math.max(...sendings.map(({ maxMs }) => maxMs))
  return `${order.repeat} messages on each of ${pairs.length} ways, to the receipt p50 ${p50Ms} ms, at most ${maxMs} ms`
}
