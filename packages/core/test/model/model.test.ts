import fc from 'fast-check'
import { expect, test } from 'vitest'
import { tryAll } from './property.ts'

const isTrial = process.env['BRANCHLINE_TRIAL'] === 'full'
const RUNS = Number(process.env['BRANCHLINE_MODEL_RUNS'] ?? (isTrial ? 2_000 : 60))
const { BRANCHLINE_MODEL_SEED: seed, BRANCHLINE_MODEL_PATH: path, BRANCHLINE_MODEL_REPLAY: replayPath } = process.env

test(
  'no message is lost, doubled, shown before its record or out of order, and all agree on every request',
  async () => {
    const began = process.hrtime.bigint()
    const { tally, details } = await tryAll({
      runs: RUNS,
      seed: seed === undefined ? undefined : Number(seed),
      path,
      replayPath,
    })
    const seconds = Number(process.hrtime.bigint() - began) / 1e9
    console.log(`model (seed ${details.seed}):`, { ...tally, seconds })
    expect(details.failed, `${fc.defaultReportMessage(details)}\n${String(details.errorInstance)}`).toBe(false)
  },
  isTrial ? 3_600_000 : 120_000,
)
