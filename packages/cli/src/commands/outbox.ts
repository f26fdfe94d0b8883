import { buildCommand } from '@stricli/core'
import { type Context, print, printJson } from '../io.ts'
import { type JsonFlag, jsonFlag, profileFlag, type ProfileFlag } from './flags.ts'

export const outboxCommand = buildCommand<ProfileFlag & JsonFlag, [], Context>({
  loader: async () => outbox,
  parameters: { flags: { ...profileFlag, ...jsonFlag } },
  docs: {
    brief: 'List what waits to be delivered: for whom, and since when',
    fullDescription: 'Reads the log, also while a chat runs on the profile, and changes nothing.',
  },
})

async function outbox(this: Context, flags: ProfileFlag & JsonFlag): Promise<void> {
  const { io } = this
  const { chooseProfile } = await import('../profile/paths.ts')
  const { waitingAt } = await import('./outbox-list.ts')
  const waiting = await waitingAt(io, chooseProfile(io, flags.profile))
  if (flags.json) {
    for (const each of waiting) printJson(io, each)
    return
  }
  if (waiting.length === 0) print(io, 'Nothing waits: everybody has everything.')
  for (const { time, place, words, missing } of waiting) {
    const since = new Date(time).toISOString().slice(0, 16).replace('T', ' ')
    print(io, `${since}Z  to ${place}: ${words}; not yet: ${missing.map(({ name }) => name).join(', ')}`)
  }
}
