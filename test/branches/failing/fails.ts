/* A test that fails with a relay on its bed, for bed.test.ts, which looks at what is left. */
import { expect, test } from 'vitest'
import { layBranches } from '../bed.ts'
import { Relay } from '../staff.ts'
import { testFolder } from '../../support/test-folder.ts'

test('the work on a bed fails', async () => {
  const folder = await testFolder()
  await using bed = await layBranches({ branches: { north: ['ann'] }, relays: { post: ['north'] }, folder })
  const relay = await Relay.build('post', folder)
  await relay.start(bed)
  expect(await relay.reservations()).toBe('something else')
})
