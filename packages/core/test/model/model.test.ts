import fc from 'fast-check'
import { expect, test } from 'vitest'
import { tryAll } from './property.ts'

const {
  BRANCHLINE_TRIAL,
  BRANCHLINE_MODEL_RUNS,
  BRANCHLINE_MODEL_SEED: seed,
  BRANCHLINE_MODEL_PATH: path,
  BRANCHLINE_MODEL_REPLAY: replayPath,
} = process.env
const isTrial = BRANCHLINE_TRIAL === 'full'
const RUNS = Number(BRANCHLINE_MODEL_RUNS ?? (isTrial ? 2_000 : 60))
const TEST_MS = isTrial ? 3_600_000 : 120_000
/** So that what failed is told of, however long it takes to find a simpler way to fail. */
const LIMIT_MS = TEST_MS / 2

test(
  'no message is lost, doubled, shown before its record or out of order, and all agree on every request',
  async () => {
    const began = performance.now()
    const { tally, details } = await tryAll({
      runs: RUNS,
      seed: seed === undefined ? undefined : Number(seed),
      path,
      replayPath,
      limitMs: LIMIT_MS,
    })
    const seconds = (performance.now() - began) / 1_000
    console.log(`model (seed ${details.seed}):`, { ...tally, seconds })
    const again = `BRANCHLINE_MODEL_SEED=${details.seed} BRANCHLINE_MODEL_PATH=${details.counterexamplePath}`
    const how = `\n${again} BRANCHLINE_MODEL_REPLAY=<replayPath> tries it again\n${String(details.errorInstance)}`
    expect(details.failed, `${fc.defaultReportMessage(details)}${how}`).toBe(false)
    expect(tally.runs, 'worlds that were tried before the time was over').toBeGreaterThanOrEqual(RUNS)
  },
  TEST_MS,
)
