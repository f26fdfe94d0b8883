import type { Hash } from '../hash.ts'
import type { Findings } from './findings.ts'
import { HeldSizes } from './held-sizes.ts'
import { RecentRoots } from './recent-roots.ts'
import type { Witness } from './report.ts'

/** Something that says which root the first `size` records had. */
export interface Claim {
  readonly size: number
  readonly root: Hash
  /** Where it is held, in words: "the head note". */
  readonly heldBy: string
  /** Whether the log's own key signed it; asked only where it matters. */
  readonly isSigned: () => boolean
  /** Of another copy of this log, at hand, with a history of its own from this record on. */
  readonly partsAt?: number
  /** The recovery that explains it when it does not fit the log: what it tells of is lost. */
  readonly recovery?: number | undefined
  /** It cannot fit: it is of what that recovery gave up. */
  readonly isLost?: boolean
  /** Whoever is known to have seen as much, if the claim holds. */
  readonly witness?: Pick<Witness, 'by' | 'time'>
}

/** Contradictions that are kept, those of the smallest sizes: one is enough for a finding. */
const MAX_KEPT = 100

/** Holds what the log's tree is, while it is read, against what was signed for (spec/audit-log.md section 10). */
export class Claims {
  readonly #findings: Findings
  readonly #tree = new RecentRoots()
  readonly #bySize = new Map<number, Claim[]>()
  /** Sizes of `#bySize`, the smallest last. */
  #wanted: number[] = []
  #contradictions: Claim[] = []
  readonly #held = new HeldSizes()
  #largestHeld = 0
  /** Roots at sizes that somebody waits for, and who. */
  readonly #noted = new Map<number, Hash>()
  readonly #waiting = new Map<number, (() => void)[]>()
  /** By the seq of a recovery: the largest that is lost to it. */
  readonly #lost = new Map<number, Pick<Claim, 'size' | 'heldBy'>>()
  /** By name: the largest that each is proved to have seen. */
  readonly witnesses = new Map<string, Witness>()

  constructor(findings: Findings) {
    this.#findings = findings
  }

  /** Number of records from 0 on, without a gap. */
  get size(): number {
    return this.#tree.size
  }

  get root(): Hash {
    return this.#tree.root() as Hash
  }

  /** The largest size that was signed for and has the root that was signed. */
  get largestHeld(): number {
    return this.#largestHeld
  }

  /** Claims that are known before the record at their size is read. */
  expect(claims: readonly Claim[]): void {
    for (const claim of claims) {
      const { size } = claim
      if (claim.isLost === true) {
        this.lose(claim.recovery as number, claim)
        continue
      }
      if (size <= this.#tree.size) this.compare(claim)
      const known = this.#bySize.get(size)
      if (known === undefined) this.#bySize.set(size, [claim])
      else known.push(claim)
    }
    this.#want()
  }

  /** Calls back when the log has this many records, after what was expected is compared there; its root is known from then on. */
  whenReached(size: number, call: () => void): void {
    this.#waiting.set(size, [...(this.#waiting.get(size) ?? []), call])
    this.#want()
  }

  /** @param size - that the log had before the recovery at this record */
  lose(recovery: number, { size, heldBy }: Pick<Claim, 'size' | 'heldBy'>): void {
    if (size > (this.#lost.get(recovery)?.size ?? 0)) this.#lost.set(recovery, { size, heldBy })
  }

  #want(): void {
    const sizes = new Set([...this.#bySize.keys(), ...this.#waiting.keys()])
    this.#wanted = [...sizes].filter((size) => size > this.#tree.size).toSorted((a, b) => b - a)
  }

  /** A leaf that does not come next ends the tree: what is over a gap has no root. */
  append(seq: number, leaf: Hash): void {
    if (seq !== this.#tree.size) return
    this.#tree.append(leaf)
    if (this.#wanted.at(-1) !== this.#tree.size) return
    this.#wanted.pop()
    const waiting = this.#waiting.get(seq + 1) ?? []
    if (waiting.length > 0) this.#noted.set(seq + 1, this.root)
    const known = [...(this.#bySize.get(seq + 1) ?? [])]
    for (const claim of known) this.compare(claim)
    for (const call of waiting) call()
  }

  /** @returns whether the claim holds; undefined when the tree no longer knows, or does not reach so far */
  compare(claim: Claim): boolean | undefined {
    const root = this.#tree.root(claim.size) ?? this.#noted.get(claim.size)
    if (root === undefined) return undefined
    if (root === claim.root) this.#hold(claim)
    else this.#contradict(claim)
    return root === claim.root
  }

  /** @param recordsClaimed - number of records that the log itself says to have; infinite where nobody can tell */
  finish(recordsClaimed: number): void {
    // A record that is not as it was explains every root over it; it has a finding of its own.
    const own = this.#contradictions.filter(({ size }) => size <= this.#findings.firstBreak)
    const unexplained = own.filter(({ recovery }) => recovery === undefined)
    for (const claim of own) if (claim.recovery !== undefined) this.lose(claim.recovery, claim)
    const [first] = unexplained
    if (first !== undefined) this.#accuse(unexplained.find((claim) => this.#isFork(claim)) ?? first)
    this.#accuseShortness(recordsClaimed)
    for (const [recovery, { size, heldBy }] of this.#lost) {
      const lost = size - recovery === 1 ? `record ${recovery}` : `records ${recovery} to ${size - 1}`
      const text = `A director let the log go on from record ${recovery}, without what it had: ${heldBy} tells of ${size} records, so the former ${lost} are lost.`
      this.#findings.add('RECORDS_LOST', recovery, text)
    }
  }

  #hold({ size, witness }: Claim): void {
    this.#largestHeld = Math.max(this.#largestHeld, size)
    this.#held.add(size)
    if (witness !== undefined) this.witness({ ...witness, size, proven: true })
  }

  witness(witness: Witness): void {
    const known = this.witnesses.get(witness.by)
    if (known === undefined || known.size < witness.size) this.witnesses.set(witness.by, witness)
  }

  #contradict(claim: Claim): void {
    this.#contradictions = [...this.#contradictions, claim].toSorted((a, b) => a.size - b.size).slice(0, MAX_KEPT)
  }

  #accuse(claim: Claim): void {
    const { size, heldBy, partsAt, witness } = claim
    const rival = this.#rivalOf(claim)
    if (partsAt !== undefined) {
      const text = `There are two histories of this log from record ${partsAt} on: ${heldBy} has others among its first ${size} records.`
      this.#findings.add('LOG_FORKED', partsAt, text)
    } else if (rival !== undefined) {
      const from = witness === undefined ? 0 : this.#heldByWitness(witness.by)
      const text = `Two signed checkpoints of ${size} records do not agree, ${heldBy} and ${rival.heldBy}: there are two histories of this log, which part at record ${from} or later.`
      this.#findings.add('LOG_FORKED', from, text)
    } else {
      const from = this.#held.below(size)
      const text = `Records ${from} to ${size - 1} are not those that were signed for: ${heldBy} has another root for the first ${size} records.`
      this.#findings.add('LOG_REWRITTEN', from, text)
    }
  }

  /** The largest size of one witness's claims below the smallest that is contradicted: one is thought to have seen one history. */
  #heldByWitness(by: string): number {
    const isTheirs = ({ witness }: Claim): boolean => witness?.by === by
    const contradicted = this.#contradictions.find(isTheirs) as Claim
    const held = [...this.#bySize].filter(([size, claims]) => size < contradicted.size && claims.some(isTheirs))
    return held.reduce((largest, [size]) => Math.max(largest, size), 0)
  }

  #isFork(claim: Claim): boolean {
    return claim.partsAt !== undefined || this.#rivalOf(claim) !== undefined
  }

  /** Another signed claim for one size. */
  #rivalOf(claim: Claim): Claim | undefined {
    if (!claim.isSigned()) return undefined
    const others = [...(this.#bySize.get(claim.size) ?? []), ...this.#contradictions]
    return others.find((other) => this.#isRival(other, claim))
  }

  #isRival({ size, root, recovery, isSigned }: Claim, claim: Claim): boolean {
    return recovery === undefined && size === claim.size && root !== claim.root && isSigned()
  }

  /** What follows a place that cannot be read is not known to be missing. */
  #accuseShortness(recordsClaimed: number): void {
    const all = this.#wanted.filter((size) => size > recordsClaimed).flatMap((size) => this.#bySize.get(size) ?? [])
    for (const claim of all) if (claim.recovery !== undefined) this.lose(claim.recovery, claim)
    const beyond = all.filter(({ recovery }) => recovery === undefined)
    const signed = beyond.find(({ isSigned }) => isSigned())
    if (signed === undefined) return
    const rival = beyond.find((other) => this.#isRival(other, signed))
    const { size, heldBy } = signed
    if (rival !== undefined) {
      const text = `Two signed checkpoints of ${size} records do not agree, ${heldBy} and ${rival.heldBy}; the log has ${recordsClaimed}.`
      this.#findings.add('LOG_FORKED', recordsClaimed, text)
    }
    const missing =
      size - recordsClaimed === 1 ? `record ${recordsClaimed} was` : `records ${recordsClaimed} to ${size - 1} were`
    const text = `The log is older than it was: ${heldBy} is signed for ${size} records, so ${missing} cut off, or an old copy was put back.`
    this.#findings.add('LOG_ROLLED_BACK', recordsClaimed, text)
  }
}
