import { verifyLogs } from '@branchline/audit-sink'
import { exitCodeOfVerdict } from '../exit-codes.ts'
import { type Context, print, printJson } from '../io.ts'
import { openLogsForReading } from '../log-source.ts'
import { inWords, printJoin } from './audit-report.ts'
import { progress } from './audit-progress.ts'
import type { JoinFlags } from './audit.ts'
import { knownDirectors } from './known-directors.ts'

/** The short form of `audit verify` for several logs: what one log says against what the others say. */
export async function join(this: Context, flags: JoinFlags, ...places: string[]): Promise<void> {
  const { io } = this
  await using logs = await openLogsForReading(io, places)
  const shown = progress(io)
  const named = logs.all.map(({ source, from }) => ({ source, name: from }))
  const directors = await knownDirectors(io, flags)
  const report = await verifyLogs(named, { signal: io.signal, onProgress: shown.onProgress, directors })
  shown.end()
  const { verdict, join: joined } = report
  if (flags.json) printJson(io, { verdict, verdicts: report.logs.map((log) => log.verdict), ...joined })
  else {
    for (const [n, log] of report.logs.entries()) {
      print(io, `${inWords(log.verdict)}  ${logs.all[n]?.from}`)
      const [first] = log.findings
      if (first !== undefined) print(io, `  record ${first.seq}: ${first.code}. ${first.text}`)
    }
    printJoin(io, report)
  }
  this.exit(exitCodeOfVerdict(verdict))
}
