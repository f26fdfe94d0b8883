/*
 * A member of staff: `node member.ts <MemberInit as JSON>`. Takes commands and tells events, a line of JSON each
 * (say.ts has both); goes home at the command `close`, or when nobody is there to command any more.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { openMember } from './open-member.ts'
import { type MemberInit, type Sending, type SendOrder, serve, say } from './say.ts'

const { messenger, audit } = await openMember(JSON.parse(process.argv[2] as string) as MemberInit)

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
  say({ event: 'delivered', to, text: text.slice(0, 40) })
  return Math.round((performance.now() - startedAt) * 10) / 10
}
