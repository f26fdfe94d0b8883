import { expect, test } from 'vitest'
import { lockHolder } from '../src/doctor/lock.ts'

const LOCKS = [
  '1: POSIX  ADVISORY  WRITE 4711 fe:00:1234 0 EOF',
  '2: FLOCK  ADVISORY  WRITE 4712 fe:00:12345 0 EOF',
  '3: POSIX  ADVISORY  READ  4713 fe:00:777 0 EOF',
].join('\n')

const holder = (inode: number): Promise<number | undefined> =>
  lockHolder('/profile/log', { readLocks: async () => LOCKS, inodeOf: async () => inode })

test('who holds a lock is looked up by its inode, and never by taking it', async () => {
  expect([await holder(1234), await holder(12_345)]).toEqual([4711, 4712])
  expect([await holder(123), await holder(777)]).toEqual([undefined, undefined])
})

test('a system that lists no locks, and a log without one, tell nothing', async () => {
  const none = async (): Promise<never> => Promise.reject(new Error('ENOENT'))
  expect(await lockHolder('/profile/log', { readLocks: none, inodeOf: async () => 1234 })).toBeUndefined()
  expect(await lockHolder('/profile/log', { readLocks: async () => LOCKS, inodeOf: none })).toBeUndefined()
})
