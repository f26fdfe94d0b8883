import { setTimeout as pause } from 'node:timers/promises'
import { buildCommand } from '@stricli/core'
import { displayName } from '../find-colleague.ts'
import { type CliIO, type Context, print, printJson } from '../io.ts'
import type { LiveStatus } from '../live/protocol.ts'
import {
  connectionFlags,
  type JsonFlag,
  jsonFlag,
  parseSeconds,
  profileFlag,
  type SessionFlags,
  waitFlag,
} from './flags.ts'

interface PeersFlags extends SessionFlags, JsonFlag {
  readonly wait: number
}

export const peersCommand = buildCommand<PeersFlags, [], Context>({
  loader: async () => peers,
  parameters: {
    flags: {
      ...profileFlag,
      ...connectionFlags,
      wait: { ...waitFlag.wait, parse: parseSeconds, default: '3' },
      ...jsonFlag,
    },
  },
  docs: {
    brief: 'List colleagues: who is here, and how they are reached',
    fullDescription: 'Asks the chat that runs on the profile; when none runs, looks around for --wait seconds.',
  },
})

async function peers(this: Context, flags: PeersFlags): Promise<void> {
  const status = await lookAround(this.io, flags)
  if (flags.json) {
    for (const colleague of status.colleagues) printJson(this.io, colleague)
    return
  }
  if (status.colleagues.length === 0) print(this.io, 'Nobody has been found on this network yet.')
  for (const colleague of status.colleagues) {
    print(
      this.io,
      `${displayName(colleague).padEnd(28)} ${colleague.link.padEnd(9)} ${colleague.presence.padEnd(4)} ${colleague.peer}`,
    )
  }
}

async function lookAround(io: CliIO, flags: PeersFlags): Promise<LiveStatus> {
  const { chooseProfile } = await import('../profile/paths.ts')
  const { LiveClient } = await import('../live/client.ts')
  const paths = chooseProfile(io, flags.profile)
  await using live = await LiveClient.connect(paths)
  if (live !== undefined) return await live.status()
  const { openSession } = await import('../profile/open.ts')
  const { settingsFor } = await import('../profile/settings.ts')
  const { statusOf } = await import('../live/status.ts')
  await using session = await openSession(paths, await settingsFor(paths, flags), io.signal)
  await pause(flags.wait * 1_000, undefined, { signal: io.signal }).catch(() => undefined)
  return statusOf(session.messenger)
}
