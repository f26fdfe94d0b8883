import { expect, test } from 'vitest'
import { canLayBranches } from './can-lay-branches.ts'
import type { Flooded, FloodInit } from './hostile-say.ts'
import { filesBackTo, PORT, Scene, useOf } from './hostile-scene.ts'
import { FULL } from '../support/trial.ts'

const can = await canLayBranches()
const SECONDS = FULL ? 20 : 2
const PER_SECOND = 1_000
/** The door's burst and what it lets in after that, of strangers' addresses; and those it may have anyway. */
const HANDSHAKES = { burst: 128, burstOfAll: 512, perSecond: 16, perSecondOfAll: 64 } as const
const PENDING = 512
const TRIES = 5
const MORE_MIB = 150
/** Sockets that libp2p opens for itself meanwhile. */
const SOME = 24

interface Cost {
  readonly flooded: Flooded
  /** Until all was over. */
  readonly seconds: number
}

async function flood(scene: Scene, how: FloodInit['how'], more: Partial<FloodInit> = {}): Promise<Cost> {
  const { program } = scene.bea
  const host = scene.bed.host('bea').address()
  const init = { how, host, port: PORT, perSecond: PER_SECOND, seconds: SECONDS, folder: scene.folder, ...more }
  const flooding = scene.bed.host('eve').run<Flooded>('hostile-flood.ts', JSON.stringify(init))
  const before = await useOf(program)
  const startedAt = Date.now()
  const what = `${how}, ${PER_SECOND} connections a second from ${more.from?.length ?? 1} address(es)`
  const flooded = await scene.during(what, async () => flooding.until('done'))
  const during = await useOf(program)
  flooding.endInput()
  await flooding.end()
  const after = await filesBackTo(program, before.files)
  console.log(
    `${what}: ${flooded.opened} were opened, ${flooded.finished} finished a handshake, ${flooded.held} were held; ` +
      `${during.cpuMs - before.cpuMs} ms of CPU in ${SECONDS} s, the talk included; ` +
      `files ${before.files} ${during.files} ${after.files}, MiB ${before.rssMiB} ${during.rssMiB} ${after.rssMiB}`,
  )
  expect(flooded.tried).toBeGreaterThanOrEqual(SECONDS * PER_SECOND)
  expect(during.files).toBeLessThan(before.files + PENDING + SOME)
  expect(during.rssMiB).toBeLessThan(before.rssMiB + MORE_MIB)
  return { flooded, seconds: (Date.now() - startedAt) / 1_000 }
}

test.skipIf(!can)('1,000 connections a second of strangers keep nobody waiting, and leave nothing behind', async () => {
  await using scene = await Scene.set()
  await flood(scene, 'silent')
  if (FULL) for (const how of ['half', 'loris'] as const) await flood(scene, how)
  const { flooded, seconds } = await flood(scene, 'finish')
  expect(flooded.finished).toBeLessThan(HANDSHAKES.burst + HANDSHAKES.perSecond * seconds)
  const from = await scene.bed.host('eve').addAddresses(100)
  await flood(scene, 'silent', { from })
  const finishing = await flood(scene, 'finish', { from })
  expect(finishing.flooded.finished).toBeLessThan(HANDSHAKES.burstOfAll + HANDSHAKES.perSecondOfAll * finishing.seconds)
  const refused = await scene.end()
  // The flood has four keys.
  expect(refused.map(({ code }) => code)).toEqual(Array(4).fill('MEMBER_UNKNOWN'))
})

test.skipIf(!can)('a member gone mad slows nobody down, and is told off on record', async () => {
  await using scene = await Scene.set({ others: ['dan', 'fay'] })
  const [dan, fay] = [await scene.traitor('dan'), await scene.traitor('fay')]
  const before = await useOf(scene.bea.program)
  const order = { address: scene.beaAddress, perSecond: PER_SECOND, seconds: SECONDS }
  for (const protocol of ['/ipfs/ping/1.0.0', '/branchline/message/1', '/branchline/roster/1']) {
    const told = await scene.during(`streams of ${protocol}`, async () => dan.ask('streams', { ...order, protocol }))
    console.log(protocol, told)
  }
  // On a machine that is shared by many nobody is mad so soon.
  for (let n = 0, isCut = false; !isCut; n++) {
    expect(n).toBeLessThan(TRIES)
    isCut = (await dan.ask<{ isCut: boolean }>('streams', { ...order, protocol: '/ipfs/ping/1.0.0' })).isCut
  }
  const told = await scene.during('connections of one member', async () =>
    fay.ask<{ readonly held: number }>('reconnect', order),
  )
  // Of one that was closed just now the other side may not have heard.
  expect(told.held).toBeLessThanOrEqual(8 + 1)
  await Promise.all([dan.program.kill(), fay.program.kill()])
  const after = await filesBackTo(scene.bea.program, before.files)
  expect(after.rssMiB).toBeLessThan(before.rssMiB + MORE_MIB)
  const refused = await scene.end()
  expect(refused.toSorted((a, b) => (a.from === dan.peer ? -1 : 1) - (b.from === dan.peer ? -1 : 1))).toEqual([
    { from: dan.peer, code: 'PEER_FLOODS', unrecorded: 0 },
    { from: fay.peer, code: 'PEER_FLOODS', unrecorded: 0 },
  ])
})
