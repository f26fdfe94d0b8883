import { expect, test } from 'vitest'
import { canLayBranches } from './can-lay-branches.ts'
import { Scene } from './hostile-scene.ts'

const can = await canLayBranches()

test.skipIf(!can)('a stranger with a valid libp2p node gets nowhere, and honest people do not notice', async () => {
  await using scene = await Scene.set({ others: ['dan'] })
  const dan = await scene.traitor('dan')
  const doors = [
    { address: scene.beaAddress, protocols: await dan.ask<string[]>('protocols', { address: scene.beaAddress }) },
    { address: scene.relayAddress, protocols: await dan.ask<string[]>('protocols', { address: scene.relayAddress }) },
  ]
  expect(doors[0]?.protocols).toEqual(expect.arrayContaining(['/branchline/message/1', '/branchline/roster/1']))
  expect(doors[1]?.protocols).toEqual(expect.arrayContaining(['/libp2p/circuit/relay/0.2.0/hop']))
  const stranger = await scene.attacker()
  await scene.during('a stranger at every door', async () => {
    for (const door of doors) {
      expect(await dan.ask('knock', door), 'what a member may').not.toEqual([])
      expect(await stranger.ask('knock', door)).toEqual([])
      expect(new Set(Object.values(await stranger.ask<object>('rubbish', door)))).toEqual(
        new Set(['0 of 0 streams were ended']),
      )
    }
  })
  const refused = await scene.end()
  expect(refused.filter(({ from }) => from === stranger.peer)).toEqual([
    { from: stranger.peer, code: 'MEMBER_UNKNOWN', unrecorded: 0 },
  ])
})
