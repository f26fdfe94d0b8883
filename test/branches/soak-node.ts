/*
 * A member of staff who writes as fast as it goes, and looks at itself: `node soak-node.ts <MemberInit as JSON>`.
 * Commands and events as in say.ts.
 */
import { readdir, readFile } from 'node:fs/promises'
import { queryObjects, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { openMember } from './open-member.ts'
import { type MemberInit, type SoakRound, type SoakSample, serve, say } from './say.ts'

/** Sends to one colleague that are open at once. */
const OPEN_SENDS = 32
const WORDS = 'Could you look whether the atlas of 1911 is in the strongroom? A reader has come for it from afar.'
const MIB = 1_048_576

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const { messenger, audit } = await openMember(JSON.parse(process.argv[2] as string) as MemberInit)
const sent = new Map<string, number>()
const shown = new Map<string, { count: number; seq: number }>()
const disorder: string[] = []
let troubles = 0

messenger.addEventListener('message', ({ detail: { value, receipt } }) => {
  const last = shown.get(value.from) ?? { count: 0, seq: -1 }
  const number = Number.parseInt(value.text, 10)
  if (number !== last.count || receipt.seq <= last.seq) {
    disorder.push(`${value.from}: ${number} at ${receipt.seq}, after ${last.count - 1} at ${last.seq}`)
  }
  shown.set(value.from, { count: last.count + 1, seq: receipt.seq })
})
for (const trouble of ['colleague:gone', 'audit:failed', 'refused'] as const) {
  messenger.addEventListener(trouble, ({ detail }) => {
    troubles++
    say({ event: 'error', message: `${trouble}: ${'error' in detail ? String(detail.error) : detail.peer}` })
  })
}
say({ event: 'ready', peer: messenger.peerId, addresses: messenger.addresses() })

await serve({
  colleagues: async () => messenger.colleagues(),
  round: async ({ peers, each }: SoakRound) => {
    await Promise.all(peers.map((peer) => sendTo(peer, each)))
  },
  sample,
  close: async () => {
    await messenger.close()
    await audit.close()
  },
})

async function sendTo(peer: string, count: number): Promise<void> {
  let left = count
  const sender = async (): Promise<void> => {
    while (left-- > 0) {
      const number = sent.get(peer) ?? 0
      sent.set(peer, number + 1)
      await messenger.send(peer, `${number} ${WORDS}`)
    }
  }
  await Promise.all(Array.from({ length: OPEN_SENDS }, sender))
}

/** Between two rounds nothing is under way, so that what is left is what is kept. */
async function sample(): Promise<SoakSample> {
  collectGarbage()
  // Counting collects once more. Streams, connections and signals are event targets, each.
  const targets = queryObjects(EventTarget, { format: 'count' })
  const { heapUsed, external } = process.memoryUsage()
  const timers = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
  const counts = [...shown.values()].map(({ count }) => count)
  return {
    sent: [...sent.values()].reduce((sum, count) => sum + count, 0),
    received: counts.reduce((sum, count) => sum + count, 0),
    disorder: disorder.slice(0, 10),
    troubles,
    figures: {
      rssAnonMiB: await rssAnonMiB(),
      heapMiB: heapUsed / MIB,
      externalMiB: external / MIB,
      files: (await readdir('/proc/self/fd')).length,
      timers,
      targets,
    },
  }
}

async function rssAnonMiB(): Promise<number> {
  const status = await readFile('/proc/self/status', 'utf8')
  return Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1]) / 1_024
}
