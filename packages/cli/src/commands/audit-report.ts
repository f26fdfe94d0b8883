import type { JoinedMessage, LogsReport, Verdict, VerifyReport, Witness } from '@branchline/audit-sink'
import { sanitiseLine } from '@branchline/core/sanitise'
import { type CliIO, note, print } from '../io.ts'

const MEANINGS: Readonly<Record<Verdict, string>> = {
  INTACT: 'Every record is there, in order, and as it was written; every text is the one that was recorded.',
  INCOMPLETE: 'Something that was recorded is no longer there.',
  DAMAGED: 'Something cannot be read; a failing disk looks like this, and so does a clumsy change.',
  TAMPERED: 'Something was changed after it was recorded.',
  ROLLED_BACK: 'The log is older than it was: records at its end are gone.',
  REWRITTEN: 'The log is not the one that was signed for: it was written anew.',
  FORKED: 'Two histories of this log were signed: it was continued twice, or shown differently to different people.',
}

/** For people; programs read `ROLLED_BACK`. */
export function inWords(verdict: Verdict): string {
  return verdict.replace('_', ' ')
}

export function printReport(io: CliIO, report: VerifyReport, from: string): void {
  const { verdict, records, payloadsOpened, payloadsErased, findings, findingCount, remarks, notProven } = report
  print(io, `${inWords(verdict)}  ${MEANINGS[verdict]}`)
  print(io, `  log       ${report.origin ?? 'of unknown origin'}, read from ${from}`)
  print(io, `  records   ${records}, texts opened ${payloadsOpened}, erased on record ${payloadsErased}`)
  if (report.from !== undefined && report.to !== undefined)
    print(io, `  time      ${iso(report.from)} to ${iso(report.to)}`)
  if (report.leaf !== undefined) print(io, `  last hash ${report.leaf}`)
  print(io, `  root      ${report.root}, of ${report.size} records`)
  print(io, `  signed    ${report.headNoteSize === undefined ? 'no head note' : `${report.headNoteSize} records`}`)
  print(io, `  seen      ${seenBy(report)}`)
  for (const { seq, verdict: grave, code, text } of findings)
    print(io, `  record ${seq}: ${inWords(grave)}, ${code}. ${text}`)
  if (findingCount > findings.length) note(io, `  … and ${findingCount - findings.length} findings more`)
  for (const { seq, code, text } of remarks) print(io, `  record ${seq}: ${code}. ${text}`)
  print(io, '  Not proven by this check:')
  for (const sentence of notProven) print(io, `  - ${sentence}`)
}

function seenBy({ witnessed, unwitnessedSince, witnesses }: VerifyReport): string {
  if (unwitnessedSince === undefined) return `all of it, by ${sanitiseLine(witnessed?.by ?? '')}`
  if (witnessed !== undefined) return `${describe(witnessed)}; UNWITNESSED SINCE record ${unwitnessedSince}`
  const said = witnesses.length === 0 ? '' : `; ${witnesses.length} are said to have, see "branchline audit witness"`
  return `by nobody who is known here${said}: UNWITNESSED SINCE record 0`
}

export function describe({ by, size, time, proven }: Witness): string {
  const when = time === undefined ? '' : ` at ${iso(time)}`
  return `${size} records by ${sanitiseLine(by)}${when}${proven ? '' : ' (its key is not known here)'}`
}

const LISTED = 20

export function printJoin(io: CliIO, { verdict, join, missingLogs }: LogsReport): void {
  print(io, `${inWords(verdict)}  All logs together.`)
  print(io, `${join.both} messages are on record at both ends.`)
  list(io, join.provedMissingAtReceiver, 'PROVED MISSING at the receiver, whose receipt the sender holds')
  list(io, join.provedMissingAtSender, 'PROVED MISSING at the sender, whose record the receiver holds')
  list(io, join.unconfirmed, 'unconfirmed: no receipt, and no record at the receiver')
  for (const origin of missingLogs) print(io, `MISSING: there is no log of ${origin}.`)
  if (join.absentLogs.length > 0)
    print(io, `Nothing is said of the logs that were not given: ${join.absentLogs.join(', ')}`)
}

function list(io: CliIO, messages: readonly JoinedMessage[], what: string): void {
  if (messages.length === 0) return
  print(io, `${messages.length} ${what}:`)
  for (const { message, from, to, sentSeq, receivedSeq } of messages.slice(0, LISTED)) {
    const places = `sent #${sentSeq ?? '-'}, received #${receivedSeq ?? '-'}`
    print(io, `  ${message.slice(0, 16)}… from …${from.slice(-8)} to …${to.slice(-8)} (${places})`)
  }
  if (messages.length > LISTED) print(io, `  … and ${messages.length - LISTED} more`)
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
