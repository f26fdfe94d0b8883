import { reasonOf } from '../errors.ts'
import { genesisPrev } from '../hash.ts'
import type { AbortOptions } from '../sink.ts'
import type { EntryRange, Head, StoredEntry } from '../store.ts'
import { ChainCheck } from './chain-check.ts'
import { PayloadCheck } from './payload-check.ts'
import { Findings, NOT_PROVEN, type VerifyReport } from './report.ts'
import { type ReadEntry, readEntry } from './read-entry.ts'

/** Where a log's bytes come from: a store, an export, a running messenger. Nothing that it says is trusted. */
export interface LogSource {
  read(range?: EntryRange): AsyncIterable<readonly StoredEntry[]>
  head(): Promise<Head | undefined>
}

export interface VerifyOptions extends AbortOptions {
  /** The log must name this origin. */
  readonly origin?: string | undefined
  /** Called now and then with the number of records read. */
  readonly onProgress?: ((records: number) => void) | undefined
}

/**
 * Checks a log as spec/audit-log.md section 8 says: every hash is computed again, every payload that is there is
 * opened. Reads only; memory does not grow with the log. Bad logs give findings, never an exception.
 * @throws only what `options.signal` aborts with
 */
export async function verifyLog(source: LogSource, options: VerifyOptions = {}): Promise<VerifyReport> {
  const findings = new Findings()
  const chain = new ChainCheck(findings)
  const payloads = new PayloadCheck(findings)
  let first: ReadEntry | undefined
  let last: ReadEntry | undefined
  let records = 0
  let head: Head | undefined
  try {
    head = await source.head()
    for await (const piece of source.read()) {
      options.signal?.throwIfAborted()
      for (const stored of piece) {
        const entry = readEntry(stored)
        if (records === 0) {
          first = entry
          checkGenesis(entry, options.origin, findings)
        }
        chain.add(entry)
        payloads.add(entry, stored)
        last = entry
        records += 1
      }
      options.onProgress?.(records)
    }
  } catch (thrown) {
    options.signal?.throwIfAborted()
    findings.add('LOG_UNREADABLE', records, `The log cannot be read from record ${records} on: ${reasonOf(thrown)}.`)
  }
  chain.finish(head)
  payloads.finish()
  return {
    origin: originOf(first),
    verdict: findings.verdict,
    findings: findings.sorted(),
    findingCount: findings.count,
    records,
    payloadsOpened: payloads.opened,
    payloadsErased: payloads.erased,
    leaf: last?.leaf,
    from: first?.record?.time,
    to: last?.record?.time,
    notProven: NOT_PROVEN,
  }
}

function originOf(first: ReadEntry | undefined): string | undefined {
  return first?.record?.kind === 'genesis' ? (first.record.detail?.['origin'] as string) : undefined
}

function checkGenesis({ seq, record }: ReadEntry, expected: string | undefined, findings: Findings): void {
  if (seq !== 0 || record === undefined) return
  const { kind, prev, detail } = record
  const origin = String(detail?.['origin'])
  if (kind !== 'genesis' || prev !== genesisPrev(origin)) {
    findings.add(
      'GENESIS_WRONG',
      0,
      'Record 0 does not begin a log: its origin and its first hash do not belong together.',
    )
  } else if (expected !== undefined && origin !== expected) {
    findings.add('GENESIS_WRONG', 0, `This is the log of ${origin}, not of ${expected}.`)
  }
}
