import { deepEqual, ok, rejects } from 'node:assert/strict'
import { appendBatches, assertAllThere, assertNothingThere, batchOf, entriesOf } from './batches.ts'
import type { CaseDraft } from './bench.ts'
import type { AppendFault } from './harness.ts'

/** More than is left over in the last block of a disk that is full. */
const PAYLOAD_BYTES = 300_000

/** What may be there when the place is opened again, in batches; and the code that the driver must throw, if any. */
const OUTCOMES: Readonly<Record<Exclude<AppendFault, 'hang'>, { after: readonly number[]; code?: string }>> = {
  rejected: { after: [0] },
  'rejected-but-kept': { after: [1] },
  'io-error': { after: [0, 1] },
  'no-space': { after: [0, 1], code: 'AUDIT_STORE_FULL' },
}

/** The driver's own part; what the log makes of it is in log-fault-cases.ts. */
export const FAULT_CASES: readonly CaseDraft[] = (
  ['rejected', 'rejected-but-kept', 'io-error', 'no-space'] as const
).map((fault) => ({
  name: `an append that fails (${fault}) rejects, and leaves all of the batch or nothing of it`,
  needs: [`fault: ${fault}`],
  async run(bench) {
    const { after, code } = OUTCOMES[fault]
    let store = await bench.open()
    const kept = await appendBatches(store, [1, 3])
    const mend = await bench.failNextAppend(store, fault)
    const batch = batchOf(4, [{ payloads: [PAYLOAD_BYTES] }, {}], { messages: new Map([['ab'.repeat(32), 4]]) })
    await rejects(store.append(batch), code === undefined ? Error : { code })
    await mend()
    store = await bench.reopen(store)
    const found = ((await entriesOf(store)).length - kept.length) / batch.entries.length
    ok(after.includes(found), `${found} of the batch was there, not ${after.join(' or ')}`)
    await (found === 1 ? assertAllThere : assertNothingThere)(store, kept, batch)
    const next = batchOf(found === 1 ? 6 : 4, [{}])
    await store.append(next)
    deepEqual(await store.head(), next.head)
  },
}))
