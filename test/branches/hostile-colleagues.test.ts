import { hash } from 'node:crypto'
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Library } from '../support/library.ts'
import { canLayBranches } from './can-lay-branches.ts'
import { type Attacker, Scene } from './hostile-scene.ts'
import type { Line, MemberInit } from './say.ts'
import { ask, type Staff } from './staff.ts'
import type { Program } from '../support/program.ts'

const can = await canLayBranches()
const CUT_MS = 5_000
/** Whose time is over is looked for every five seconds. */
const EXPIRED_MS = 8_000
const TIME_MS = 5_000

/** A colleague with our own software and the roster of the first day, on the attacker's host. */
async function starts(scene: Scene, { folder, name }: Staff, peers: readonly string[]): Promise<Program<Line>> {
  const rosterFile = join(folder, 'library.roster')
  await copyFile(join(scene.folder, 'library.roster'), rosterFile)
  const init: MemberInit = {
    name,
    folder,
    rosterFile,
    relays: [scene.relayAddress],
    peers,
    lan: false,
  }
  const program = scene.bed.host('eve').run<Line>('member.ts', JSON.stringify(init))
  await program.until('ready')
  return program
}

/** Writes to Bea until that does not work any more. @returns how much of it was delivered */
async function writesToBea(scene: Scene, program: Program<Line>): Promise<number> {
  for (let n = 0; ; n++) {
    try {
      await ask(program, 'send', { to: scene.bea.peer, text: `Before I go (${n})` })
    } catch {
      return n
    }
    await pause(50)
  }
}

const isHers = (scene: Scene) => (each: { peer: string }) => each.peer === scene.bea.peer

test.skipIf(!can)('a colleague is cut off when they are taken off, and comes back by no way', async () => {
  await using scene = await Scene.set({ others: ['dan', 'fay'] })
  const [dan, fay] = [scene.others.get('dan') as Staff, scene.others.get('fay') as Staff]
  const there = await starts(scene, dan, [scene.beaAddress])
  await there.until('here', isHers(scene))
  const writing = writesToBea(scene, there)
  await pause(500)
  const others = scene.people.filter(({ peer }) => peer !== dan.peer)
  const revoked = [{ peer: dan.peer, reason: 'left the library', time: Date.now() }]
  const until = Date.now() + TIME_MS
  const people = others.map((each) => (each.peer === fay.peer ? { ...each, until } : each))
  const cutMs = await scene.during('somebody is taken off in the midst of their talk', async () => {
    const takenAt = Date.now()
    await scene.takes(scene.ann, await scene.library.roster(people, { revoked }))
    const goneAt = (await scene.bea.program.until('gone', ({ peer }) => peer === dan.peer)).at
    expect(there.all('delivered').length).toBeGreaterThan(0)
    await there.kill()
    await writing
    return goneAt - takenAt
  })
  console.log(`who was taken off was cut off after ${cutMs} ms`)
  expect(cutMs).toBeLessThan(CUT_MS)
  const shown = scene.bea.shownFrom(dan).length

  const late = await scene.traitor('fay')
  const door = { address: scene.beaAddress, protocols: ['/branchline/message/1', '/branchline/roster/1'] }
  const relayDoor = { address: scene.relayAddress, protocols: ['/libp2p/circuit/relay/0.2.0/hop'] }
  expect(await late.ask('knock', door), 'while it is their time').toContain('/branchline/roster/1')
  await scene.during('whose time is over, and who was taken off, try again', async () => {
    // By the roster of the first day, which they hold on to, and through the relay alone.
    const again = await starts(scene, dan, [scene.bea.peer])
    const writing = expect(ask(again, 'send', { to: scene.bea.peer, text: 'It is me' })).rejects.toThrow(/no way to/)
    const byHand = await scene.traitor('dan')
    for (const each of [door, relayDoor]) expect(await byHand.ask('knock', each)).toEqual([])
    await pause(Math.max(0, until + EXPIRED_MS - Date.now()))
    await writing
    expect(again.all('here')).toEqual([])
    expect(await late.ask('connections'), 'when their time is over').toBe(0)
    for (const each of [door, relayDoor]) expect(await late.ask('knock', each)).toEqual([])
  })
  expect(scene.bea.shownFrom(dan)).toHaveLength(shown)
  const refused = await scene.end()
  const told = refused.filter(({ from }) => [dan.peer, fay.peer].includes(from))
  expect(new Set(told.map(({ from, code }) => `${from} ${code}`))).toEqual(
    new Set([`${dan.peer} MEMBER_REVOKED`, `${fay.peer} MEMBER_EXPIRED`]),
  )
  // What was under way is refused by its ID; the door says so once.
  expect(told.length).toBeLessThan(10)
})

test.skipIf(!can)(
  'rosters that no director signed, and old ones, change nothing; one that has expired ends all talk',
  async () => {
    await using scene = await Scene.set({ others: ['dan'] })
    const dan = await scene.traitor('dan')
    const { library, people } = scene
    const first = await library.roster(people)
    const former = await library.handOver()
    const held = await library.roster(people)
    await scene.takes(scene.bea, first)
    await scene.takes(scene.bea, held)
    const serial = 3
    const forged: [code: string, roster: Uint8Array][] = [
      ['ROSTER_UNSIGNED', await new Library().roster(people, { serial: 9 })],
      [
        'ROSTER_UNSIGNED',
        Buffer.from(Buffer.from(held).toString().replace('"dan"', '"Dan"').replace('"serial":3', '"serial":9')),
      ],
      ['ROSTER_UNSIGNED', await former.roster(people, { serial: 9 })],
      ['ROSTER_STALE', first],
      ['ROSTER_FORKED', await library.roster(people, { serial, lan: 'elsewhere' })],
      ['ROSTER_FOREIGN', await library.roster(people, { serial: 9, library: 'Another' })],
      ['ROSTER_EXPIRED', await library.roster(people, { serial: 9, issued: 1, expires: 2 })],
      ['ROSTER_MALFORMED', Buffer.from('Everybody may take part.\n')],
      // One more than anybody brings.
      ['PEER_FLOODS', held],
    ]
    await scene.during('forged rosters', async () => {
      for (const [, roster] of forged) await offer(scene, dan, roster)
      await offer(scene, dan, Buffer.alloc(600_000))
    })
    await scene.hush()
    expect(await ask<number>(scene.bea.program, 'serial')).toBe(serial)

    const expires = Date.now() + 1_500
    await scene.takes(scene.bea, await library.roster(people, { serial: 4, expires }))
    for (const each of [scene.ann, scene.cy]) await holds(each, 4)
    await pause(expires - Date.now() + 100)
    await expect(ask(scene.ann.program, 'send', { to: scene.bea.peer, text: 'Still there?' })).rejects.toThrow(
      /expired|force/i,
    )
    await scene.takes(scene.bea, await library.roster(people, { serial: 5 }))
    for (const each of [scene.ann, scene.cy]) await holds(each, 5)
    await scene.ann.send(scene.bea, 'There we are again.')

    const refused = await scene.end()
    const told = refused.filter(({ from }) => from === dan.peer).map(({ code }) => code)
    expect(told.toSorted()).toEqual([...new Set(forged.map(([code]) => code))].toSorted())
  },
)

async function offer(scene: Scene, dan: Attacker, roster: Uint8Array) {
  const state = Buffer.concat([Buffer.from('0000000000000063', 'hex'), hash('sha256', 'another', 'buffer')])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(roster.length)
  const bytes = Buffer.concat([state, length, roster]).toString('base64')
  await dan.ask('offer', { address: scene.beaAddress, protocol: '/branchline/roster/1', bytes })
}

async function holds({ program }: Staff, serial: number): Promise<void> {
  const deadline = Date.now() + 10_000
  while ((await ask<number>(program, 'serial')) !== serial) {
    if (Date.now() > deadline) throw new Error(`roster ${serial} has not come`)
    await pause(50)
  }
}
