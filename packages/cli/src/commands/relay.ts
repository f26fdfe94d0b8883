import { once } from 'node:events'
import { buildCommand } from '@stricli/core'
import { type Context, print, printJson } from '../io.ts'
import { connectionFlags, type JsonFlag, jsonFlag, type ProfileFlag, profileFlag } from './flags.ts'

interface RelayFlags extends ProfileFlag, JsonFlag {
  readonly listen?: readonly string[]
  readonly lan?: string
}

export const relayCommand = buildCommand<RelayFlags, [], Context>({
  loader: async () => relay,
  parameters: { flags: { ...profileFlag, listen: connectionFlags.listen, lan: connectionFlags.lan, ...jsonFlag } },
  docs: {
    brief: 'Run a relay, through which branches reach each other',
    fullDescription: [
      'Runs until it is ended. A relay carries encrypted messages that it cannot read, and keeps none of them; it serves',
      'those on the roster alone, which "branchline join FILE" puts into its profile. When the director puts its address',
      'on the roster ("library renew --relay ADDRESS") everybody finds it; else: branchline chat --relay ADDRESS',
      'Default address: every interface, port 4100.',
    ].join('\n'),
  },
})

const DEFAULT_LISTEN = ['/ip4/0.0.0.0/tcp/4100']

async function relay(this: Context, flags: RelayFlags): Promise<void> {
  const { createRelay, openIdentity, openRoster } = await import('@branchline/core')
  const { chooseProfile } = await import('../profile/paths.ts')
  const { io } = this
  const paths = chooseProfile(io, flags.profile)
  const identity = await openIdentity(paths.identity)
  const roster = await openRoster(paths.roster)
  const init = { identity, roster, listen: flags.listen ?? DEFAULT_LISTEN, lan: flags.lan }
  const running = await createRelay(init, { signal: io.signal })
  if (flags.json) printJson(io, { event: 'ready', peerId: running.peerId, addresses: running.addresses() })
  else {
    print(io, 'The relay is running; end it with Ctrl-C. Its addresses:')
    for (const address of running.addresses()) print(io, `  ${address}`)
  }
  if (!io.signal.aborted) await once(io.signal, 'abort')
  await running.close()
}
