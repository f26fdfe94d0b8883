/* A relay: `node relay.ts <RelayInit as JSON>`. Commands and events as in say.ts. */
import { createRelay, openIdentity, openRoster } from '@branchline/core'
import { type RelayInit, type RelayState, say, serve } from './say.ts'

const { identityFile, rosterFile, ...init } = JSON.parse(process.argv[2] as string) as RelayInit
const [identity, roster] = [await openIdentity(identityFile), await openRoster(rosterFile)]
const relay = await createRelay({ ...init, identity, roster })
say({ event: 'ready', peer: relay.peerId, addresses: relay.addresses() })

await serve({
  state: async (): Promise<RelayState> => {
    const { user, system } = process.cpuUsage()
    return {
      figures: relay.figures(),
      cpuMs: Math.round((user + system) / 1_000),
      rssMiB: Math.round(process.memoryUsage.rss() / 1_048_576),
    }
  },
  reservations: async () => relay.reservations(),
  close: async () => relay.close(),
})
