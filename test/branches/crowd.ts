/*
 * Several members of staff in one process: `node crowd.ts <CrowdInit as JSON>`. They start at the command `start`, all
 * at once; `state` tells how many others each has a link to.
 */
import { join } from 'node:path'
import { type AuditStore, auditLog, openLogKey, parseRecord, verifyLog } from '@branchline/audit-sink'
import { memoryStore } from '@branchline/audit-sink/stores/memory'
import { createMessenger, lan, openIdentity, openRoster, peerIdOf } from '@branchline/core'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import { type CrowdInit, type CrowdLog, type CrowdSend, type CrowdState, say, serve } from './say.ts'

const { count, folder, rosterFile, bare, ...init } = JSON.parse(process.argv[2] as string) as CrowdInit
const identities = await Promise.all(
  Array.from({ length: count }, (_, n) => openIdentity(join(folder, String(n), 'identity.key'))),
)
type Identity = Awaited<ReturnType<typeof openIdentity>>

interface One {
  readonly peer: string
  /** How many others it has a link to or can reach, or has seen. */
  others(): number
  places(): number
  send(to: string, text: string): Promise<void>
  log(): Promise<CrowdLog>
  close(): Promise<void>
}

let all: One[] = []
let cpuAtStart = process.cpuUsage()
say({ event: 'ready', peer: '', addresses: [] })

await serve({
  start: async () => {
    cpuAtStart = process.cpuUsage()
    all = await Promise.all(identities.map(bare ? startBare : start))
  },
  state: async (): Promise<CrowdState> => {
    const { user, system } = process.cpuUsage(cpuAtStart)
    return {
      peers: all.map(({ peer }) => peer),
      linked: all.map((one) => one.others()),
      places: all.map((one) => one.places()),
      cpuMs: Math.round((user + system) / 1_000),
      rssMiB: Math.round(process.memoryUsage.rss() / 1_048_576),
    }
  },
  send: async ({ from, to, text }: CrowdSend): Promise<number> => {
    const startedAt = performance.now()
    await all[from]?.send(to, text)
    return Math.round(performance.now() - startedAt)
  },
  logs: async () => Promise.all(all.map((one) => one.log())),
  close: async () => {
    await Promise.all(all.map((one) => one.close()))
  },
})

async function start(identity: Identity, n: number): Promise<One> {
  const owner = peerIdOf(identity)
  const signer = await openLogKey(join(folder, String(n), 'log.key'), `branchline/${owner}`)
  const store = memoryStore()
  const audit = await auditLog({ store, owner, signer })
  const messenger = await createMessenger({ ...init, identity, audit, roster: await openRoster(rosterFile) })
  const others = (): number => messenger.colleagues().filter(({ link }) => link !== 'away').length
  return {
    peer: owner,
    others,
    places: () => messenger.relays().length,
    send: async (to, text) => void (await messenger.send(to, text)),
    log: async () => readLog(owner, store),
    close: async () => messenger.close(),
  }
}

async function readLog(peer: string, store: AuditStore): Promise<CrowdLog> {
  const { verdict } = await verifyLog(store)
  const texts = { sent: [] as string[], received: [] as string[] }
  for await (const piece of store.read()) {
    for (const { line, payloads } of piece) {
      const { kind } = parseRecord(line)
      const text = payloads.find(({ label }) => label === 'text')
      if (text !== undefined && (kind === 'sent' || kind === 'received'))
        texts[kind].push(Buffer.from(text.bytes).toString())
    }
  }
  return { peer, verdict, ...texts }
}

async function startBare(privateKey: Identity): Promise<One> {
  const node = await createLibp2p({
    privateKey,
    addresses: { listen: ['/ip4/0.0.0.0/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: { lan: lan({ service: '_crowd._udp.local' }) },
    start: false,
  })
  const seen = new Set<string>()
  node.services.lan.addEventListener('seen', ({ detail: { peer } }) => void seen.add(peer))
  await node.start()
  const bare = async (): Promise<never> => Promise.reject(new Error('it can do nothing but look'))
  const close = async (): Promise<void> => node.stop()
  return { peer: node.peerId.toString(), others: () => seen.size, places: () => 0, send: bare, log: bare, close }
}
