import { expect, test } from 'vitest'
import { canLayBranches } from './can-lay-branches.ts'
import { Scene, useOf } from './hostile-scene.ts'

const can = await canLayBranches()

test.skipIf(!can)(
  'a member who sends rubbish on every protocol is refused, and honest people do not notice',
  async () => {
    await using scene = await Scene.set({ others: ['dan'] })
    const dan = await scene.traitor('dan')
    for (const [who, address] of [
      ['bea', scene.beaAddress],
      ['the relay', scene.relayAddress],
    ] as const) {
      const protocols = await dan.ask<string[]>('protocols', { address })
      const before = await useOf(scene.bea.program)
      const told = await scene.during(`rubbish for ${who}`, () => dan.ask('rubbish', { address, protocols }))
      console.log(who, told, before, await useOf(scene.bea.program))
    }
    const { frames } = await scene.during('a flood of bad messages', () =>
      dan.ask<{ frames: number }>('badMessages', {
        address: scene.beaAddress,
        seconds: 3,
        perSecond: 1000,
        folder: scene.others.get('dan')?.folder,
      }),
    )
    console.log(frames)
    const refused = await scene.end()
    console.log(
      Object.entries(Object.groupBy(refused, ({ from, code }) => `${from} ${code}`)).map(
        ([k, v]) => `${k} ${v?.length}`,
      ),
    )
    expect(refused.length).toBeLessThan(300)
  },
)
