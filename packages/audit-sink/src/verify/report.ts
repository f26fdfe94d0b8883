import type { Hash } from '../hash.ts'

/** Gravest first. */
export const VERDICTS = ['TAMPERED', 'DAMAGED', 'INCOMPLETE', 'INTACT'] as const
export type Verdict = (typeof VERDICTS)[number]

/** The table of spec/audit-log.md section 8: what was found, and how grave it is. */
export const FINDING_VERDICTS = {
  CLOCK_REVERSED: 'TAMPERED',
  GENESIS_WRONG: 'TAMPERED',
  HEAD_MISMATCH: 'DAMAGED',
  LOG_UNREADABLE: 'DAMAGED',
  PAYLOAD_ALTERED: 'TAMPERED',
  PAYLOAD_MISSING: 'INCOMPLETE',
  PAYLOAD_UNCOMMITTED: 'TAMPERED',
  RECORDS_MISSING: 'INCOMPLETE',
  RECORD_ALTERED: 'TAMPERED',
  RECORD_MISPLACED: 'TAMPERED',
  RECORD_UNREADABLE: 'DAMAGED',
  SENDER_MISMATCH: 'TAMPERED',
} as const satisfies Record<string, Verdict>

export type FindingCode = keyof typeof FINDING_VERDICTS

export interface Finding {
  readonly code: FindingCode
  readonly verdict: Verdict
  /** The first record that it concerns. */
  readonly seq: number
  /** One sentence in plain words. */
  readonly text: string
}

export interface VerifyReport {
  /** From record 0; undefined when that cannot be read. */
  readonly origin: string | undefined
  readonly verdict: Verdict
  /** In rising order of seq, at most `MAX_FINDINGS`. */
  readonly findings: readonly Finding[]
  /** How many there were in all. */
  readonly findingCount: number
  /** Records that were read. */
  readonly records: number
  readonly payloadsOpened: number
  readonly payloadsErased: number
  /** Leaf hash of the last record that was read. */
  readonly leaf: Hash | undefined
  /** Wall clock of the first and the last record, in milliseconds. */
  readonly from: number | undefined
  readonly to: number | undefined
  /** What this check cannot show, in plain words. */
  readonly notProven: readonly string[]
}

/** More are counted, not listed: a log in ruins must not fill the memory of who looks at it. */
const MAX_FINDINGS = 100

export const NOT_PROVEN: readonly string[] = [
  'That no records were cut from the end together with the head: compare the last hash with one noted elsewhere, or join this log with the logs of colleagues.',
  'That the log was not rewritten as a whole, from some record to its end, by someone who can write its files: their colleagues’ logs hold hashes of it, so join them.',
  'That the clock of the machine was right, and that the person named was at the keyboard.',
  'That nobody spoke by another channel, which no log of this system can see.',
]

export class Findings {
  readonly #list: Finding[] = []
  #count = 0
  #gravest: Verdict = 'INTACT'

  add(code: FindingCode, seq: number, text: string): void {
    const verdict = FINDING_VERDICTS[code]
    this.#count += 1
    if (VERDICTS.indexOf(verdict) < VERDICTS.indexOf(this.#gravest)) this.#gravest = verdict
    if (this.#list.length < MAX_FINDINGS) this.#list.push({ code, verdict, seq, text })
  }

  get count(): number {
    return this.#count
  }

  get verdict(): Verdict {
    return this.#gravest
  }

  sorted(): Finding[] {
    return this.#list.toSorted((a, b) => a.seq - b.seq)
  }
}
