import { join } from 'node:path'
import { expect, test } from 'vitest'
import { layBranches } from './bed.ts'
import { canLayBranches } from './can-lay-branches.ts'
import type { Line } from './say.ts'
import { hireAll, rosterIn, Staff } from './staff.ts'
import { listed } from '../support/library.ts'
import { testFolder } from '../support/test-folder.ts'

const can = await canLayBranches()
const FOUND_MS = 5_000
const LAN = 'branchline'

test.skipIf(!can)('a host with a leg in two branches and a dead VPN is found in both', async () => {
  const folder = await testFolder()
  await using bed = await layBranches({
    branches: { north: ['bea'], south: ['cy'] },
    relays: { ann: ['north', 'south'] },
    folder,
  })
  await bed.host('ann').addDeadVpn('tun0', '10.8.0.2')
  const [ann, bea, cy] = await hireAll(['ann', 'bea', 'cy'], folder)
  await Promise.all([ann, bea, cy].map((each) => each.start(bed, {})))
  const ready = Math.max(...[ann, bea, cy].map(({ program }) => program.all('ready')[0]?.at ?? 0))
  const seen = await Promise.all([bea.sees(ann), cy.sees(ann), ann.sees(bea), ann.sees(cy)])
  const ms = seen.map((at) => at - ready)
  console.log(`a host with three interfaces was here after ${ms.join(', ')} ms, counted from when all were ready`)
  expect(Math.max(...ms)).toBeLessThan(FOUND_MS)
  expect([await bea.linkTo(ann), await cy.linkTo(ann)]).toEqual(['direct', 'direct'])
  await ann.send(bea, 'Good morning, north.')
  await ann.send(cy, 'Good morning, south.')
  await Promise.all([ann, bea, cy].map((each) => each.close()))
})

test.skipIf(!can)('several profiles on one machine find each other, with a network or without', async () => {
  const folder = await testFolder()
  await using bed = await layBranches({ branches: { north: ['desk'] }, folder })
  const host = bed.host('desk')
  const profileOf = (name: string): string => join(folder, name)
  for (const name of ['ann', 'bea', 'cec', 'dan']) {
    rosterIn(folder).people.push(await listed(name, profileOf(name)))
  }
  const rosterFile = await rosterIn(folder).file()
  const peer = async (name: string) => {
    const profile = { name, folder: profileOf(name), rosterFile }
    const program = host.run<Line>('member.ts', JSON.stringify(profile))
    return { program, id: (await program.until('ready')).peer }
  }
  const [ann, bea] = [await peer('ann'), await peer('bea')]
  await Promise.all([ann.program.until('here', (here) => here.peer === bea.id), bea.program.until('here')])
  await host.linkDown()
  const [cec, dan] = [await peer('cec'), await peer('dan')]
  await cec.program.until('here', (here) => here.peer === dan.id, FOUND_MS)
  await dan.program.until('here', (here) => here.peer === cec.id, FOUND_MS)
})

test.skipIf(!can)('a stock libp2p node and a member find each other', async () => {
  const folder = await testFolder()
  await using bed = await layBranches({ branches: { north: ['ann', 'stock'] }, folder })
  // On the roster like anybody else: members connect with nobody who is not.
  const profile = join(folder, 'profile-stock')
  rosterIn(folder).people.push(await listed('stock', profile))
  const stock = bed.host('stock').run<Line>('stock.ts', `_${LAN}._udp.local`, join(profile, 'identity.key'))
  const { peer } = await stock.until('ready')
  const ann = await Staff.hire('ann', folder)
  await ann.start(bed, { lan: LAN })
  const found = await stock.until('found', (found) => found.peer === ann.peer, FOUND_MS)
  expect(found.addresses).toEqual([expect.stringMatching(/^\/ip4\/10\.1\.0\.1\/tcp\/\d+/)])
  await stock.until('connected', (connected) => connected.peer === ann.peer, FOUND_MS)
  expect(peer).not.toBe(ann.peer)
  await ann.close()
})
