/*
 * A member of staff: `node member.ts <MemberInit as JSON>`. Takes commands and tells events, a line of JSON each
 * (say.ts has both); goes home at the command `close`, or when nobody is there to command any more.
 */
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { auditLog, openLogKey } from '@branchline/audit-sink'
import { levelStore } from '@branchline/audit-sink/stores/level'
import { createMessenger, openIdentity, openRoster, peerIdOf } from '@branchline/core'
import { type MemberInit, type Sending, type SendOrder, serve, say } from './say.ts'

const { folder, rosterFile, ...init } = JSON.parse(process.argv[2] as string) as MemberInit
const identity = await openIdentity(join(folder, 'identity.key'))
const owner = peerIdOf(identity)
const signer = await openLogKey(join(folder, 'log.key'), `branchline/${owner}`)
const audit = await auditLog({ store: await levelStore(join(folder, 'log')), owner, signer })
const roster = await openRoster(rosterFile)
const messenger = await createMessenger({ ...init, identity, audit, roster })

messenger.addEventListener('message', ({ detail: { value } }) => {
  say({ event: 'message', from: value.from, text: value.text })
})
messenger.addEventListener('colleague:here', ({ detail }) => say({ event: 'here', ...detail }))
messenger.addEventListener('colleague:gone', ({ detail }) => say({ event: 'gone', ...detail }))
messenger.addEventListener('audit:failed', ({ detail }) => say({ event: 'error', message: String(detail.error) }))
messenger.addEventListener('refused', ({ detail }) => say({ event: 'error', message: String(detail.error) }))
say({ event: 'ready', peer: messenger.peerId, addresses: messenger.addresses() })

await serve({
  send,
  colleagues: async () => messenger.colleagues(),
  relays: async () => messenger.relays(),
  take: async (order: { roster: string }) => messenger.takeRoster(Buffer.from(order.roster, 'base64')),
  serial: async () => roster.current.serial,
  close: async () => {
    await messenger.close()
    await audit.close()
  },
})

/** All at once, or one every so many milliseconds; in the order of their numbers either way. */
async function send({ to, text, repeat, everyMs = 0 }: SendOrder): Promise<Sending> {
  const startedAt = Date.now()
  const sends: Promise<number>[] = []
  for (let n = 0; n < (repeat ?? 1); n++) {
    const sending = deliver(to, repeat === undefined ? text : `${n} ${text}`)
    sending.catch(() => undefined) // told by Promise.all below
    sends.push(sending)
    if (everyMs > 0) await pause(everyMs)
  }
  const times = (await Promise.all(sends)).toSorted((a, b) => a - b)
  const atRank = (share: number): number => times[Math.ceil(share * times.length) - 1] as number
  return { ms: Date.now() - startedAt, p50Ms: atRank(0.5), maxMs: atRank(1) }
}

async function deliver(to: string, text: string): Promise<number> {
  const startedAt = performance.now()
  await messenger.send(to, text)
  const ms = Math.round((performance.now() - startedAt) * 10) / 10
  say({ event: 'delivered', to, text: text.slice(0, 40), ms })
  return ms
}
