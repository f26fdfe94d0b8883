import { type VerifyReport, verifyLog } from '@branchline/audit-sink'
import { exitCodeOfVerdict } from '../exit-codes.ts'
import { type CliIO, type Context, note, print, printJson } from '../io.ts'
import { openLogForReading } from '../log-source.ts'
import type { VerifyFlags } from './audit.ts'

const MEANINGS = {
  INTACT: 'Every record is there, in order, and as it was written; every text is the one that was recorded.',
  INCOMPLETE: 'Something that was recorded is no longer there.',
  DAMAGED: 'Something cannot be read; a failing disk looks like this, and so does a clumsy change.',
  TAMPERED: 'Something was changed after it was recorded.',
} as const

export async function verify(this: Context, flags: VerifyFlags, place?: string): Promise<void> {
  const { io } = this
  await using log = await openLogForReading(io, place, flags.profile)
  const report = await verifyLog(log.source, { signal: io.signal, onProgress: progress(io) })
  if (flags.json) printJson(io, { readFrom: log.from, ...report })
  else printReport(io, report, log.from)
  this.exit(exitCodeOfVerdict(report.verdict))
}

/** Long logs only, and only where somebody looks. */
function progress(io: CliIO): ((records: number) => void) | undefined {
  if (io.stderr.isTTY !== true) return undefined
  let shown = Date.now()
  return (records) => {
    if (Date.now() - shown < 500) return
    shown = Date.now()
    io.stderr.write(`\r${records} records read …\r`)
  }
}

function printReport(io: CliIO, report: VerifyReport, from: string): void {
  const { verdict, records, payloadsOpened, payloadsErased, findings, findingCount, notProven } = report
  print(io, `${verdict}  ${MEANINGS[verdict]}`)
  print(io, `  log       ${report.origin ?? 'of unknown origin'}, read from ${from}`)
  print(io, `  records   ${records}, texts opened ${payloadsOpened}, erased on record ${payloadsErased}`)
  if (report.from !== undefined && report.to !== undefined)
    print(io, `  time      ${iso(report.from)} to ${iso(report.to)}`)
  if (report.leaf !== undefined) print(io, `  last hash ${report.leaf}`)
  for (const { seq, verdict: grave, code, text } of findings) print(io, `  record ${seq}: ${grave}, ${code}. ${text}`)
  if (findingCount > findings.length) note(io, `  … and ${findingCount - findings.length} findings more`)
  print(io, '  Not proven by this check:')
  for (const sentence of notProven) print(io, `  - ${sentence}`)
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
