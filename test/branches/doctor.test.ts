import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { layBranches } from './bed.ts'
import { canLayBranches } from './can-lay-branches.ts'
import { doctorOn, joins } from './doctor-on.ts'
import type { Line } from './say.ts'
import { hireAll, Relay } from './staff.ts'
import { Library, listed } from '../support/library.ts'
import { testFolder } from '../support/test-folder.ts'

const can = await canLayBranches()

test.skipIf(!can)(
  'on a healthy network the doctor proves what works on each interface, and finds no fault',
  async () => {
    const folder = await testFolder()
    await using bed = await layBranches({
      branches: { north: ['bea'], south: ['cy'] },
      relays: { ann: ['north', 'south'], post: ['north', 'south'] },
      folder,
    })
    const [ann, bea, cy] = await hireAll(['ann', 'bea', 'cy'], folder)
    const relay = await Relay.build('post', folder)
    await joins(ann, folder)
    await Promise.all([relay.start(bed), bea.start(bed, {}), cy.start(bed, {})])
    const examined = await doctorOn(bed.host('ann'), ann.folder, '--relay', relay.addressIn(bed, 'north'))
    const { codes, found, report, findings } = examined
    expect(codes('network')).toEqual(['LAN_PROVEN', 'LAN_PROVEN'])
    expect(findings.filter(({ check }) => check === 'network').map(({ subject }) => subject)).toEqual(['eth0', 'eth1'])
    expect(found('LAN_PROVEN').measured).toMatchObject({ peersSeen: 1, wasAnswered: true })
    expect(codes('colleagues')).toEqual(['COLLEAGUE_REACHED', 'COLLEAGUE_REACHED'])
    expect(codes('relays')).toEqual(['RELAY_SERVES'])
    expect(codes('clock')).toEqual(['CLOCK_RIGHT'])
    expect(found('CLOCK_RIGHT').measured).toMatchObject({ compared: 3 })
    expect(report.faults).toBe(0)
    expect(examined.exitCode).toBe(0)
    expect(report.tookMs).toBeLessThan(10_000)
    console.log(`on a healthy network the doctor took ${report.tookMs} ms`)
    // Nobody noticed: it is no member that comes and goes.
    expect([bea, cy].flatMap(({ program }) => program.all('here')).filter(({ peer }) => peer === ann.peer)).toEqual([])
    await Promise.all([bea, cy].map((each) => each.close()))
    await relay.close()
  },
)

test.skipIf(!can)(
  'a colleague whose roster does not have us says so by hanging up, and that is understood',
  async () => {
    const folder = await testFolder()
    await using bed = await layBranches({ branches: { north: ['ann', 'bea'] }, folder })
    const [ann, bea] = await hireAll(['ann', 'bea'], folder)
    await joins(ann, folder)
    const rosterFile = join(folder, 'without-ann.roster')
    await writeFile(rosterFile, await new Library().roster([await listed('bea', bea.folder)]))
    const program = bed.host('bea').run<Line>('member.ts', JSON.stringify({ folder: bea.folder, rosterFile }))
    await program.until('ready')
    const examined = await doctorOn(bed.host('ann'), ann.folder)
    expect(examined.codes('network')).toEqual(['LAN_PROVEN'])
    expect(examined.codes('colleagues')).toEqual(['COLLEAGUE_TURNS_AWAY'])
    expect(examined.codes('clock')).toEqual(['CLOCK_UNKNOWN'])
    expect(examined.exitCode).toBe(7)
  },
)
