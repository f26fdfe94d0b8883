import type { ReadEntry } from './read-entry.ts'
import type { StoredEntry } from '../store.ts'
import type { SeenCheckpoint } from '../record/record.ts'
import { isSignedBy, parseCheckpoint } from '../tlog/checkpoint.ts'
import { type Evidence, parseEvidence, provesEquivocation } from '../tlog/evidence.ts'
import type { Claim } from './claims.ts'
import { MAX_FINDINGS } from './findings.ts'
import type { Genesis } from './genesis-check.ts'
import type { Finding, Remark } from './report.ts'
import type { Testimony } from './verify-log.ts'

export type Accusation = Omit<Finding, 'verdict'>

const signed = (): boolean => true

interface LogTestimony extends Testimony {
  readonly claims: Claim[]
  readonly accusations: Accusation[]
  /** Checkpoints of it that others hold and its key did not sign. */
  unsigned: number
}

/** What logs tell about each other, gathered while they are read. */
export class Testimonies {
  readonly #geneses: ReadonlyMap<string, Genesis>
  readonly #byOrigin = new Map<string, LogTestimony>()

  /** @param geneses - of the logs at hand, by origin */
  constructor(geneses: ReadonlyMap<string, Genesis>) {
    this.#geneses = geneses
  }

  about(origin: string | undefined): Testimony {
    if (origin === undefined) return { claims: [], accusations: [] }
    const { claims, accusations, unsigned } = this.#of(origin)
    const isOtherKey = unsigned > 0 && claims.length === 0
    return { claims, accusations, ...(isOtherKey && { remark: otherKey(unsigned) }) }
  }

  #of(origin: string): LogTestimony {
    const known = this.#byOrigin.get(origin) ?? { claims: [], accusations: [], unsigned: 0 }
    this.#byOrigin.set(origin, known)
    return known
  }

  /**
   * @param holder - origin of the log that the entry is from
   * @returns what the entry tells against its own log, of which there may be other copies
   */
  add(holder: string, { seq, record }: ReadEntry, { payloads }: StoredEntry): Accusation[] {
    if (record === undefined) return []
    const isWrong = (seen: SeenCheckpoint): boolean => this.#addSeen(holder, { seq, time: record.time }, seen) === false
    const wrong = (record.seen ?? []).filter(isWrong).map(([origin]) => seenUnsigned(seq, origin))
    const evidence = record.kind === 'refused' ? payloads.find(({ label }) => label === 'evidence') : undefined
    if (evidence !== undefined) this.#addEvidence(holder, seq, evidence.bytes)
    return wrong
  }

  /** @returns whether the other log signed it; undefined where that log is not at hand */
  #addSeen(
    holder: string,
    { seq, time }: { readonly seq: number; readonly time: number },
    [origin, size, root, signature]: SeenCheckpoint,
  ): boolean | undefined {
    const key = this.#geneses.get(origin)?.key
    if (key === undefined || origin === holder) return undefined
    if (isSignedBy({ origin, size, root }, Buffer.from(signature, 'hex'), key)) {
      const heldBy = `record ${seq} of ${holder}`
      this.#of(origin).claims.push({ size, root, heldBy, isSigned: signed, witness: { by: holder, time } })
      return true
    }
    this.#of(origin).unsigned += 1
    return false
  }

  /** Evidence stands for itself: two checkpoints under one key (spec/audit-log.md section 7). */
  #addEvidence(holder: string, seq: number, bytes: Uint8Array): void {
    const evidence = readEvidence(bytes)
    if (evidence === undefined) return
    const { origin, size } = parseCheckpoint(Buffer.from(evidence.held))
    const genesis = this.#geneses.get(origin)
    if (genesis?.key === undefined || !provesEquivocation(evidence, genesis.vkey)) return
    const text = `Record ${seq} of ${holder} proves that two histories of this log were signed, which part before record ${size}.`
    this.#accuse(origin, { code: 'LOG_FORKED', seq: 0, text })
  }

  #accuse(origin: string, accusation: Accusation): void {
    const { accusations } = this.#of(origin)
    if (accusations.length < MAX_FINDINGS) accusations.push(accusation)
  }
}

function seenUnsigned(seq: number, origin: string): Accusation {
  const text = `Record ${seq} holds a checkpoint of ${origin} that was not signed by the key which that log names.`
  return { code: 'SEEN_UNSIGNED', seq, text }
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
