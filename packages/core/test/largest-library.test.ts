import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { beforeAll, describe, expect, test } from 'vitest'
import { peerIdOf } from '../src/identity.ts'
import { MAX_ROSTER_BYTES } from '../src/limits.ts'
import { holdRoster, type Member, parseRoster, type Roster, rosterLogKey, verifyRoster } from '../src/roster/index.ts'
import { person } from './peers.ts'
import { memberNamed, rosterOf } from './rosters.ts'
import { type Device, device, pause, recordsOf, until } from './support.ts'

const [MEMBERS, ROOMS] = [500, 100]
const READ_MS = 1_000
const SPREAD_MS = 5_000
const POSTED_MS = 2_000
const DELIVERED_MS = 5_000
/** What a message to 499 who are off may take: in memory, and of the processor for a while after that. */
const POST_BYTES = 10_000_000
const [LATER_MS, LATER_CPU_MS] = [3_000, 2_400]

const roomNamed = (n: number): string => `room ${n % ROOMS}`

/** In one room with everyone, and in nine others. */
const roomsOf = (n: number): string[] =>
  [0, ...Array.from({ length: 9 }, (_, k) => 1 + ((n + 11 * k) % 99))].map(roomNamed)

async function listed({ peer, signer }: Pick<Device, 'peer' | 'signer'>, n: number): Promise<Member> {
  return memberNamed(`Member ${n}`, { peer, log: rosterLogKey(signer.vkey), rooms: roomsOf(n) })
}

let [ann, bea]: Device[] = []
let members: Member[] = []
let largest: Roster

beforeAll(async () => {
  ;[ann, bea] = [await device(), await device()]
  members = [await listed(ann, 0), await listed(bea, 1)]
  for (let n = members.length; n < MEMBERS; n++) {
    const peer = peerIdOf(await generateKeyPair('Ed25519'))
    members.push(memberNamed(`Member ${n}`, { peer, rooms: roomsOf(n) }))
  }
  largest = await rosterOf(members, { serial: 2 })
})

describe(`a roster of ${MEMBERS} members and ${ROOMS} rooms`, () => {
  test('is read and checked at once', () => {
    const began = performance.now()
    const read = parseRoster(largest.signed)
    verifyRoster(read, Date.now())
    const ms = performance.now() - began
    console.log(`${largest.signed.length} bytes were read and checked in ${ms.toFixed(0)} ms`)
    expect(read.members).toHaveLength(MEMBERS)
    expect(new Set(read.members.flatMap(({ rooms }) => rooms)).size).toBe(ROOMS)
    expect(largest.signed.length).toBeLessThan(MAX_ROSTER_BYTES)
    expect(ms).toBeLessThan(READ_MS)
  })

  test('is the largest: one more of either is refused', async () => {
    const more = [...members, memberNamed('One more')]
    await expect(rosterOf(more)).rejects.toMatchObject({ code: 'ROSTER_MALFORMED' })
    const [first, ...others] = members as [Member, ...Member[]]
    const another = [{ ...first, rooms: [...first.rooms, 'one more'] }, ...others]
    await expect(rosterOf(another)).rejects.toMatchObject({ code: 'ROSTER_MALFORMED' })
  })

  test('goes from one to the next at once', async () => {
    const small = await rosterOf(members.slice(0, 2))
    const there = await person({ roster: holdRoster(small.signed) }, bea)
    const began = performance.now()
    await person({ roster: holdRoster(largest.signed), peers: [there.address] }, ann)
    await until(async () => (await recordsOf(there.store, 'roster')).length > 0, 'the roster', SPREAD_MS)
    console.log(`it was there, checked and on record, in ${(performance.now() - began).toFixed(0)} ms`)
  })
})

test(`what is said in a room of ${MEMBERS}, most of whom are off, costs little, and whoever is there has it at once`, async () => {
  const [self, other] = [await device(), await device()]
  const people = [await listed(self, 0), await listed(other, 1), ...members.slice(2)]
  const roster = await rosterOf(people)
  const there = await person({ roster: holdRoster(roster.signed) }, other)
  const here = await person({ roster: holdRoster(roster.signed), peers: [there.address] }, self)
  await until(() => here.messenger.colleagues().some(({ link }) => link === 'direct'), 'the link', DELIVERED_MS)
  const heard: string[] = []
  there.messenger.addEventListener('message', ({ detail }) => heard.push(detail.value.text))
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  const before = process.memoryUsage().heapUsed
  const began = performance.now()
  const { to } = await here.messenger.post(`#${roomNamed(0)}`, 'The large print has come.')
  const ms = performance.now() - began
  expect(to).toHaveLength(MEMBERS - 1)
  await until(() => heard.length === 1, 'the message', DELIVERED_MS)
  const deliveredMs = performance.now() - began
  const cpu = process.cpuUsage()
  await pause(LATER_MS)
  const { user, system } = process.cpuUsage(cpu)
  collect()
  const bytes = process.memoryUsage().heapUsed - before
  console.log(
    `posted in ${ms.toFixed(0)} ms, delivered in ${deliveredMs.toFixed(0)} ms; ${MEMBERS - 2} who are off took ` +
      `${Math.round(bytes / 1_024)} KiB, and ${Math.round((user + system) / 1_000)} ms of the next ${LATER_MS}`,
  )
  expect(ms).toBeLessThan(POSTED_MS)
  expect(bytes).toBeLessThan(POST_BYTES)
  expect((user + system) / 1_000).toBeLessThan(LATER_CPU_MS)
  expect((await recordsOf(here.store, 'sent')).length).toBe(1)
})
