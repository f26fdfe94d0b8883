/* A relay: `node relay.ts <RelayInit as JSON>`. Commands and events as in say.ts. */
import { createRelay, openIdentity, openRoster } from '@branchline/core'
import { type RelayInit, say, serve } from './say.ts'

const { identityFile, rosterFile, ...init } = JSON.parse(process.argv[2] as string) as RelayInit
const [identity, roster] = [await openIdentity(identityFile), await openRoster(rosterFile)]
const relay = await createRelay({ ...init, identity, roster })
say({ event: 'ready', peer: relay.peerId, addresses: relay.addresses() })

await serve({
  reservations: async () => relay.reservations(),
  close: async () => relay.close(),
})
