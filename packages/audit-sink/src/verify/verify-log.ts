import { reasonOf } from '../errors.ts'
import type { AbortOptions } from '../sink.ts'
import type { EntryRange, Head, StoredEntry } from '../store.ts'
import { ChainCheck } from './chain-check.ts'
import type { Claim } from './claims.ts'
import { type ReadEntry, readEntry } from './read-entry.ts'
import type { Finding, Remark, VerifyReport } from './report.ts'
import { Findings } from './findings.ts'
import { checkGenesis, type Genesis, genesisOf } from './genesis-check.ts'
import { notProven } from './not-proven.ts'
import { PayloadCheck } from './payload-check.ts'
import { RepeatCheck } from './repeat-check.ts'
import { SignedCheck } from './signed-check.ts'

/** Where a log's bytes come from: a store, an export, a running messenger. Nothing that it says is trusted. */
export interface LogSource {
  read(range?: EntryRange): AsyncIterable<readonly StoredEntry[]>
  head(): Promise<Head | undefined>
  /** The signed checkpoint that is kept beside the log; absent for a source that cannot have one. */
  headNote?(): Promise<Uint8Array | undefined>
}

export interface VerifyOptions extends AbortOptions {
  /** The log must name this origin. */
  readonly origin?: string | undefined
  /** The log must have been begun with this key: the verifier key of its log key. */
  readonly key?: string | undefined
  /** Signed notes of checkpoints that were kept elsewhere: on paper, by a colleague, in an export. */
  readonly checkpoints?: readonly Uint8Array[] | undefined
  /** Verifier keys of witnesses, as such or as log keys: their cosignatures count. */
  readonly witnesses?: readonly string[] | undefined
  /** Verifier keys of the directors whose recoveries are believed. */
  readonly directors?: readonly string[] | undefined
  /** Called now and then with the number of records read. */
  readonly onProgress?: ((records: number) => void) | undefined
}

/**
 * Checks a log as spec/audit-log.md section 10 says: every hash is computed again, every payload that is there is
 * opened, and the tree is held against every signed checkpoint that is known. Reads only; memory does not grow with the
 * log. Bad logs give findings, never an exception.
 * @throws what `options.signal` aborts with; AuditError NOTE_MALFORMED, CHECKPOINT_MALFORMED, KEY_UNREADABLE for what
 *   is given in `options`
 */
export async function verifyLog(source: LogSource, options: VerifyOptions = {}): Promise<VerifyReport> {
  return verifyAgainst(source, options, { claims: [], accusations: [] })
}

/** What other logs tell about one. */
export interface Testimony {
  readonly claims: readonly Claim[]
  readonly accusations: readonly Omit<Finding, 'verdict'>[]
  readonly remark?: Omit<Remark, 'seq'>
}

export async function verifyAgainst(
  source: LogSource,
  options: VerifyOptions,
  { claims, accusations, remark }: Testimony,
): Promise<VerifyReport> {
  const findings = new Findings()
  for (const { code, seq, text } of accusations) findings.add(code, seq, text)
  if (remark !== undefined) findings.remark(remark.code, 0, remark.text)
  const chain = new ChainCheck(findings)
  const signed = new SignedCheck(findings, options, claims)
  const payloads = new PayloadCheck(findings, (seq, bytes) => signed.addCosignature(seq, bytes))
  const repeats = new RepeatCheck(findings)
  let first: ReadEntry | undefined
  let genesis: Genesis | undefined
  let last: ReadEntry | undefined
  let records = 0
  let head: Head | undefined
  let isWhole = true
  try {
    // The note before the head, and the head before the records: a log that goes on growing is then never behind them.
    signed.headNote = await source.headNote?.()
    head = await source.head()
    for await (const piece of source.read()) {
      options.signal?.throwIfAborted()
      for (const stored of piece) {
        const entry = readEntry(stored)
        if (records === 0) {
          first = entry
          genesis = genesisOf(entry)
          checkGenesis(entry, genesis, options, findings)
          signed.begin(genesis)
        }
        chain.add(entry)
        signed.add(entry, stored)
        payloads.add(entry, stored)
        repeats.add(entry)
        last = entry
        records += 1
      }
      options.onProgress?.(records)
    }
  } catch (thrown) {
    options.signal?.throwIfAborted()
    isWhole = false
    findings.add('LOG_UNREADABLE', records, `The log cannot be read from record ${records} on: ${reasonOf(thrown)}.`)
  }
  if (isWhole) chain.finish(head, signed.largestHeld)
  else chain.breakOff()
  const { unknownDirectors, ...proven } = signed.finish(
    isWhole ? chain.sizeBy(head) : Number.POSITIVE_INFINITY,
    source.headNote !== undefined,
  )
  payloads.finish()
  const repeatsOpenFrom = await repeats.finish(source, (last?.seq ?? -1) + 1, options.signal)
  return {
    origin: genesis?.origin,
    verdict: findings.verdict,
    findings: findings.sorted(),
    findingCount: findings.count,
    remarks: findings.remarks,
    records,
    payloadsOpened: payloads.opened,
    payloadsErased: payloads.erased,
    ...proven,
    leaf: last?.leaf,
    from: first?.record?.time,
    to: last?.record?.time,
    notProven: notProven({ ...proven, unknownDirectors, repeatsOpenFrom }),
  }
}
