import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Said } from '../support/program.ts'
import { layBranches } from './bed.ts'
import { canLayBranches } from './can-lay-branches.ts'
import type { DatagramsInit } from './hostile-say.ts'
import { useOf } from './hostile-scene.ts'
import { expectUnaffected, Talk } from './hostile-talk.ts'
import { hireAll } from './staff.ts'
import { testFolder } from '../support/test-folder.ts'
import { FULL } from '../support/trial.ts'

const can = await canLayBranches()
const SECONDS = FULL ? 20 : 2
const FLOOD_A_SECOND = 1_000
const LIES_A_SECOND = 200
const LYING_SECONDS = 120
const RETURNS = FULL ? 5 : 2
const BACK_MS = 10_000
const MORE_MIB = 100

interface Done extends Said {
  readonly event: 'ready' | 'caught' | 'done'
}

test.skipIf(!can)(
  'whoever floods a branch with mDNS, or says there that they are somebody else, keeps nobody apart',
  async () => {
    const folder = await testFolder()
    await using bed = await layBranches({ branches: { north: ['ann', 'bea', 'eve'] }, folder })
    const [ann, bea] = await hireAll(['ann', 'bea'], folder)
    const service = `test-${process.pid}`
    const lie = (init: Pick<DatagramsInit, 'peers' | 'perSecond' | 'seconds'>) => {
      const all: DatagramsInit = { ...init, service: `_${service}._udp.local`, address: bed.host('eve').address() }
      return bed.host('eve').run<Done>('hostile-datagrams.ts', JSON.stringify(all))
    }
    await ann.start(bed, {})
    const crowding = lie({ peers: [], perSecond: FLOOD_A_SECOND, seconds: 60 })
    await crowding.until('ready')
    await pause(1_000)
    await bea.start(bed, {})
    await ann.getsThroughTo(bea)
    const foundMs = Date.now() - (bea.program.all('ready')[0]?.at ?? 0)
    console.log(`amid people who are nowhere a colleague was found ${foundMs} ms after their start`)
    expect(foundMs).toBeLessThan(BACK_MS)
    await crowding.kill()
    const talk = new Talk([ann, bea])
    const quietFrom = Date.now()
    await pause(2_000)
    const before = talk.latency(quietFrom)
    const use = await useOf(bea.program)
    const floodedFrom = Date.now()
    await lie({ peers: [], perSecond: FLOOD_A_SECOND, seconds: SECONDS }).until('done')
    expectUnaffected(`${FLOOD_A_SECOND} mDNS packets a second`, before, talk.latency(floodedFrom))
    const after = await useOf(bea.program)
    console.log(
      `${after.cpuMs - use.cpuMs} ms of CPU in ${SECONDS} s, the talk included; MiB ${use.rssMiB} ${after.rssMiB}`,
    )
    expect(after.rssMiB).toBeLessThan(use.rssMiB + MORE_MIB)

    const lying = lie({ peers: [ann.peer, bea.peer], perSecond: LIES_A_SECOND, seconds: LYING_SECONDS })
    await lying.until('ready')
    const liedFrom = Date.now()
    await pause(2_000)
    expectUnaffected('lies about who is where', before, talk.latency(liedFrom))
    await talk.end()
    const backMs: number[] = []
    for (let n = 0; n < RETURNS; n++) {
      const from = Date.now()
      await bea.close()
      const gone = await ann.misses(bea, from)
      await bea.start(bed, {})
      const readyAt = bea.program.all('ready')[0]?.at ?? 0
      await ann.getsThroughTo(bea)
      backMs.push(Date.now() - readyAt)
      await ann.sees(bea, gone)
    }
    console.log(`amid lies a colleague was back ${backMs.join(', ')} ms after their start`)
    expect(Math.max(...backMs)).toBeLessThan(BACK_MS)
    console.log(`${lying.all('caught').length} times somebody went where the lies said`)
    expect(lying.all('done')).toEqual([])
    await lying.kill()
    await Promise.all([ann.close(), bea.close()])
    expect(bea.program.all('error')).toEqual([])
    expect(ann.shownFrom(bea).length).toBeGreaterThan(0)
  },
)
