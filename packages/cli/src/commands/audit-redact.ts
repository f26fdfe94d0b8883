import type { Redaction } from '@branchline/audit-sink'
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
  const { openIdentity, peerIdOf } = await import('@branchline/core')
  const { assertLog, openLog } = await import('../profile/open.ts')
  await assertLog(paths)
  await using log = await openLog(paths, peerIdOf(await openIdentity(paths.identity)))
  return (await log.redact(redaction)).seq
}
