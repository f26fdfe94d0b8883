import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { appendMany, bytesOf, openLog } from './log.ts'
import { interleaved, secondsOf } from './measure.ts'
import { inTemporaryFolder } from './place.ts'
import type { Benchmark, Goal, Row } from './row.ts'

/** Enough for most of a second a round on a disk that flushes in 0.2 ms. */
const SETTINGS: readonly Setting[] = [
  { callers: 1, entries: 2_000, goal: { better: 'more', must: 0.6, want: 0.9 } },
  { callers: 100, entries: 40_000, goal: { better: 'more', must: 0.3, want: 0.45 } },
]

interface Setting {
  readonly callers: number
  readonly entries: number
  readonly goal: Goal
}

export const append: Benchmark = {
  about: 'durable chained append against raw append + fdatasync of the same bytes',
  run: async (rounds) => {
    const rows: Row[] = []
    for (const setting of SETTINGS) rows.push(await inTemporaryFolder((place) => measureAt(place, setting, rounds)))
    return rows
  },
}

async function measureAt(place: string, { callers, entries, goal }: Setting, rounds: number): Promise<Row> {
  const ours = await openLog(place)
  const group = Buffer.alloc(callers * bytesOf(await ours.append()), 'raw')
  const file = await open(join(place, 'raw'), 'a')
  try {
    const measured = await interleaved(
      rounds,
      async () => entries / (await secondsOf(() => appendMany(ours, entries, callers))),
      async () => entries / (await secondsOf(() => rawAppends(file, group, entries / callers))),
    )
    const who = callers === 1 ? 'one caller' : `${callers} callers`
    const rival = callers === 1 ? 'raw append + fdatasync' : `raw append + fdatasync in groups of ${callers}`
    return { what: `durable append, ${who}`, rival, unit: '/s', measured, goal }
  } finally {
    await file.close()
    await ours.log.close()
  }
}

async function rawAppends(file: Awaited<ReturnType<typeof open>>, group: Buffer, times: number): Promise<void> {
  for (let n = 0; n < times; n++) {
    await file.write(group)
    await file.datasync()
  }
}
