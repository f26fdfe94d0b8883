import { writeFile } from 'node:fs/promises'
import { proveRecord } from '@branchline/audit-sink'
import type { Context } from '../io.ts'
import { openLogForReading } from '../log-source.ts'
import type { ProofFlags } from './audit.ts'

export async function proof(this: Context, flags: ProofFlags, seq: number, place?: string): Promise<void> {
  const { io } = this
  await using log = await openLogForReading(io, place, flags.profile)
  const file = await proveRecord(log.source, seq, { signal: io.signal })
  if (flags.out === undefined) io.stdout.write(file)
  else await writeFile(flags.out, file, { flag: 'wx' })
}
