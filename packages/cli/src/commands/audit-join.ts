import { type JoinedMessage, joinLogs, type Verdict, VERDICTS, verifyLog } from '@branchline/audit-sink'
import { exitCodeOfVerdict } from '../exit-codes.ts'
import { type CliIO, type Context, print, printJson } from '../io.ts'
import { type OpenLog, openLogForReading } from '../log-source.ts'
import type { JsonFlag } from './flags.ts'

export async function join(this: Context, flags: JsonFlag, ...places: string[]): Promise<void> {
  const { io } = this
  const logs: OpenLog[] = []
  try {
    for (const place of places) logs.push(await openLogForReading(io, place))
    const verdicts: Verdict[] = []
    for (const { source } of logs) verdicts.push((await verifyLog(source, { signal: io.signal })).verdict)
    const report = await joinLogs(logs.map(({ source }) => source))
    const missing = report.provedMissingAtReceiver.length + report.provedMissingAtSender.length
    if (missing > 0) verdicts.push('INCOMPLETE')
    const gravest = VERDICTS.find((verdict) => verdicts.includes(verdict)) ?? 'INTACT'
    if (flags.json) printJson(io, { verdict: gravest, verdicts, ...report })
    else {
      for (const [n, log] of logs.entries()) print(io, `${verdicts[n]}  ${log.from}`)
      print(io, `${report.both} messages are on record at both ends.`)
      list(io, report.provedMissingAtReceiver, 'PROVED MISSING at the receiver, whose receipt the sender holds')
      list(io, report.provedMissingAtSender, 'PROVED MISSING at the sender, whose record the receiver holds')
      list(io, report.unconfirmed, 'unconfirmed: no receipt, and no record at the receiver')
      if (report.absentLogs.length > 0)
        print(io, `Nothing is said of the logs that were not given: ${report.absentLogs.join(', ')}`)
    }
    this.exit(exitCodeOfVerdict(gravest))
  } finally {
    for (const log of logs) await log[Symbol.asyncDispose]()
  }
}

const LISTED = 20

function list(io: CliIO, messages: readonly JoinedMessage[], what: string): void {
  if (messages.length === 0) return
  print(io, `${messages.length} ${what}:`)
  for (const { message, from, to, sentSeq, receivedSeq } of messages.slice(0, LISTED)) {
    const places = `sent #${sentSeq ?? '-'}, received #${receivedSeq ?? '-'}`
    print(io, `  ${message.slice(0, 16)}… from …${from.slice(-8)} to …${to.slice(-8)} (${places})`)
  }
  if (messages.length > LISTED) print(io, `  … and ${messages.length - LISTED} more`)
}
