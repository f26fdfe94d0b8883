import { isElsewhere, isInMemory } from './disk.ts'
import type { DiskFacts } from './facts.ts'
import { type Finding, finding, roundMs } from './finding.ts'

/** A message waits for two flushes; a person notices a tenth of a second. */
const SLOW_MS = 50
const STALLS_MS = 1_000
const MIB = 1_048_576
/** A start needs up to 4 MiB. */
const FULL_BYTES = 16 * MIB
const NEARLY_FULL_BYTES = 256 * MIB

/** @param folder - that was measured */
export function judgeDisk(folder: string, facts: DiskFacts): Finding[] {
  return [...judgeFlushes(folder, facts), ...judgeRoom(folder, facts), ...judgeKind(folder, facts)]
}

function judgeFlushes(subject: string, { flushesMs, error }: DiskFacts): Finding[] {
  const sorted = flushesMs.toSorted((a, b) => a - b)
  const medianMs = roundMs(sorted[Math.floor(sorted.length / 2)] ?? 0)
  const worstMs = roundMs(sorted.at(-1) ?? 0)
  const about = { subject, measured: { flushes: sorted.length, medianMs, worstMs, error } }
  if (error === 'ETIMEDOUT') {
    const says = 'A flush was not done in the time that there was.'
    return [finding('DISK_STALLS', { ...about, says, todo: SLOW_TODO })]
  }
  if (error !== undefined) {
    return [
      finding('DISK_FAILS', {
        ...about,
        says: `Nothing can be written there (${error}), so nothing can be recorded or sent.`,
        todo: 'Look at permissions, room and health of the disk.',
      }),
    ]
  }
  const says = `A flush takes ${medianMs} ms, the worst of ${sorted.length} took ${worstMs} ms.`
  if (worstMs > STALLS_MS || medianMs > STALLS_MS) return [finding('DISK_STALLS', { ...about, says, todo: SLOW_TODO })]
  if (medianMs > SLOW_MS) return [finding('DISK_SLOW', { ...about, says, todo: SLOW_TODO })]
  return [finding('DISK_FAST', { ...about, says })]
}

const SLOW_TODO =
  'Every message waits for it. Keep the profile on a local SSD, see what else writes to this disk, and look at its health (SMART).'

function judgeRoom(subject: string, { freeBytes }: DiskFacts): Finding[] {
  if (freeBytes === undefined) return []
  const about = { subject, measured: { freeBytes }, says: `${Math.floor(freeBytes / MIB)} MiB are free.` }
  const todo = 'Make room: when the disk is full, nothing is recorded, and so nothing is sent.'
  if (freeBytes < FULL_BYTES) return [finding('DISK_FULL', { ...about, todo })]
  if (freeBytes < NEARLY_FULL_BYTES) return [finding('DISK_NEARLY_FULL', { ...about, todo })]
  return [finding('DISK_HAS_ROOM', about)]
}

function judgeKind(subject: string, { fileSystem }: DiskFacts): Finding[] {
  const about = { subject, measured: { fileSystem } }
  if (isInMemory(fileSystem)) {
    return [
      finding('DISK_FORGETS', {
        ...about,
        says: `The profile is in memory (${fileSystem}): when the machine goes off, the record is gone, however often it was flushed.`,
        todo: 'Keep the profile on a disk: --profile FOLDER.',
      }),
    ]
  }
  if (isElsewhere(fileSystem)) {
    return [
      finding('DISK_ELSEWHERE', {
        ...about,
        says: `The profile is on another machine’s disk (${fileSystem}); whether a flush there survives loss of power is for that machine to say, and two machines may open it at once.`,
        todo: 'Keep the profile on a local disk: --profile FOLDER.',
      }),
    ]
  }
  return []
}
