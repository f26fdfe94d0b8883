import type { ReadEntry } from './read-entry.ts'
import type { StoredEntry } from '../store.ts'
import type { SeenCheckpoint } from '../record/record.ts'
import { isSignedBy, parseCheckpoint } from '../tlog/checkpoint.ts'
import { type Evidence, parseEvidence, provesEquivocation } from '../tlog/evidence.ts'
import type { VerifierKey } from '../tlog/note.ts'
import type { Claim } from './claims.ts'
import { type OtherCopy, standingAmong } from './copies.ts'
import { MAX_FINDINGS } from './findings.ts'
import type { KeyHistory, Standing } from './key-history.ts'
import type { Finding, Remark } from './report.ts'
import type { Testimony } from './verify-log.ts'

export type Accusation = Omit<Finding, 'verdict'>

/** A log that is read, which may be one of several copies. */
export interface Holder {
  /** Its origin, or where it lies, in words. */
  readonly name: string
  /** What stands in it against itself, and not in its other copies. */
  readonly accusations: Accusation[]
}

/** A checkpoint of a log at hand that another log holds. */
interface Seen {
  readonly holder: Holder
  readonly seq: number
  readonly time: number
  readonly checkpoint: SeenCheckpoint
  /** Undefined until all logs have been read, and so the keys of each are known. */
  standing?: Standing | undefined
}

interface LogTestimony {
  seen: Seen[]
  readonly evidence: { readonly holder: string; readonly seq: number; readonly evidence: Evidence }[]
  readonly accusations: Accusation[]
  /** Checkpoints of it that others hold and its key did not sign. */
  unsigned: number
}

/** What logs tell about each other, gathered while they are read. */
export class Testimonies {
  readonly #origins: ReadonlySet<string>
  readonly #byOrigin = new Map<string, LogTestimony>()

  /** @param origins - of the logs at hand whose first key is known */
  constructor(origins: ReadonlySet<string>) {
    this.#origins = origins
  }

  /**
   * Finds out who signed what is held, once all logs have been read.
   * @param keys - of each origin those of every copy at hand
   */
  weigh(keys: ReadonlyMap<string, readonly KeyHistory[]>): void {
    for (const [origin, testimony] of this.#byOrigin) {
      const known = keys.get(origin) ?? []
      for (const seen of testimony.seen) {
        seen.standing = standingOf(seen.checkpoint, known)
        if (seen.standing === undefined) this.#accuseHolder(origin, seen)
      }
      testimony.seen = testimony.seen.filter(({ standing }) => standing !== undefined)
      for (const each of testimony.evidence) this.#accuseBy(origin, each, known)
    }
  }

  /**
   * @param own - keys of the copy in question
   * @param others - at hand of the same log
   */
  about(origin: string | undefined, own: KeyHistory, others: readonly OtherCopy[]): Testimony {
    if (origin === undefined) return { claims: [], accusations: [] }
    const { seen, accusations, unsigned } = this.#of(origin)
    const claims = seen.flatMap((each) => claimsOf(each, own, others))
    const isOtherKey = unsigned > 0 && claims.length === 0
    return { claims, accusations, ...(isOtherKey && { remark: otherKey(unsigned) }) }
  }

  #of(origin: string): LogTestimony {
    const known = this.#byOrigin.get(origin) ?? { seen: [], evidence: [], accusations: [], unsigned: 0 }
    this.#byOrigin.set(origin, known)
    return known
  }

  add(holder: Holder, { seq, record }: ReadEntry, { payloads }: StoredEntry): void {
    if (record === undefined) return
    for (const seen of record.seen ?? []) this.#addSeen(holder, { seq, time: record.time }, seen)
    const evidence = record.kind === 'refused' ? payloads.find(({ label }) => label === 'evidence') : undefined
    if (evidence !== undefined) this.#addEvidence(holder.name, seq, evidence.bytes)
  }

  #addSeen(
    holder: Holder,
    { seq, time }: { readonly seq: number; readonly time: number },
    checkpoint: SeenCheckpoint,
  ): void {
    const [origin] = checkpoint
    if (!this.#origins.has(origin) || origin === holder.name) return
    this.#of(origin).seen.push({ holder, seq, time, checkpoint })
  }

  #accuseHolder(origin: string, { holder, seq }: Seen): void {
    this.#of(origin).unsigned += 1
    const text = `Record ${seq} holds a checkpoint of ${origin} that was not signed by the key which that log names for its size.`
    accuse(holder.accusations, { code: 'SEEN_UNSIGNED', seq, text })
  }

  #addEvidence(holder: string, seq: number, bytes: Uint8Array): void {
    const evidence = readEvidence(bytes)
    if (evidence === undefined) return
    const { origin } = parseCheckpoint(Buffer.from(evidence.held))
    if (!this.#origins.has(origin)) return
    const known = this.#of(origin).evidence
    if (known.filter((each) => each.holder === holder).length < MAX_FINDINGS) known.push({ holder, seq, evidence })
  }

  /** Evidence stands for itself: two checkpoints under one key (spec/audit-log.md section 7). */
  #accuseBy(
    origin: string,
    { holder, seq, evidence }: LogTestimony['evidence'][number],
    keys: readonly KeyHistory[],
  ): void {
    const vkey = keys.flatMap(({ all }) => all).find((each) => provesEquivocation(evidence, each))
    if (vkey === undefined) return
    const sizes = [evidence.held, evidence.shown].map((note) => parseCheckpoint(Buffer.from(note)).size)
    const smaller = Math.min(...sizes)
    // What a director's recovery gave up and what came after it, under the one key that was kept.
    const recovery = keys.map((each) => each.recoveryUnder(vkey, smaller)).find((each) => each !== undefined)
    if (recovery === undefined) {
      const text = `Record ${seq} of ${holder} proves that two histories of this log were signed, which part before record ${sizes[0]}.`
      accuse(this.#of(origin).accusations, { code: 'LOG_FORKED', seq: 0, text })
    } else {
      const text = `Record ${seq} of ${holder} holds a checkpoint of ${Math.max(...sizes)} records that the log gave up when a director let it go on from record ${recovery}.`
      accuse(this.#of(origin).accusations, { code: 'RECORDS_LOST', seq: recovery, text })
    }
  }
}

function accuse(accusations: Accusation[], accusation: Accusation): void {
  if (accusations.length < MAX_FINDINGS) accusations.push(accusation)
}

/** What a checkpoint says of one copy of its log. */
function claimsOf(seen: Seen, own: KeyHistory, others: readonly OtherCopy[]): Claim[] {
  const { holder, seq, time, checkpoint } = seen
  const [, size, root] = checkpoint
  const standing = others.length > 0 ? standingAmong(own, others, size, isSignerOf(checkpoint)) : seen.standing
  if (standing === undefined || standing.by === 'unbelieved') return []
  const { recovery, by } = standing
  const witness = { by: holder.name, time }
  const heldBy = `record ${seq} of ${holder.name}`
  return [{ size, root, heldBy, isSigned: () => true, witness, recovery, isLost: by === 'lost' }]
}

function standingOf(checkpoint: SeenCheckpoint, keys: readonly KeyHistory[]): Standing | undefined {
  for (const each of keys) {
    const standing = each.standing(checkpoint[1], isSignerOf(checkpoint))
    if (standing !== undefined) return standing
  }
  return undefined
}

function isSignerOf([origin, size, root, signature]: SeenCheckpoint): (key: VerifierKey) => boolean {
  const bytes = Buffer.from(signature, 'hex')
  return (key) => isSignedBy({ origin, size, root }, bytes, key)
}

/** Either all who hold such are wrong, or this log is. */
function otherKey(checkpoints: number): Omit<Remark, 'seq'> {
  const text = `None of ${checkpoints} checkpoints of this log that others hold is signed by the key it names: they are forged, or the log was begun anew under another key.`
  return { code: 'KEY_DOUBTED', text }
}

function readEvidence(bytes: Uint8Array): Evidence | undefined {
  try {
    return parseEvidence(Buffer.from(bytes).toString('utf8'))
  } catch {
    return undefined
  }
}
