import { auditLog } from '@branchline/audit-sink'
import { memoryStore } from '@branchline/audit-sink/stores/memory'
import { describe, expect, test } from 'vitest'
import type { Frame, Hello } from '../src/wire/frame.ts'
import { toWireCheckpoint } from '../src/wire/proof.ts'
import {
  alarms,
  type Greeting,
  type Person,
  person,
  rawPeer,
  type RawPeer,
  type RawStream,
  saying,
  silently,
  written,
} from './peers.ts'
import { appended, type Device, device, own, recordsOf, restarted, signerOf, until } from './support.ts'
import { genesisOf } from './voice.ts'

const plain = (hello: Hello | undefined) => hello && { genesis: own(hello.genesis) }

/** The stream was refused with this code and closed; that is on record when it is about a log. */
async function assertRefused(stream: RawStream, code: string, { store }: Person, from: RawPeer): Promise<void> {
  await until(() => stream.ended, 'the end of the stream')
  expect(stream.frames).toMatchObject([{ refusal: { code, message: own([]) } }])
  const refused = code.startsWith('LOG_') ? [{ peers: [from.peer], detail: { code } }] : []
  expect(await recordsOf(store, 'refused')).toMatchObject(refused)
  expect(await recordsOf(store, 'received')).toEqual([])
}

describe('both sides say hello first', () => {
  test('each with the genesis of its own log, and neither waits for the other', async () => {
    const bea = await person()
    const stream = await (await rawPeer(undefined, { greeting: silently })).open(bea.address)
    await until(() => stream.hello !== undefined)
    expect(plain(stream.hello)).toEqual({ genesis: await genesisOf(bea.audit) })
    const raw = await rawPeer(undefined, { greeting: silently })
    const ann = await person({ peers: [raw.address] })
    const sending = ann.messenger.send(raw.peer, 'hello', { timeoutMs: 200 })
    await expect(sending).rejects.toMatchObject({ code: 'PEER_UNREACHABLE' })
    expect(plain(raw.streams[0]?.hello)).toEqual({ genesis: await genesisOf(ann.audit) })
    expect([raw.received, await recordsOf(ann.store, 'sent')]).toEqual([0, []])
  })

  test('LOG_UNKNOWN for a message that comes before', async () => {
    const [bea, eve] = [await person(), await rawPeer(undefined, { greeting: silently })]
    const stream = await eve.open(bea.address)
    await stream.say(await written(eve, bea.peer))
    await assertRefused(stream, 'LOG_UNKNOWN', bea, eve)
  })

  test('FRAME_UNEXPECTED for a second one', async () => {
    const [bea, eve] = [await person(), await rawPeer()]
    const stream = await eve.open(bea.address)
    const hello = { hello: { genesis: await genesisOf(eve.self.audit), continuations: [] } }
    await stream.say(hello)
    await assertRefused(stream, 'FRAME_UNEXPECTED', bea, eve)
  })

  test('streams on which nobody says it keep nobody else waiting', async () => {
    const [bea, eve] = [await person(), await rawPeer(undefined, { greeting: silently })]
    const idle = [await eve.open(bea.address), await eve.open(bea.address)]
    const ann = await person({ peers: [bea.address] })
    await ann.messenger.send(bea.peer, 'hello')
    for (const { ended, frames } of idle) expect([ended, frames]).toEqual([false, []])
  })
})

describe('LOG_UNKNOWN for a hello that names no log of the peer at the other end', () => {
  async function genesisWith(self: Device, origin: string, owner = self.peer): Promise<Uint8Array> {
    const signer = signerOf(origin.replace('branchline/', ''))
    return genesisOf(await auditLog({ store: memoryStore(), owner, signer: { ...signer, name: origin } }))
  }
  const replaced = async ({ audit }: Device, from: RegExp | string, to: string): Promise<Uint8Array> =>
    Buffer.from(
      Buffer.from(await genesisOf(audit))
        .toString()
        .replace(from, to),
    )

  test.each<[string, (self: Device, other: Device) => Promise<Uint8Array>]>([
    ['the genesis of another', async (_, other) => genesisOf(other.audit)],
    ['an origin of another', async (self, other) => genesisWith(self, `branchline/${other.peer}`)],
    ['an origin of another kind', async (self) => genesisWith(self, `branchlines/${self.peer}`)],
    ['an owner who is another', async (self, other) => genesisWith(self, `branchline/${self.peer}`, other.peer)],
    [
      'a record of the log that is no genesis',
      async ({ audit, peer }) =>
        (await appended(audit, { kind: 'session', actor: peer, detail: { event: 'notice' } })).line,
    ],
    ['a key that cannot be read', async (self) => replaced(self, /"key":"[^"]*"/, '"key":"none"')],
    ['a key whose ID is wrong', async (self) => replaced(self, /\+[0-9a-f]{8}\+/, '+00000000+')],
    ['no record', async () => Buffer.from('hello')],
    ['nothing', async () => Buffer.alloc(0)],
  ])('%s', async (_, genesis) => {
    const [bea, other, eve] = [await person(), await device(), await rawPeer()]
    const stream = await eve.open(bea.address, saying(await genesis(eve.self, other)))
    await assertRefused(stream, 'LOG_UNKNOWN', bea, eve)
    const ann = await person({ peers: [bea.address] })
    await ann.messenger.send(bea.peer, 'hello')
  })

  test('on our way out, too: nothing is recorded as sent, and nothing leaves', async () => {
    const eve = await rawPeer(undefined, { greeting: saying(await genesisOf((await device()).audit)) })
    const ann = await person({ peers: [eve.address] })
    await expect(ann.messenger.send(eve.peer, 'hello')).rejects.toMatchObject({ code: 'LOG_UNKNOWN' })
    expect([eve.received, await recordsOf(ann.store, 'sent')]).toEqual([0, []])
    await until(async () => (await recordsOf(ann.store, 'refused')).length === 1)
    expect(await recordsOf(ann.store, 'refused')).toMatchObject([{ detail: { code: 'LOG_UNKNOWN' } }])
  })
})

describe('LOG_KEY_CHANGED when what is held was signed with another key', () => {
  async function known(): Promise<{ bea: Person; eve: RawPeer; other: Uint8Array }> {
    const [bea, eve] = [await person(), await rawPeer()]
    const stream = await eve.open(bea.address)
    await stream.say(await written(eve, bea.peer))
    await until(() => stream.frames.length === 1)
    stream.stream.abort(new Error('enough'))
    const signer = signerOf(eve.peer)
    const other = await genesisOf(await auditLog({ store: memoryStore(), owner: eve.peer, signer }))
    return { bea, eve, other }
  }

  test.each([
    ['at once', false],
    ['also after a restart', true],
  ])('%s', async (_, restarts) => {
    const { bea, eve, other } = await known()
    if (restarts) await bea.messenger.close()
    const later = restarts ? await person({}, await restarted(bea)) : bea
    const stream = await eve.open(later.address, saying(other))
    await until(() => stream.ended)
    expect(stream.frames).toMatchObject([{ refusal: { code: 'LOG_KEY_CHANGED' } }])
    expect(await recordsOf(bea.store, 'refused')).toMatchObject([{ detail: { code: 'LOG_KEY_CHANGED' } }])
    expect(await recordsOf(bea.store, 'received')).toHaveLength(1)
  })

  test('on our way out, too', async () => {
    const eve = await rawPeer(undefined, { greeting: (voice) => greet(voice) })
    let greet: Greeting = (voice) => voice.hello()
    const bea = await person({ peers: [eve.address] })
    const stream = await eve.open(bea.address)
    await stream.say(await written(eve, bea.peer))
    await until(() => stream.frames.length === 1)
    greet = saying(
      await genesisOf(await auditLog({ store: memoryStore(), owner: eve.peer, signer: signerOf(eve.peer) })),
    )
    await expect(bea.messenger.send(eve.peer, 'hello')).rejects.toMatchObject({ code: 'LOG_KEY_CHANGED' })
    expect(await recordsOf(bea.store, 'sent')).toEqual([])
  })
})

describe('what a peer says to hold of our log', () => {
  test.each<[string, (bea: Person) => Promise<Frame['hello']>]>([
    ['that we never signed', async ({ peer }) => helloHolding(await checkpointOf(await otherLog(peer)))],
    [
      'whose signature was changed',
      async ({ audit }) => helloHolding({ ...(await audit.checkpoint()), signature: Buffer.alloc(64) }),
    ],
    [
      'that is no checkpoint',
      async ({ audit }) => helloHolding({ ...(await audit.checkpoint()), signature: Buffer.alloc(3) }),
    ],
    ['that has no size', async ({ audit }) => helloHolding({ ...(await audit.checkpoint()), size: 0 })],
  ])('%s, is not believed: LOG_UNKNOWN, and nothing stops', async (_, helloOf) => {
    const [bea, eve, cec] = [await person(), await rawPeer(), await person()]
    const errors = alarms(bea)
    const hello = await helloOf(bea)
    const greeting = saying(await genesisOf(eve.self.audit))
    const stream = await eve.open(bea.address, async (voice) => {
      const frame = await greeting(voice)
      return { hello: { ...frame?.hello, ...hello } as Frame['hello'] & object }
    })
    await assertRefused(stream, 'LOG_UNKNOWN', bea, eve)
    const ann = await person({ peers: [bea.address, cec.address] })
    await ann.messenger.send(bea.peer, 'hello')
    expect(errors).toEqual([])
  })

  async function otherLog(peer: string): Promise<Device> {
    const self = await device()
    const signer = signerOf(peer)
    const store = memoryStore()
    return { ...self, peer, store, signer, audit: await auditLog({ store, owner: peer, signer }) }
  }
  const checkpointOf = async ({ audit }: Device) => audit.checkpoint()
  const helloHolding = (held: Parameters<typeof toWireCheckpoint>[0]) =>
    ({ held: toWireCheckpoint(held) }) as Frame['hello']
})
