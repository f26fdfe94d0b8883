/*
 * Several members of staff in one process: `node crowd.ts <CrowdInit as JSON>`. They start at the command `start`, all
 * at once; `state` tells how many others each has a link to.
 */
import { join } from 'node:path'
import { lan, openIdentity } from '@branchline/core'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import { type Bare, One } from './crowd-one.ts'
import { hurryIntervals } from './hurried-interval.ts'
import { type CrowdInit, type CrowdLog, type CrowdMark, type CrowdSend, type CrowdState, say, serve } from './say.ts'

const ALERTED_AGAIN_MS = 300_000

const { count, folder, bare, alertedAgainMs, ...init } = JSON.parse(process.argv[2] as string) as CrowdInit
if (alertedAgainMs !== undefined) hurryIntervals(ALERTED_AGAIN_MS, alertedAgainMs)
const folders = Array.from({ length: count }, (_, n) => join(folder, String(n)))
// Before they start, so that making keys is no part of it.
await Promise.all(folders.map((each) => openIdentity(join(each, 'identity.key'))))

let all: Bare[] = []
let cpuAtStart = process.cpuUsage()
say({ event: 'ready', peer: '', addresses: [] })

await serve({
  start: async () => {
    cpuAtStart = process.cpuUsage()
    all = await Promise.all(folders.map((each) => (bare ? startBare(each) : One.start(each, init))))
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
    await members()[from]?.send(to, text)
    return Math.round(performance.now() - startedAt)
  },
  alarm: async ({ from, text }: Omit<CrowdSend, 'to'>) => members()[from]?.alarm(text),
  alerts: async () => members().map((one) => one.alerts()),
  mark: async ({ how }: CrowdMark) => {
    await Promise.all(members().map((one) => one.mark(how)))
  },
  'roll-call': async ({ from, id }: { readonly from: number; readonly id: string }) => members()[from]?.rollCall(id),
  logs: async (): Promise<CrowdLog[]> => Promise.all(members().map((one) => one.log())),
  close: async () => {
    await Promise.all(all.map((one) => one.close()))
  },
})

function members(): One[] {
  return all.map((one) => {
    if (one instanceof One) return one
    throw new Error('they can do nothing but look')
  })
}

async function startBare(profile: string): Promise<Bare> {
  const node = await createLibp2p({
    privateKey: await openIdentity(join(profile, 'identity.key')),
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
  const close = async (): Promise<void> => node.stop()
  return { peer: node.peerId.toString(), others: () => seen.size, places: () => 0, close }
}
