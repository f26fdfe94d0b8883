import { verifyLogs, type VerifyReport } from '@branchline/audit-sink'
import { exitCodeOfVerdict } from '../exit-codes.ts'
import { type Context, print, printJson } from '../io.ts'
import { openLogsForReading } from '../log-source.ts'
import type { WitnessFlags } from './audit.ts'
import { knownDirectors } from './known-directors.ts'
import { progress } from './audit-progress.ts'
import { describe, inWords } from './audit-report.ts'

/** Of the first log: who has seen how much of it. Further logs are those of colleagues, whose word counts. */
export async function witness(this: Context, flags: WitnessFlags, ...places: string[]): Promise<void> {
  const { io } = this
  await using logs = await openLogsForReading(io, places, flags.profile)
  const shown = progress(io)
  const named = logs.all.map(({ source, from }) => ({ source, name: from }))
  const directors = await knownDirectors(io, flags)
  const options = { signal: io.signal, onProgress: shown.onProgress, witnesses: flags.witness, directors }
  const report = await verifyLogs(named, options)
  shown.end()
  const own = report.logs[0] as VerifyReport
  const { origin, verdict, size, witnessed, unwitnessedSince, witnesses } = own
  if (flags.json) printJson(io, { origin, verdict, size, witnessed, unwitnessedSince, witnesses })
  else {
    print(io, `${inWords(verdict)}  ${origin ?? 'of unknown origin'}, ${size} records`)
    for (const each of witnesses) print(io, `  ${describe(each)}`)
    if (witnesses.length === 0) print(io, '  Nobody else is known to have seen any of it.')
    if (unwitnessedSince !== undefined) print(io, `  UNWITNESSED SINCE record ${unwitnessedSince}`)
  }
  this.exit(exitCodeOfVerdict(verdict))
}
