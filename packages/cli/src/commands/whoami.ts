import { buildCommand } from '@stricli/core'
import { type Context, print, printJson } from '../io.ts'
import { type JsonFlag, jsonFlag, type ProfileFlag, profileFlag } from './flags.ts'

export const whoamiCommand = buildCommand<ProfileFlag & JsonFlag, [], Context>({
  loader: async () => whoami,
  parameters: { flags: { ...profileFlag, ...jsonFlag } },
  docs: {
    brief: 'Show your peer ID, by which colleagues at other branches reach you',
    fullDescription: 'Makes the profile when there is none yet. The peer ID is the public half of identity.key.',
  },
})

async function whoami(this: Context, flags: ProfileFlag & JsonFlag): Promise<void> {
  const { openIdentity, peerIdOf } = await import('@branchline/core')
  const { chooseProfile } = await import('../profile/paths.ts')
  const paths = chooseProfile(this.io, flags.profile)
  const peerId = peerIdOf(await openIdentity(paths.identity))
  if (flags.json) printJson(this.io, { peerId, profile: paths.folder })
  else print(this.io, `${peerId}\n  (profile ${paths.folder})`)
}
