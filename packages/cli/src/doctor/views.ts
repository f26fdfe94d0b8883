import { type Finding, verdictOf } from '@branchline/core/doctor'
import { sanitiseLine } from '@branchline/core/sanitise'

/** Of the lines of `--json`; docs/doctor.md has them. */
const REPORT_VERSION = 1

export interface DoctorReport {
  readonly event: 'report'
  readonly version: typeof REPORT_VERSION
  readonly verdict: Finding['verdict']
  readonly ok: number
  readonly warnings: number
  readonly faults: number
  readonly unknown: number
  /** Wall clock, milliseconds since 1970. */
  readonly timeMs: number
  readonly tookMs: number
}

export function reportOf(findings: readonly Finding[], timeMs: number, tookMs: number): DoctorReport {
  const count = (verdict: Finding['verdict']): number => findings.filter((each) => each.verdict === verdict).length
  return {
    event: 'report',
    version: REPORT_VERSION,
    verdict: verdictOf(findings),
    ok: count('ok'),
    warnings: count('warning'),
    faults: count('fault'),
    unknown: count('unknown'),
    timeMs,
    tookMs: Math.round(tookMs),
  }
}

const WORDS = { ok: 'ok', warning: 'WARNING', fault: 'FAULT', unknown: 'unknown' } as const
const VERDICT_COLUMNS = 9
const CHECK_COLUMNS = 12

/** A line, and another that says what to do when there is anything to be done. */
export function lines({ verdict, check, subject, says, todo, code }: Finding): string[] {
  const start = `${WORDS[verdict].padEnd(VERDICT_COLUMNS)}${check.padEnd(CHECK_COLUMNS)}`
  const first = `${start}${sanitiseLine(subject)}: ${sanitiseLine(says)}${verdict === 'ok' ? '' : ` [${code}]`}`
  return todo === NOTHING ? [first] : [first, `${' '.repeat(start.length)}To do: ${sanitiseLine(todo)}`]
}

const NOTHING = 'Nothing.'

export function closingLine({ faults, warnings, unknown, verdict }: DoctorReport): string {
  if (verdict === 'ok') return 'All is well.'
  const parts = [
    faults > 0 ? `${faults} ${faults === 1 ? 'fault' : 'faults'}` : '',
    warnings > 0 ? `${warnings} ${warnings === 1 ? 'warning' : 'warnings'}` : '',
    unknown > 0 ? `${unknown} that could not be told` : '',
  ]
  return `${parts.filter((part) => part !== '').join(', ')}; the rest is well.`
}
