import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { appendMany, bytesOf, openLog } from './log.ts'
import { counted, measured } from './measure.ts'
import { inTemporaryFolder } from './place.ts'
import type { Benchmark, Row } from './row.ts'
import type { VerifyTimes } from './verify-process.ts'

interface Setting {
  readonly callers: number
  readonly records: number
}

/**
 * One caller makes one batch of each record, the costliest log to read. It has fewer records because each waits for a
 * flush when it is written.
 */
const SETTINGS: readonly Setting[] = [
  { callers: 1, records: 50_000 },
  { callers: 100, records: 200_000 },
]
const FEWER = 10

export const verify: Benchmark = {
  about: 'verifying a log against a pure SHA-256 chain over the same bytes in memory, in fresh processes',
  run: async (rounds) => {
    const rows: Row[] = []
    for (const setting of SETTINGS)
      rows.push(...(await inTemporaryFolder((place) => measureAt(place, setting, rounds))))
    return rows
  },
}

async function measureAt(place: string, { callers, records }: Setting, rounds: number): Promise<Row[]> {
  const large = await writeLog(join(place, 'large'), records, callers)
  const small = await writeLog(join(place, 'small'), records / FEWER, callers)
  const results = await counted(rounds, async () => ({
    log: await inFreshProcess('log', large.folder),
    chain: await inFreshProcess('chain', records, large.recordBytes),
    small: await inFreshProcess('log', small.folder),
  }))
  const name = `${records / 1_000} k records of ${callers === 1 ? 'one caller' : `${callers} callers`}`
  const rate = ({ seconds }: VerifyTimes): number => records / seconds
  const peak = ({ peakBytes }: VerifyTimes): number => peakBytes / 2 ** 20
  return [
    {
      what: `verify ${name}`,
      rival: 'a pure SHA-256 chain in memory',
      unit: '/s',
      measured: measured(results.map(({ log, chain }) => ({ ours: rate(log), rival: rate(chain) }))),
      goal: { better: 'more', must: 0.15, want: 0.28 },
    },
    {
      what: 'its peak memory',
      rival: `verifying ${FEWER} times fewer records`,
      unit: 'MiB',
      measured: measured(results.map(({ log, small }) => ({ ours: peak(log), rival: peak(small) }))),
      // "Flat", with room for what the garbage collector has not got round to.
      goal: { better: 'less', must: 1.25 },
    },
    {
      what: 'its peak memory',
      rival: 'the pure chain',
      unit: 'MiB',
      measured: measured(results.map(({ log, chain }) => ({ ours: peak(log), rival: peak(chain) }))),
      goal: { better: 'less', want: 1.5 },
    },
  ]
}

/** @returns the store's folder, and the bytes of one record with its salt and text */
async function writeLog(
  place: string,
  records: number,
  callers: number,
): Promise<{ readonly folder: string; readonly recordBytes: number }> {
  const bench = await openLog(place)
  await appendMany(bench, records - 2, callers)
  const recordBytes = bytesOf(await bench.append())
  await bench.log.close()
  return { folder: bench.folder, recordBytes }
}

async function inFreshProcess(...args: (string | number)[]): Promise<VerifyTimes> {
  const script = join(import.meta.dirname, 'verify-process.ts')
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...args.map(String)])
  return JSON.parse(stdout) as VerifyTimes
}
