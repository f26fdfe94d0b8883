import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { verifyLog } from '@branchline/audit-sink'
import { describe, expect, test } from 'vitest'
import { canariesIn, evidenceOf, ofKind } from '../record-before-send/evidence.ts'
import { openProfile, TemporaryFolder } from '../record-before-send/profile.ts'
import { FULL } from '../support/trial.ts'

const STEPS = [
  'before the batch',
  'while the batch is written',
  'after the batch',
  'before reading back',
  'before a tile is read back',
  'before the signature',
  'after the signature',
  'before the head note',
  'after the head note',
  'before the caller is told',
] as const
/** Which time the step is come to; a tile is complete every 256 records. */
const TIMES = [1, 2, 3, 40] as const
const RANDOM_KILLS = FULL ? 500 : 12
const LONGEST_MS = 120
const TIMEOUT_MS = 900_000

interface Run {
  readonly tried: ReadonlySet<string>
  /** Leaf hash of each append that was acknowledged. */
  readonly kept: readonly string[]
}

/** @param killAfterMs - after it has opened the log; without it the process kills itself at its step */
async function append(folder: string, step = '', time = 0, killAfterMs?: number): Promise<Run> {
  const file = join(import.meta.dirname, 'appender.ts')
  const child = spawn(process.execPath, [file, folder, step, String(time)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = once(child, 'close')
  const tried = new Set<string>()
  const kept: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    const [word, first = '', leaf = ''] = line.split(' ')
    if (word === 'open' && killAfterMs !== undefined) setTimeout(() => child.kill('SIGKILL'), killAfterMs)
    if (word === 'trying') tried.add(first)
    if (word === 'kept') kept.push(leaf)
  }
  await closed
  expect(child.signalCode).toBe('SIGKILL')
  return { tried, kept }
}

interface Told {
  readonly from: number
  readonly to: number
}

/** Opens the log as the next start would, and holds it against everything that was ever said of it. */
async function check(folder: string, runs: readonly Run[]): Promise<{ records: number; told: Told | undefined }> {
  const { store, audit } = await openProfile(folder)
  try {
    expect(await verifyLog(store)).toMatchObject({ verdict: 'INTACT', findings: [] })
    const evidence = await evidenceOf(store)
    const lost = runs.flatMap(({ kept }) => kept.filter((leaf) => !evidence.has(leaf)))
    expect(lost, 'acknowledged and lost').toEqual([])
    const inLog = ofKind(evidence, 'sent').flatMap(({ payloads }) =>
      payloads.flatMap(({ payload }) => canariesIn(payload)),
    )
    const invented = inLog.filter((canary) => !runs.some(({ tried }) => tried.has(canary)))
    expect(invented, 'invented').toEqual([])
    expect(new Set(inLog).size, 'each once').toBe(inLog.length)
    const detail = ofKind(evidence, 'recovery').at(-1)?.record.detail
    const told = detail && { from: Number(detail['found-from']), to: Number(detail['found-to']) }
    return { records: evidence.size, told }
  } finally {
    await audit.close()
  }
}

describe('a process that ends at any step of an append', () => {
  test.each(STEPS)(
    '%s: loses nothing that was acknowledged, invents nothing, and says what was found',
    async (step) => {
      await using folder = await TemporaryFolder.make()
      await (await openProfile(folder.path)).audit.close()
      const runs: Run[] = []
      let told = 0
      for (const time of TIMES) {
        const before = await check(folder.path, runs)
        runs.push(await append(folder.path, step, time))
        const after = await check(folder.path, runs)
        if (after.told !== undefined && after.told.from >= before.records) told += 1
      }
      // Between the batch and the head note lies all that nobody was told of.
      const isBetween = ['after the batch', 'before reading back', 'before the head note'].includes(step)
      if (isBetween) expect(told).toBeGreaterThan(0)
      if (['before the batch', 'after the head note', 'before the caller is told'].includes(step)) expect(told).toBe(0)
    },
    TIMEOUT_MS,
  )

  test(
    `and at any moment, ${RANDOM_KILLS} times: the same`,
    async () => {
      await using folder = await TemporaryFolder.make()
      const runs: Run[] = []
      let told = 0
      for (let kill = 0; kill < RANDOM_KILLS; kill++) {
        runs.push(await append(folder.path, '', 0, Math.random() * LONGEST_MS))
        if (kill % 10 === 9 || kill < 10) if ((await check(folder.path, runs)).told !== undefined) told += 1
      }
      const { records } = await check(folder.path, runs)
      const kept = runs.reduce((sum, run) => sum + run.kept.length, 0)
      console.log(
        `killed ${RANDOM_KILLS} times while appending: ${kept} acknowledged, ${records} records, ${told} times told of more`,
      )
      expect(kept).toBeGreaterThan(RANDOM_KILLS)
    },
    TIMEOUT_MS,
  )
})
