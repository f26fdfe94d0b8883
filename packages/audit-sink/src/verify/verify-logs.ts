import type { AbortOptions } from '../sink.ts'
import { isContinuation } from '../record/continuation.ts'
import type { StoredEntry } from '../store.ts'
import { parseHeadNote, withoutPadding } from '../tlog/head-note.ts'
import { bearsSignature, parseCheckpoint } from '../tlog/checkpoint.ts'
import { TreeEdge } from '../tlog/tree.ts'
import type { Claim } from './claims.ts'
import { type OtherCopy, partingOf, standingAmong } from './copies.ts'
import { type Genesis, genesisOf } from './genesis-check.ts'
import { type JoinReport, joinIndexes, LogIndex } from './join-logs.ts'
import { KeyHistory } from './key-history.ts'
import { type ReadEntry, readEntry } from './read-entry.ts'
import { gravestOf, type Verdict, type VerifyReport } from './report.ts'
import { type Accusation, Testimonies } from './testimony.ts'
import { type LogSource, verifyAgainst, type VerifyOptions } from './verify-log.ts'

export interface NamedLog {
  readonly source: LogSource
  /** Where it lies, in words. */
  readonly name: string
}

export interface VerifyLogsOptions
  extends AbortOptions,
    Pick<VerifyOptions, 'checkpoints' | 'witnesses' | 'directors' | 'onProgress'> {
  /** Origins of which there must be a log. */
  readonly expected?: readonly string[] | undefined
}

export interface LogsReport {
  /** The gravest of all, INCOMPLETE at least when a message or a log is proved to be missing. */
  readonly verdict: Verdict
  /** In the order of the logs given. */
  readonly logs: readonly VerifyReport[]
  readonly join: JoinReport
  /** Expected origins of which no log was given. */
  readonly missingLogs: readonly string[]
  /** Origins of checkpoints that were given, of which there is no log to compare them with. */
  readonly strayCheckpoints: readonly string[]
}

interface KnownLog extends NamedLog {
  readonly genesis: Genesis | undefined
  readonly index: LogIndex
  readonly keys: KeyHistory
  /** Those that stand in it, against itself. */
  readonly accusations: Accusation[]
}

/**
 * Verifies each log as `verifyLog` does, and against what the others hold of it: checkpoints in `seen`, evidence of two
 * histories, other copies of it; then joins all on message ID (spec/audit-log.md section 10). Each log is read twice;
 * one hash a record is held in memory, and each checkpoint that was seen.
 * @throws as `verifyLog`
 */
export async function verifyLogs(logs: readonly NamedLog[], options: VerifyLogsOptions = {}): Promise<LogsReport> {
  const { signal, checkpoints = [], directors = [], expected = [], onProgress } = options
  const origins = checkpoints.map((bytes) => parseCheckpoint(withoutPadding(bytes)).origin)
  const known: KnownLog[] = []
  for (const log of logs) {
    const genesis = await readGenesis(log.source)
    const keys = new KeyHistory(genesis?.key && genesis.vkey, directors)
    known.push({ ...log, genesis, index: new LogIndex(), keys, accusations: [] })
  }
  const atHand = new Set(known.flatMap(({ genesis }) => (genesis === undefined ? [] : [genesis.origin])))
  const testimonies = new Testimonies(new Set(known.flatMap(({ genesis }) => genesis?.key?.name ?? [])))
  for (const log of known) await fillIndex(log, testimonies, options)
  testimonies.weigh(keysByOrigin(known))
  const witnesses = [...(options.witnesses ?? []), ...usableKeys(known)]
  const reports: VerifyReport[] = []
  for (const log of known) {
    const copies = copiesOf(log, known)
    const about = testimonies.about(log.genesis?.origin, log.keys, copies)
    const claims = [...about.claims, ...(await claimsOfCopies(log, copies))]
    const own = checkpoints.filter((_, n) => origins[n] === log.genesis?.origin)
    const each = { signal, checkpoints: own, witnesses, directors, onProgress }
    const accusations = [...about.accusations, ...log.accusations]
    reports.push(await verifyAgainst(log.source, each, { ...about, claims, accusations }))
  }
  const join = joinIndexes(known.map(({ index }) => index))
  const missingLogs = expected.filter((origin) => !atHand.has(origin))
  const isMissing = [join.provedMissingAtReceiver, join.provedMissingAtSender, missingLogs].some(
    ({ length }) => length > 0,
  )
  const verdicts = [...reports.map(({ verdict }) => verdict), ...(isMissing ? (['INCOMPLETE'] as const) : [])]
  const strayCheckpoints = origins.filter((origin) => !atHand.has(origin))
  return { verdict: gravestOf(verdicts), logs: reports, join, missingLogs, strayCheckpoints }
}

/** Read to its end: a source that is left in the middle may still have something to say. */
async function readGenesis(source: LogSource): Promise<Genesis | undefined> {
  let genesis: Genesis | undefined
  try {
    for await (const piece of source.read({ from: 0, to: 1 })) {
      const [first] = piece
      if (first?.seq === 0) genesis = genesisOf(readEntry(first))
    }
  } catch {
    // Whoever verifies the log will say so.
  }
  return genesis
}

async function fillIndex(log: KnownLog, testimonies: Testimonies, options: VerifyLogsOptions): Promise<void> {
  const { accusations } = log
  const holder = { name: log.genesis?.origin ?? log.name, accusations }
  let records = 0
  try {
    for await (const piece of log.source.read()) {
      options.signal?.throwIfAborted()
      for (const stored of piece) {
        const entry = readEntry(stored)
        addStatement(log, entry, stored)
        log.index.add(entry, stored)
        testimonies.add(holder, entry, stored)
      }
      options.onProgress?.((records += piece.length))
    }
  } catch {
    options.signal?.throwIfAborted()
    // Whoever verifies the log will say where it cannot be read.
  }
}

/** Whether records before it are as they were is for whoever verifies the log to say. */
function addStatement({ keys, index }: KnownLog, { seq, record }: ReadEntry, { line }: StoredEntry): void {
  if (record === undefined || record.seq !== seq || !isContinuation(record)) return
  const before = new TreeEdge()
  for (const leaf of index.leaves) before.append(leaf)
  keys.add({ record, line, root: before.size === seq ? before.root() : undefined })
}

function keysByOrigin(known: readonly KnownLog[]): Map<string, KeyHistory[]> {
  const byOrigin = new Map<string, KeyHistory[]>()
  for (const { genesis, keys } of known) {
    keys.settle()
    if (genesis !== undefined) byOrigin.set(genesis.origin, [...(byOrigin.get(genesis.origin) ?? []), keys])
  }
  return byOrigin
}

/** A witness's key may have changed since, and the time of a cosignature does not prove under which it was made. */
function usableKeys(known: readonly KnownLog[]): string[] {
  return known.flatMap(({ keys }) => keys.all)
}

interface KnownCopy extends OtherCopy {
  readonly log: KnownLog
}

function copiesOf(log: KnownLog, known: readonly KnownLog[]): KnownCopy[] {
  const origin = log.genesis?.origin
  const others = known.filter((other) => other !== log && origin !== undefined && other.genesis?.origin === origin)
  return others.map((other) => ({ log: other, keys: other.keys, partsAt: partingOf(log.index, other.index) }))
}

/** What the head note of another copy says must hold in this one. */
async function claimsOfCopies({ genesis, keys }: KnownLog, copies: readonly KnownCopy[]): Promise<Claim[]> {
  const claims: Claim[] = []
  for (const copy of genesis?.key === undefined ? [] : copies) {
    const { source, name } = copy.log
    const note = await source.headNote?.().catch(() => undefined)
    if (note === undefined) continue
    try {
      const checkpoint = parseHeadNote(note)
      const { origin, size, root } = checkpoint
      const standing = standingAmong(keys, [copy], size, (key) => bearsSignature(checkpoint, key))
      if (origin !== genesis?.origin || standing === undefined || standing.by === 'unbelieved') continue
      const { recovery, by } = standing
      const heldBy = `the head note of the copy in ${name}`
      claims.push({ size, root, heldBy, isSigned: () => true, partsAt: copy.partsAt, recovery, isLost: by === 'lost' })
    } catch {
      // A note that cannot be relied on proves nothing about another copy; it is a finding of its own log.
    }
  }
  return claims
}
