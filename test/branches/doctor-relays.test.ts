import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openIdentity, peerIdOf } from '@branchline/core'
import { layBranches } from './bed.ts'
import { canLayBranches } from './can-lay-branches.ts'
import { doctorOn, joins } from './doctor-on.ts'
import type { Line } from './say.ts'
import { hireAll, Relay, Staff } from './staff.ts'
import { Library, listed } from '../support/library.ts'
import { testFolder } from '../support/test-folder.ts'

const can = await canLayBranches()

test.skipIf(!can)(
  'of each relay the doctor says what is wrong: down, gone, of others, limited, or none at all',
  async () => {
    const folder = await testFolder()
    await using bed = await layBranches({
      branches: { north: ['ann', 'bea', 'stock', 'foreign'] },
      relays: { post: ['north'] },
      folder,
    })
    const [ann, bea] = await hireAll(['ann', 'bea'], folder)
    await joins(ann, folder)
    const post = await Relay.build('post', folder)
    const postAt = post.addressIn(bed, 'north')
    await Promise.all([post.start(bed), bea.start(bed, {})])
    const stockKey = join(folder, 'stock.key')
    const stock = bed.host('stock').run<Line>('stock-relay.ts', stockKey, '4001')
    const foreignKey = join(folder, 'foreign.key')
    const foreignRoster = join(folder, 'foreign.roster')
    await writeFile(foreignRoster, await new Library().roster([await listed('Zoe', join(folder, 'zoe'))]))
    const foreign = bed.host('foreign').run<Line>(
      'relay.ts',
      JSON.stringify({
        identityFile: foreignKey,
        rosterFile: foreignRoster,
        listen: ['/ip4/0.0.0.0/tcp/4001'],
        lan: false,
      }),
    )
    await Promise.all([stock.until('ready'), foreign.until('ready')])
    const peerOf = async (key: string): Promise<string> => peerIdOf(await openIdentity(key))
    const nobody = await peerOf(join(folder, 'nobody.key'))
    const beaAt = bea.program.all('ready')[0]?.addresses[0] as string
    const at = {
      serves: postAt,
      limited: `/ip4/${bed.host('stock').address()}/tcp/4001/p2p/${await peerOf(stockKey)}`,
      turnsAway: `/ip4/${bed.host('foreign').address()}/tcp/4001/p2p/${await peerOf(foreignKey)}`,
      closed: `/ip4/${bed.host('bea').address()}/tcp/4002/p2p/${nobody}`,
      none: beaAt,
    }
    const args = Object.values(at).flatMap((address) => ['--relay', address])
    const examined = await doctorOn(bed.host('ann'), ann.folder, ...args, '--relay', 'rubbish')
    const codeOf = (address: string): string | undefined =>
      examined.findings.find(({ check, measured }) => check === 'relays' && address.endsWith(String(measured['peer'])))
        ?.code
    expect(Object.fromEntries(Object.entries(at).map(([name, address]) => [name, codeOf(address)]))).toEqual({
      serves: 'RELAY_SERVES',
      limited: 'RELAY_LIMITED',
      turnsAway: 'RELAY_TURNS_AWAY',
      closed: 'RELAY_CLOSED',
      none: 'RELAY_NONE_THERE',
    })
    expect(examined.found('RELAY_LIMITED').measured).toMatchObject({ limitSeconds: 120, limitBytes: 131_072 })
    expect(examined.found('RELAY_SERVES').measured).not.toHaveProperty('limitBytes')
    expect(examined.found('RELAY_ADDRESS_BAD').subject).toBe('rubbish')
    expect(examined.exitCode).toBe(7)

    // Where the relay was is another; and where nothing is, nothing answers.
    const another = postAt.replace(post.peer, await peerOf(join(folder, 'another.key')))
    const gone = `/ip4/10.1.0.99/tcp/4001/p2p/${nobody}`
    const later = await doctorOn(bed.host('ann'), ann.folder, '--relay', another, '--relay', gone)
    expect(later.codes('relays')).toEqual(['RELAY_SILENT', 'RELAY_ANOTHER'])
    expect(later.report.tookMs).toBeLessThan(10_000)
  },
)

test.skipIf(!can)('a clock that is wrong is found, with its error; whose it is, from three on', async () => {
  const folder = await testFolder()
  const names = ['bea', 'cy', 'dan'] as const
  await using bed = await layBranches({ branches: { north: ['ann', ...names] }, folder })
  const [ann, bea, cy, dan] = await hireAll(['ann', ...names], folder)
  await joins(ann, folder)
  const rosterFile = join(ann.folder, 'library.roster')
  const startAhead = async (who: Staff, aheadMs: number) => {
    const program = bed.host(who.name).run<Line>('wrong-clock.ts', who.folder, rosterFile, String(aheadMs))
    await program.until('ready')
    return program
  }
  const wrong = await startAhead(bea, 90_000)
  const two = await doctorOn(bed.host('ann'), ann.folder)
  expect(two.codes('clock')).toEqual(['CLOCK_WRONG'])
  const { measured, says } = two.found('CLOCK_WRONG')
  const { behindMs, errorMs } = measured as { behindMs: number; errorMs: number }
  expect(Math.abs(behindMs - 90_000)).toBeLessThanOrEqual(errorMs + 1)
  expect(says).toContain('cannot be told from so few')
  await Promise.all([cy.start(bed, {}), dan.start(bed, {})])
  const four = await doctorOn(bed.host('ann'), ann.folder)
  expect(four.codes('clock')).toEqual(['CLOCK_RIGHT', 'CLOCK_OF_PEER_OFF'])
  expect(four.found('CLOCK_OF_PEER_OFF').subject).toBe('bea')
  await wrong.kill()
  await startAhead(bea, -4_000)
  await Promise.all([cy.program.kill(), dan.program.kill()])
  const slow = await doctorOn(bed.host('ann'), ann.folder)
  expect(slow.codes('clock')).toEqual(['CLOCK_OFF'])
  expect(slow.codes('colleagues')).toContain('COLLEAGUE_REACHED')
})
