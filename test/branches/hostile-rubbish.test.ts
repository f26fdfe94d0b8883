import { expect, test } from 'vitest'
import { canLayBranches } from './can-lay-branches.ts'
import { RUBBISH } from './hostile-rubbish.ts'
import { type Refused, Scene, useOf } from './hostile-scene.ts'
import type { Staff } from './staff.ts'
import { FULL } from '../support/trial.ts'

const can = await canLayBranches()
/** All that there is to send, and a stream without end. */
const KINDS = Object.keys(RUBBISH).length + 1
const MORE_MIB = 150
const FLOOD = { perSecond: 1_000, seconds: FULL ? 20 : 2 }
/** "256, and one a minute after that", and one when the session ends (spec/wire.md section 4). */
const RECORDS = 256 + 1 + (FULL ? 2 : 1)

test.skipIf(!can)(
  'a member who sends rubbish on every protocol is refused, and honest people do not notice',
  async () => {
    await using scene = await Scene.set({ others: ['dan', 'fay'] })
    const dan = await scene.traitor('dan')
    for (const [who, address, program] of [
      ['bea', scene.beaAddress, scene.bea.program],
      ['the relay', scene.relayAddress, scene.relay.program],
    ] as const) {
      const protocols = await dan.ask<string[]>('protocols', { address })
      const before = await useOf(program)
      const told = await scene.during(`rubbish for ${who}`, () =>
        dan.ask<Record<string, { opened: number; ended: number }>>('rubbish', { address, protocols }),
      )
      const after = await useOf(program)
      console.log(`${who}: MiB ${before.rssMiB} ${after.rssMiB}; ended were ${JSON.stringify(told)}`)
      expect(Object.keys(told).toSorted()).toEqual(protocols.toSorted())
      for (const [protocol, { opened, ended }] of Object.entries(told)) {
        expect(opened, `streams of ${protocol}`).toBe(KINDS)
        // A ping is answered with what it brought: to it nothing of a whole number of pings is rubbish.
        if (protocol !== '/ipfs/ping/1.0.0') expect(ended, `ended streams of ${protocol}`).toBeGreaterThan(KINDS / 2)
      }
      expect(after.rssMiB).toBeLessThan(before.rssMiB + MORE_MIB)
    }
    const fay = await scene.traitor('fay')
    const { folder } = scene.others.get('fay') as Staff
    const { frames } = await scene.during('messages that are none', () =>
      fay.ask<{ frames: number }>('badMessages', { address: scene.beaAddress, folder, ...FLOOD }),
    )
    expect(frames).toBeGreaterThan(RECORDS * 2)
    const refused = await scene.end()
    const codesOf = (from: string): string[] => [...new Set(refused.filter(isFrom(from)).map(({ code }) => code))]
    expect(codesOf(dan.peer)).toEqual(expect.arrayContaining(['LOG_UNKNOWN', 'ROSTER_MALFORMED', 'FRAME_MALFORMED']))
    expect(codesOf(fay.peer)).toEqual(['MESSAGE_MALFORMED', 'REFUSED_TOO_OFTEN'])
    const ofFay = refused.filter(isFrom(fay.peer))
    console.log(`${frames} bad messages left ${ofFay.length} records: ${JSON.stringify(ofFay.at(-1))}`)
    expect(ofFay.length).toBeLessThanOrEqual(RECORDS)
    expect(ofFay.at(-1)?.unrecorded).toBeGreaterThan(0)
  },
)

function isFrom(peer: string): (refused: Refused) => boolean {
  return ({ from }) => from === peer
}
