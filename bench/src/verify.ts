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
/** Of the log whose memory is held against that of the last one. */
const MORE = 10

export const verify: Benchmark = {
  about: 'verifying a log against a pure SHA-256 chain over the same bytes in memory, in fresh processes',
  run: async (rounds) => {
    const rows: Row[] = []
    for (const setting of SETTINGS) rows.push(...(await inTemporaryFolder((place) => rates(place, setting, rounds))))
    const last = SETTINGS.at(-1) as Setting
    rows.push(...(await inTemporaryFolder((place) => memory(place, last, rounds))))
    return rows
  },
}

async function rates(place: string, { callers, records }: Setting, rounds: number): Promise<Row[]> {
  const log = await writeLog(place, records, callers)
  const results = await counted(rounds, async () => ({
    log: await inFreshProcess('log', log.folder),
    chain: await inFreshProcess('chain', records, log.recordBytes),
  }))
  const rate = ({ seconds }: VerifyTimes): number => records / seconds
  return [
    {
      what: `verify ${nameOf({ callers, records })}`,
      rival: 'a pure SHA-256 chain in memory',
      unit: '/s',
      measured: measured(results.map(({ log, chain }) => ({ ours: rate(log), rival: rate(chain) }))),
      goal: { better: 'more', must: 0.15, want: 0.28 },
    },
    {
      what: 'its peak memory',
      rival: 'the pure chain',
      unit: 'MiB',
      measured: measured(results.map(({ log, chain }) => ({ ours: mebibytes(log), rival: mebibytes(chain) }))),
      goal: { better: 'less', want: 1.5 },
    },
  ]
}

async function memory(place: string, { callers, records }: Setting, rounds: number): Promise<Row[]> {
  const large = await writeLog(join(place, 'large'), MORE * records, callers)
  const small = await writeLog(join(place, 'small'), records, callers)
  const results = await counted(rounds, async () => ({
    ours: mebibytes(await inFreshProcess('log', large.folder)),
    rival: mebibytes(await inFreshProcess('log', small.folder)),
  }))
  return [
    {
      what: `peak memory, ${nameOf({ callers, records: MORE * records })}`,
      rival: `verifying ${MORE} times fewer records`,
      unit: 'MiB',
      measured: measured(results),
      // "Flat", with room for what the garbage collector has not got round to.
      goal: { better: 'less', must: 1.25 },
    },
  ]
}

const nameOf = ({ callers, records }: Setting): string =>
  `${records / 1_000} k records of ${callers === 1 ? 'one caller' : `${callers} callers`}`
const mebibytes = ({ peakBytes }: VerifyTimes): number => peakBytes / 2 ** 20

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
