/*
 * Several members of staff in one process: `node crowd.ts <CrowdInit as JSON>`. They start at the command `start`, all
 * at once; `state` tells how many others each has a link to.
 */
import { join } from 'node:path'
import { auditLog, openLogKey } from '@branchline/audit-sink'
import { memoryStore } from '@branchline/audit-sink/stores/memory'
import { createMessenger, type HostedMessenger, openIdentity, peerIdOf } from '@branchline/core'
import { type CrowdInit, type CrowdState, say, serve } from './say.ts'

const { count, folder, ...init } = JSON.parse(process.argv[2] as string) as CrowdInit
const identities = await Promise.all(
  Array.from({ length: count }, (_, n) => openIdentity(join(folder, `identity-${n}.key`))),
)
let messengers: HostedMessenger[] = []
let cpuAtStart = process.cpuUsage()
say({ event: 'ready', peer: '', addresses: [] })

await serve({
  start: async () => {
    cpuAtStart = process.cpuUsage()
    messengers = await Promise.all(identities.map(start))
  },
  state: async (): Promise<CrowdState> => {
    const { user, system } = process.cpuUsage(cpuAtStart)
    return {
      peers: messengers.map(({ peerId }) => peerId),
      linked: messengers.map((each) => each.colleagues().filter(({ link }) => link !== 'away').length),
      cpuMs: Math.round((user + system) / 1_000),
      rssMiB: Math.round(process.memoryUsage.rss() / 1_048_576),
    }
  },
  close: async () => {
    await Promise.all(messengers.map((each) => each.close()))
  },
})

async function start(identity: Awaited<ReturnType<typeof openIdentity>>): Promise<HostedMessenger> {
  const owner = peerIdOf(identity)
  const signer = await openLogKey(join(folder, `${owner}.key`), `branchline/${owner}`)
  return createMessenger({ ...init, identity, audit: await auditLog({ store: memoryStore(), owner, signer }) })
}
