import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Redaction } from '@branchline/audit-sink'
import { CliError } from '../cli-error.ts'
import { type Context, print, printJson } from '../io.ts'
import type { ProfilePaths } from '../profile/paths.ts'
import type { RedactFlags } from './audit.ts'

export async function redact(this: Context, flags: RedactFlags, seq: number): Promise<void> {
  const { io } = this
  const { chooseProfile } = await import('../profile/paths.ts')
  const { label, reason } = flags
  const recordedAs = await redactIn(chooseProfile(io, flags.profile), { seq, label, reason })
  if (flags.json) printJson(io, { redacted: seq, label, recordedAs })
  else print(io, `The ${label} of record ${seq} is erased here; record ${recordedAs} says so, and why.`)
}

async function redactIn(paths: ProfilePaths, redaction: Redaction): Promise<number> {
  const { LiveClient } = await import('../live/client.ts')
  await using live = await LiveClient.connect(paths)
  if (live !== undefined) return await live.redact(redaction)
  await assertLog(paths)
  const { openIdentity, peerIdOf } = await import('@branchline/core')
  const { openLog } = await import('../profile/open.ts')
  await using log = await openLog(paths, peerIdOf(await openIdentity(paths.identity)))
  return (await log.redact(redaction)).seq
}

/** To look for a record must not make a profile. */
async function assertLog({ folder, identity, log }: ProfilePaths): Promise<void> {
  const both = await Promise.all([identity, join(log, 'CURRENT')].map((file) => stat(file).catch(() => undefined)))
  if (both.includes(undefined)) throw new CliError('LOG_MISSING', `there is no log in ${folder}; name a profile`)
}
