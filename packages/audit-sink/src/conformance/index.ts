import { Bench, type CaseDraft } from './bench.ts'
import { BYTES_CASES } from './bytes-cases.ts'
import { ERASING_CASES } from './erasing-cases.ts'
import { FAULT_CASES } from './fault-cases.ts'
import { type ConformanceCase, type ConformanceHarness, missingHooks } from './harness.ts'
import { HEAD_NOTE_CASES } from './head-note-cases.ts'
import { INDEX_CASES } from './index-cases.ts'
import { LOG_CASES } from './log-cases.ts'
import { LOG_FAULT_CASES } from './log-fault-cases.ts'
import { READING_CASES } from './reading-cases.ts'
import { REOPENING_CASES } from './reopening-cases.ts'

export type { AppendFault, ConformanceCase, ConformanceHarness, Hook, Mend } from './harness.ts'
export { simulatedFaults } from './simulated-faults.ts'

/** First what a driver must do by itself, the simplest first; then what the log makes of it. */
const CASES: readonly CaseDraft[] = [
  ...BYTES_CASES,
  ...READING_CASES,
  ...ERASING_CASES,
  ...INDEX_CASES,
  ...HEAD_NOTE_CASES,
  ...REOPENING_CASES,
  ...FAULT_CASES,
  ...LOG_CASES,
  ...LOG_FAULT_CASES,
]

/**
 * The cases that an `AuditStore` must pass before it may carry a record (the contract is in store.ts; what the log
 * builds on it in spec/audit-log.md sections 7 to 9). They know no test runner:
 * `for (const each of conformanceCases(harness)) test(each.name, () => each.run())`.
 * @returns in an order in which the first that fails says most
 */
export function conformanceCases(harness: ConformanceHarness): ConformanceCase[] {
  return CASES.map((draft) => {
    const { name, needs = [] } = draft
    const skipped = missingHooks(harness, needs)
    const run =
      skipped === undefined ? () => runOn(harness, draft) : async () => console.warn(`skipped: ${name}: ${skipped}`)
    return { name, needs, skipped, run }
  })
}

async function runOn(harness: ConformanceHarness, draft: CaseDraft): Promise<void> {
  await using bench = new Bench(harness)
  await draft.run(bench)
}
