import { resolve } from 'node:path'
import { exportLog } from '@branchline/audit-sink/export'
import { type Context, note, print, printJson } from '../io.ts'
import { openLogForReading } from '../log-source.ts'
import type { ExportFlags } from './audit.ts'

export async function exportTo(this: Context, flags: ExportFlags, folder: string, place?: string): Promise<void> {
  const { io } = this
  await using log = await openLogForReading(io, place, flags.profile)
  const report = await exportLog(log.source, folder, { signal: io.signal })
  const to = resolve(folder)
  if (flags.json) {
    printJson(io, { readFrom: log.from, exportedTo: to, ...report })
    return
  }
  print(io, `${report.records} records and ${report.payloads} texts are in ${to}, readable for you alone.`)
  print(io, `  root      ${report.root}`)
  if (!report.checkpoint) note(io, '  The log has no checkpoint of just these records; see "branchline audit verify".')
}
