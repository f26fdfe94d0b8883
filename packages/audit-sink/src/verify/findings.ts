import { type Finding, FINDING_VERDICTS, type FindingCode, gravestOf, type Remark, type RemarkCode } from './report.ts'
import type { Verdict } from './report.ts'

/** More are counted, not listed: a log in ruins must not fill the memory of who looks at it. */
export const MAX_FINDINGS = 100

/** A record that is not there, or not as it was: no root over it can be the one that was signed. */
const BREAKS_THE_TREE: ReadonlySet<FindingCode> = new Set([
  'LOG_UNREADABLE',
  'RECORDS_MISSING',
  'RECORD_ALTERED',
  'RECORD_MISPLACED',
  'RECORD_UNREADABLE',
])

export class Findings {
  /** Those with the smallest seq. */
  #list: Finding[] = []
  /** Of each code the one with the smallest seq, so that the gravest is always told. */
  readonly #firsts = new Map<FindingCode, Finding>()
  readonly #remarks: Remark[] = []
  #count = 0
  /** The first and the last record that is not as it was. */
  firstBreak = Number.POSITIVE_INFINITY
  lastBreak = -1

  add(code: FindingCode, seq: number, text: string): void {
    const finding: Finding = { code, verdict: FINDING_VERDICTS[code], seq, text }
    this.#count += 1
    if (seq < (this.#firsts.get(code)?.seq ?? Number.POSITIVE_INFINITY)) this.#firsts.set(code, finding)
    this.#list.push(finding)
    if (this.#list.length > 2 * MAX_FINDINGS) this.#list = bySeq(this.#list).slice(0, MAX_FINDINGS)
    if (!BREAKS_THE_TREE.has(code)) return
    this.firstBreak = Math.min(this.firstBreak, seq)
    this.lastBreak = Math.max(this.lastBreak, seq)
  }

  remark(code: RemarkCode, seq: number, text: string): void {
    if (this.#remarks.length < MAX_FINDINGS) this.#remarks.push({ code, seq, text })
  }

  get count(): number {
    return this.#count
  }

  get verdict(): Verdict {
    return gravestOf([...this.#firsts.values()].map(({ verdict }) => verdict))
  }

  get remarks(): readonly Remark[] {
    return this.#remarks.toSorted((a, b) => a.seq - b.seq)
  }

  sorted(): Finding[] {
    return bySeq([...new Set([...bySeq(this.#list).slice(0, MAX_FINDINGS), ...this.#firsts.values()])])
  }
}

function bySeq(findings: readonly Finding[]): Finding[] {
  return findings.toSorted((a, b) => a.seq - b.seq)
}
