/* A relay: `node relay.ts <RelayInit as JSON>`. Commands and events as in say.ts. */
import { createRelay, openIdentity } from '@branchline/core'
import { type RelayInit, say, serve } from './say.ts'

const { identityFile, ...init } = JSON.parse(process.argv[2] as string) as RelayInit
const relay = await createRelay({ ...init, identity: await openIdentity(identityFile) })
say({ event: 'ready', peer: relay.peerId, addresses: relay.addresses() })

await serve({
  reservations: async () => relay.reservations(),
  close: async () => relay.close(),
})
