import { CliError } from '../cli-error.ts'
import { type Context, print } from '../io.ts'
import { openLogForReading } from '../log-source.ts'
import type { ProfileFlag } from './flags.ts'

/** The note as it was signed, to be kept where the log's owner cannot reach it. */
export async function checkpoint(this: Context, flags: ProfileFlag, place?: string): Promise<void> {
  await using log = await openLogForReading(this.io, place, flags.profile)
  const note = await log.source.headNote?.()
  if (note === undefined) throw new CliError('HEAD_NOTE_MISSING', `there is no signed checkpoint beside ${log.from}`)
  print(this.io, Buffer.from(note).toString('utf8').trimEnd())
}
