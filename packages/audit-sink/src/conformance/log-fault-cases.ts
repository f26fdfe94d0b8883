import { equal, rejects } from 'node:assert/strict'
import type { StoredEntry } from '../store.ts'
import { entriesOf } from './batches.ts'
import type { Bench, CaseDraft } from './bench.ts'
import type { AppendFault } from './harness.ts'
import { appendTexts, assertLogHolds, openLog, textEntry } from './logs.ts'

/** Of a store that hangs; a healthy one must open and append within it. */
const PATIENCE_MS = 1_000
const TEXT_BYTES = 300_000

const CODES: Readonly<Record<AppendFault, string>> = {
  rejected: 'AUDIT_STORE_FAILED',
  'rejected-but-kept': 'AUDIT_STORE_FAILED',
  'io-error': 'AUDIT_STORE_FAILED',
  'no-space': 'AUDIT_STORE_FULL',
  hang: 'AUDIT_TIMEOUT',
}

const PROMISES: Readonly<Record<AppendFault, string>> = {
  rejected: 'a log whose append failed (rejected) stops, and goes on after it was opened again',
  'rejected-but-kept': 'a batch that was kept although its append failed is part of the log that is opened again',
  'io-error': 'a log whose append failed (io-error) stops, and goes on after it was opened again',
  'no-space': 'a log whose store is full says AUDIT_STORE_FULL, stops, and goes on when there is room',
  hang: 'a log whose store hangs says AUDIT_TIMEOUT, stops, and goes on after it was opened again',
}

async function runFault(bench: Bench, fault: AppendFault): Promise<void> {
  const store = await bench.open()
  const log = await openLog(store, PATIENCE_MS)
  const acknowledged: StoredEntry[] = await appendTexts(log, 5)
  const mend = await bench.failNextAppend(store, fault)
  const failed = log.append([textEntry('x'.repeat(TEXT_BYTES)), textEntry('its neighbour')])
  await rejects(failed, { code: CODES[fault] })
  await rejects(log.append([textEntry('too late')]), { code: 'AUDIT_FAILED' })
  await mend()
  const reopened = await bench.reopen(store)
  const found = await entriesOf(reopened)
  if (fault === 'rejected') equal(found.length, 6, 'records of a batch that was refused')
  if (fault === 'rejected-but-kept') equal(found.length, 8, 'records with a batch that was kept')
  const again = await openLog(reopened)
  // It says of what it found that nobody was told of it.
  const told = fault === 'rejected-but-kept' ? 1 : 0
  if (fault === 'rejected' || told === 1)
    equal((await again.head()).size, found.length + told, 'records it goes on from')
  const { size } = await again.head()
  const said = (await entriesOf(reopened)).slice(found.length)
  const [receipt] = await again.append([textEntry('after the fault')])
  equal(receipt?.seq, size, 'the seq after the fault: each is used once')
  await assertLogHolds(reopened, [
    ...acknowledged,
    ...found.slice(6),
    ...said,
    ...(receipt === undefined ? [] : [receipt]),
  ])
}

export const LOG_FAULT_CASES: readonly CaseDraft[] = (
  ['rejected', 'rejected-but-kept', 'io-error', 'no-space', 'hang'] as const
).map((fault) => ({ name: PROMISES[fault], needs: [`fault: ${fault}`], run: (bench) => runFault(bench, fault) }))
