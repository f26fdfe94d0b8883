import { expect, test } from 'vitest'
import { layBranches } from './bed.ts'
import { canLayBranches } from './can-lay-branches.ts'
import { doctorOn, joins } from './doctor-on.ts'
import type { Line } from './say.ts'
import { hireAll } from './staff.ts'
import { testFolder } from '../support/test-folder.ts'

const can = await canLayBranches()

/** Ann, who asks the doctor, and Bea, who talks; somewhere between them something is wrong. */
async function annAndBea(more: readonly string[] = []) {
  const folder = await testFolder()
  const bed = await layBranches({ branches: { north: ['ann', 'bea', ...more] }, folder })
  const [ann, bea] = await hireAll(['ann', 'bea'], folder)
  await joins(ann, folder)
  await bea.start(bed, {})
  const beaAt = bea.program.all('ready')[0]?.addresses[0] as string
  const host = bed.host('ann')
  const examine = (...args: string[]) => doctorOn(host, ann.folder, ...args)
  return { bed, host, examine, beaAt, folder, [Symbol.asyncDispose]: () => bed[Symbol.asyncDispose]() }
}

test.skipIf(!can)('multicast that a switch drops is told from nobody being there, once somebody is known', async () => {
  await using town = await annAndBea()
  const { host, examine, beaAt } = town
  await host.setPort('mcast_flood', 'off')
  const alone = await examine()
  expect(alone.codes('network')).toEqual(['LAN_SILENT'])
  expect(alone.found('LAN_SILENT').measured).toMatchObject({ heardOurselves: true, packetsOfOthers: 0 })
  expect(alone.found('LAN_SILENT').says).toContain('proves its own side alone')
  expect(alone.exitCode).toBe(0)
  const known = await examine('--peer', beaAt)
  expect(known.codes('network')).toEqual(['LAN_DROPPED'])
  expect(known.codes('colleagues')).toEqual(['COLLEAGUE_REACHED'])
  expect(known.exitCode).toBe(7)
})

test.skipIf(!can)(
  'an access point that keeps its clients apart is guessed, whether it passes multicast or not',
  async () => {
    await using town = await annAndBea()
    const { bed, host, examine, beaAt } = town
    // Multicast is for all, and everything else is kept back: nobody's hardware address is known or asked for in vain.
    for (const name of ['ann', 'bea']) await bed.host(name).setPort('flood', 'off', 'learning', 'off')
    await host.forgetNeighbours()
    const heard = await examine()
    expect(heard.codes('network')).toEqual(['LAN_PROVEN'])
    expect(heard.codes('colleagues')).toEqual(['COLLEAGUE_SILENT', 'CLIENTS_ISOLATED'])
    expect(heard.found('CLIENTS_ISOLATED')).toMatchObject({
      subject: 'eth0',
      todo: expect.stringContaining('AP isolation'),
    })
    for (const name of ['ann', 'bea']) await bed.host(name).setPort('isolated', 'on')
    const silent = await examine('--peer', beaAt)
    expect(silent.codes('network')).toEqual(['LAN_CUT_OFF'])
    expect(silent.codes('colleagues')).toEqual(['COLLEAGUE_SILENT'])
    expect(silent.exitCode).toBe(7)
  },
)

test.skipIf(!can)(
  'each interface is judged by itself: a VPN that is dead, a cable that is out, multicast that is off',
  async () => {
    await using town = await annAndBea()
    const { host, examine } = town
    await host.addDeadVpn('tun0', '10.8.0.2')
    const withVpn = await examine()
    expect(withVpn.found('LAN_PROVEN').subject).toBe('eth0')
    expect(withVpn.found('VPN_SILENT').subject).toBe('tun0')
    expect(withVpn.exitCode).toBe(0)
    await host.linkDown()
    expect((await examine()).found('LAN_NO_CABLE').subject).toBe('eth0')
    await host.linkUp()
    // The flag alone proves nothing: some drivers pass on multicast all the same.
    await host.does('ip', 'link', 'set', 'dev', 'eth0', 'multicast', 'off')
    expect((await examine()).found('LAN_PROVEN').subject).toBe('eth0')
    await host.setPort('mcast_flood', 'off')
    const off = await examine()
    expect(off.found('LAN_MULTICAST_OFF').todo).toContain('ip link set dev eth0 multicast on')
    expect(off.exitCode).toBe(7)
  },
)

test.skipIf(!can)('what is heard of others and what is answered are two things', async () => {
  await using town = await annAndBea(['printer'])
  const { bed, host, examine } = town
  const printer = bed.host('printer')
  // What Ann says does not arrive at Bea.
  await bed.host('bea').setPort('mcast_flood', 'off')
  const murmurs = printer.run<Line>('printer.ts', printer.address(), 'murmurs')
  await murmurs.until('ready')
  expect((await examine()).codes('network')).toEqual(['LAN_ONE_WAY'])
  await murmurs.kill()
  const answers = printer.run<Line>('printer.ts', printer.address(), 'answers')
  await answers.until('ready')
  await host.setPort('mcast_flood', 'off')
  expect((await examine()).codes('network')).toEqual(['LAN_UNICAST_ONLY'])
})
