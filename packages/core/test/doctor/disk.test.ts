import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { type DiskSystem, lookAtDisk } from '../../src/doctor/disk.ts'
import type { DiskFacts } from '../../src/doctor/facts.ts'
import { judgeDisk } from '../../src/doctor/judge-disk.ts'

const MIB = 1_048_576
const never = new AbortController().signal
const codes = (facts: DiskFacts): string[] => judgeDisk('/profile', facts).map(({ code }) => code)
const flushes = (ms: number): number[] => Array.from({ length: 20 }, () => ms)

test('a real disk is measured, and nothing is left behind', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'branchline-unit-'))
  const { flushesMs, freeBytes, error } = await lookAtDisk(folder, never)
  expect(error).toBeUndefined()
  expect(flushesMs.length).toBeGreaterThan(0)
  expect(flushesMs.every((ms) => ms > 0)).toBe(true)
  expect(freeBytes).toBeGreaterThan(0)
  expect(await readdir(folder)).toEqual([])
  await rm(folder, { recursive: true })
})

test('a folder that is not there, or cannot be written, is a finding and no error', async () => {
  const facts = await lookAtDisk(join(tmpdir(), 'branchline-unit-is-not-there'), never)
  expect(facts).toEqual({ flushesMs: [], error: 'ENOENT' })
  expect(codes(facts)).toEqual(['DISK_FAILS'])
})

test('a disk that is slow is measured for two seconds and no longer, and its probe removed', async () => {
  let isRemoved = false
  const slow: DiskSystem = {
    statfs: async () => ({ type: 0xef53n, bavail: 1_024n, bsize: 4_096n }),
    openProbe: async () => ({
      flush: () => pause(700),
      remove: async () => {
        isRemoved = true
      },
    }),
  }
  const facts = await lookAtDisk('/profile', never, slow)
  expect(facts.flushesMs).toHaveLength(3)
  expect(facts.freeBytes).toBe(4 * MIB)
  expect(isRemoved).toBe(true)
  expect(codes(facts)).toEqual(['DISK_SLOW', 'DISK_FULL'])
})

test('what is abandoned is removed, too', async () => {
  const ending = new AbortController()
  let removed = 0
  const system: DiskSystem = {
    statfs: async () => ({ type: 0n, bavail: 1n, bsize: 1n }),
    openProbe: async () => ({
      flush: async () => ending.abort(new Error('enough')),
      remove: async () => {
        removed++
      },
    }),
  }
  await expect(lookAtDisk('/profile', ending.signal, system)).rejects.toThrow('enough')
  expect(removed).toBe(1)
})

test.each([
  ['fast', { flushesMs: flushes(3), freeBytes: 1_000 * MIB }, ['DISK_FAST', 'DISK_HAS_ROOM']],
  ['just fast enough', { flushesMs: flushes(50) }, ['DISK_FAST']],
  ['slow', { flushesMs: flushes(51) }, ['DISK_SLOW']],
  ['fast, but for one', { flushesMs: [...flushes(3), 1_001] }, ['DISK_STALLS']],
  ['hanging', { flushesMs: [], error: 'ETIMEDOUT' }, ['DISK_STALLS']],
  ['read-only', { flushesMs: [], error: 'EROFS' }, ['DISK_FAILS']],
  ['nearly full', { flushesMs: flushes(1), freeBytes: 255 * MIB }, ['DISK_FAST', 'DISK_NEARLY_FULL']],
  ['full', { flushesMs: [1], freeBytes: 15 * MIB, error: 'ENOSPC' }, ['DISK_FAILS', 'DISK_FULL']],
  ['in memory', { flushesMs: flushes(0.1), fileSystem: 'tmpfs' }, ['DISK_FAST', 'DISK_FORGETS']],
  ['elsewhere', { flushesMs: flushes(5), fileSystem: 'nfs' }, ['DISK_FAST', 'DISK_ELSEWHERE']],
])('a disk that is %s', (_, facts, expected) => {
  expect(codes(facts)).toEqual(expected)
})

test.skipIf(process.platform !== 'linux').each([
  [0x01021994n, 'tmpfs'],
  [0x6969n, 'nfs'],
  [BigInt.asIntN(32, 0xff534d42n), 'cifs'],
  [0xef53n, undefined],
])('a file system of type %s is %s', async (type, fileSystem) => {
  const system: DiskSystem = {
    statfs: async () => ({ type, bavail: 1n, bsize: 1n }),
    openProbe: async () => ({ flush: async () => undefined, remove: async () => undefined }),
  }
  expect((await lookAtDisk('/profile', never, system)).fileSystem).toBe(fileSystem)
})
