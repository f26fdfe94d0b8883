import { expect, test } from 'vitest'
import { layBranches } from './bed.ts'
import { canLayBranches } from './can-lay-branches.ts'
import { doctorOn, joins } from './doctor-on.ts'
import { hireAll, Relay } from './staff.ts'
import { testFolder } from '../support/test-folder.ts'

const can = await canLayBranches()

test.skipIf(!can)('on a healthy network the doctor proves what works, and finds no fault', async () => {
  const folder = await testFolder()
  await using bed = await layBranches({ branches: { north: ['ann', 'bea'] }, relays: { post: ['north'] }, folder })
  const [ann, bea] = await hireAll(['ann', 'bea'], folder)
  const relay = await Relay.build('post', folder)
  await joins(ann, folder)
  await relay.start(bed)
  await bea.start(bed, {})
  const examined = await doctorOn(bed.host('ann'), ann.folder, '--relay', relay.addressIn(bed, 'north'))
  const { codes, found, report } = examined
  expect(codes('network')).toEqual(['LAN_PROVEN'])
  expect(codes('colleagues')).toEqual(['COLLEAGUE_REACHED'])
  expect(codes('relays')).toEqual(['RELAY_SERVES'])
  expect(codes('clock')).toEqual(['CLOCK_RIGHT'])
  expect(found('CLOCK_RIGHT').measured).toMatchObject({ compared: 2 })
  expect(report.faults).toBe(0)
  expect(examined.exitCode).toBe(0)
  expect(report.tookMs).toBeLessThan(10_000)
  // Nobody noticed: it is no member that comes and goes.
  expect(bea.program.all('here')).toEqual([])
  await bea.close()
  await relay.close()
})
