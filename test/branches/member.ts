/*
 * A member of staff: `node member.ts <MemberInit as JSON>`. Takes commands and tells events, a line of JSON each
 * (say.ts has both); goes home at the command `close`, or when nobody is there to command any more.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { parseRecord } from '@branchline/audit-sink'
import { MessengerError } from '@branchline/core'
import { fileCommands } from './member-files.ts'
import { openMember } from './open-member.ts'
import { type Attempt, type MemberInit, type PostOrder, type Sending, type SendOrder, serve, say } from './say.ts'

const { messenger, audit, roster } = await openMember(JSON.parse(process.argv[2] as string) as MemberInit)

messenger.addEventListener('message', ({ detail: { value } }) => {
  say({ event: 'message', from: value.from, text: value.text })
})
messenger.addEventListener('outcome', ({ detail: { to, result } }) => say({ event: 'outcome', to, result }))
messenger.addEventListener('colleague:here', ({ detail }) => say({ event: 'here', ...detail }))
messenger.addEventListener('colleague:gone', ({ detail }) => say({ event: 'gone', ...detail }))
messenger.addEventListener('audit:failed', ({ detail }) => say({ event: 'error', message: String(detail.error) }))
messenger.addEventListener('refused', ({ detail }) => say({ event: 'error', message: String(detail.error) }))
say({ event: 'ready', peer: messenger.peerId, addresses: messenger.addresses() })

await serve({
  send,
  attempt,
  post,
  posted: async ({ to }: { readonly to: string }) => recorded('sent', to),
  undelivered: async ({ to }: { readonly to: string }) =>
    (await recorded('sent', to)) - (await recorded('outcome', to)),
  colleagues: async () => messenger.colleagues(),
  relays: async () => messenger.relays(),
  take: async (order: { roster: string }) => messenger.takeRoster(Buffer.from(order.roster, 'base64')),
  serial: async () => roster.current.serial,
  ...fileCommands(messenger),
  close: async () => {
    await messenger.close()
    await audit.close()
  },
})

/** All at once, or one every so many milliseconds; in the order of their numbers either way. */
async function each<T>({ repeat, everyMs = 0, text }: SendOrder, work: (text: string) => Promise<T>): Promise<T[]> {
  const startedAt = performance.now()
  const all: Promise<T>[] = []
  for (let n = 0; n < (repeat ?? 1); n++) {
    const one = work(repeat === undefined ? text : `${n} ${text}`)
    one.catch(() => undefined) // told by Promise.all below
    all.push(one)
    const waitMs = startedAt + (n + 1) * everyMs - performance.now()
    if (waitMs > 0) await pause(waitMs)
  }
  return Promise.all(all)
}

async function send(order: SendOrder): Promise<Sending> {
  const startedAt = Date.now()
  const times = (await each(order, (text) => deliver(order.to, text))).toSorted((a, b) => a - b)
  const atRank = (share: number): number => times[Math.ceil(share * times.length) - 1] as number
  return { ms: Date.now() - startedAt, p50Ms: atRank(0.5), p95Ms: atRank(0.95), maxMs: atRank(1) }
}

/** Resolves when all are on record here. */
async function post({ to, from, until }: PostOrder): Promise<void> {
  const all: Promise<unknown>[] = []
  for (let n = from; n < until; n++) all.push(messenger.post(to, `message ${n}`))
  await Promise.all(all)
}

/** How many records of a kind the log holds that name somebody. */
async function recorded(kind: 'sent' | 'outcome', peer: string): Promise<number> {
  let count = 0
  for await (const piece of audit.read()) {
    for (const { line } of piece) {
      const record = parseRecord(line)
      if (record.kind === kind && record.peers?.includes(peer) === true) count += 1
    }
  }
  return count
}

/** Tells what became of each, instead of failing. */
async function attempt(order: SendOrder): Promise<Attempt[]> {
  return each(order, async (text) => {
    try {
      await deliver(order.to, text)
      return { text, result: 'delivered' }
    } catch (error) {
      return { text, result: error instanceof MessengerError ? error.code : String(error) }
    }
  })
}

async function deliver(to: string, text: string): Promise<number> {
  const startedAt = performance.now()
  await messenger.send(to, text)
  const ms = Math.round((performance.now() - startedAt) * 10) / 10
  say({ event: 'delivered', to, text: text.slice(0, 40), ms })
  return ms
}
