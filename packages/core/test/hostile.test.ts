import { leafHash, MAX_RECORD_BYTES, verifyLog } from '@branchline/audit-sink'
import { describe, expect, test } from 'vitest'
import { MAX_TEXT_BYTES, type MessengerErrorCode, type ReceivedMessage, sanitise } from '../src/index.ts'
import type { Frame } from '../src/wire/frame.ts'
import { encode } from '../src/wire/varint.ts'
import { type Person, person, rawPeer, type RawPeer, type RawStream } from './peers.ts'
import {
  appended,
  device,
  type Device,
  framed,
  messageFrame,
  own,
  prefixed,
  recordsOf,
  textTo,
  until,
} from './support.ts'

interface Scene {
  readonly bea: Person
  readonly eve: RawPeer
  /** Eve's device; what she sends is in her log before. */
  readonly self: Device
  readonly stream: RawStream
  readonly shown: ReceivedMessage[]
  readonly refused: [from: string, code: string][]
  readonly alarms: unknown[]
}

/** An honest person, and a peer with a stream to them who is not. */
async function scene(): Promise<Scene> {
  const bea = await person()
  const self = await device()
  const eve = await rawPeer(undefined, { self })
  const scene: Scene = { bea, eve, self, stream: await eve.open(bea.address), shown: [], refused: [], alarms: [] }
  bea.messenger.addEventListener('message', ({ detail }) => scene.shown.push(detail.value))
  bea.messenger.addEventListener('refused', ({ detail }) => scene.refused.push([detail.from, detail.error.code]))
  bea.messenger.addEventListener('audit:failed', ({ detail }) => scene.alarms.push(detail.error))
  return scene
}

async function written({ self }: Scene, to: string, text: string | Uint8Array, actor = self.peer): Promise<Frame> {
  return messageFrame(await appended(self.audit, textTo(to, text, actor)))
}

/** Nothing came of it, nobody was alarmed, and an honest peer is served as before. */
async function assertUnharmed({ bea, shown, alarms }: Scene): Promise<void> {
  expect([await recordsOf(bea.store, 'received'), shown, alarms]).toEqual([[], [], []])
  const ann = await person({ peers: [bea.address] })
  await ann.messenger.send(bea.peer, 'hello')
  expect(shown.map(({ text }) => text)).toEqual(['hello'])
  expect(await verifyLog(bea.store)).toMatchObject({ verdict: 'INTACT' })
}

describe('a stream that does not keep to the wire is refused, closed and forgotten', () => {
  test.each<[string, MessengerErrorCode, Uint8Array]>([
    ['rubbish', 'FRAME_MALFORMED', prefixed(Buffer.from('GET /index.html HTTP/1.1\r\n'))],
    ['an empty frame', 'FRAME_MALFORMED', Buffer.of(0)],
    ['a frame over the limit', 'FRAME_TOO_LARGE', encode(131_073)],
    ['a length without end', 'FRAME_TOO_LARGE', Buffer.alloc(100_000, 0xff)],
    ['a receipt', 'FRAME_UNEXPECTED', framed({ receipt: { record: own(Buffer.from('{}')) } })],
    ['a refusal', 'FRAME_UNEXPECTED', framed({ refusal: { message: own([]), code: 'REFUSED', reason: 'no' } })],
  ])('%s: %s', async (_, code, bytes) => {
    const at = await scene()
    at.stream.send(bytes)
    await until(() => at.stream.ended)
    expect(at.stream.frames).toMatchObject([{ refusal: { code, reason: expect.stringMatching(/./) } }])
    expect(at.stream.frames[0]?.refusal?.message).toHaveLength(0)
    expect(at.refused).toEqual([[at.eve.peer, code]])
    await assertUnharmed(at)
  })

  test('a flood after that is not read, and costs no more than a buffer', async () => {
    const at = await scene()
    at.stream.send(Buffer.of(0))
    for (let n = 0; n < 64 && !at.stream.ended; n++) at.stream.send(Buffer.alloc(262_144, 0x0a))
    await until(() => at.stream.stream.status !== 'open')
    expect(at.refused).toEqual([[at.eve.peer, 'FRAME_MALFORMED']])
    await assertUnharmed(at)
  })

  test('a third stream of one connection is not admitted, and the two go on', async () => {
    const at = await scene()
    const second = await at.eve.open(at.bea.address)
    const third = await at.eve.open(at.bea.address).catch(() => undefined)
    await until(() => third?.stream.status !== 'open')
    for (const stream of [at.stream, second]) {
      await stream.say(await written(at, at.bea.peer, 'hello'))
      await until(() => stream.frames.length === 1)
    }
    expect(at.shown).toHaveLength(2)
  })

  test('a peer that leaves in the middle of a frame leaves nothing behind', async () => {
    const at = await scene()
    const bytes = framed(await written(at, at.bea.peer, 'hello'))
    at.stream.send(bytes.subarray(0, bytes.length - 1))
    at.stream.stream.abort(new Error('gone'))
    await assertUnharmed(at)
    expect(at.refused).toEqual([])
  })
})

describe('a message that is not what it says is refused by its ID, and the stream goes on', () => {
  test.each<[MessengerErrorCode, string, (at: Scene) => Promise<Frame>]>([
    [
      'MESSAGE_FORGED',
      'in the name of another',
      async (at) => written(at, at.bea.peer, 'hello', (await device()).peer),
    ],
    ['MESSAGE_FORGED', 'in the name of its receiver', async (at) => written(at, at.bea.peer, 'hello', at.bea.peer)],
    ['MESSAGE_NOT_FOR_US', 'to another', async (at) => written(at, (await device()).peer, 'hello')],
    [
      'MESSAGE_UNPROVEN',
      'with other words than were recorded',
      async (at) => {
        const { message } = await written(at, at.bea.peer, 'hello')
        const [opening] = message?.openings ?? []
        return {
          message: { record: message?.record ?? own([]), openings: [{ ...opening, payload: own([1]) } as never] },
        }
      },
    ],
    [
      'MESSAGE_UNPROVEN',
      'without words',
      async (at) => ({
        message: { record: own((await written(at, at.bea.peer, 'x')).message?.record ?? []), openings: [] },
      }),
    ],
    ['MESSAGE_TOO_LARGE', 'that is too long', async (at) => written(at, at.bea.peer, Buffer.alloc(MAX_TEXT_BYTES + 1))],
    [
      'MESSAGE_MALFORMED',
      'that is no record',
      async () => ({ message: { record: own(Buffer.from('{}')), openings: [] } }),
    ],
    [
      'MESSAGE_TOO_LARGE',
      'whose record leaves no room for ours',
      async (at) => {
        const room =
          MAX_RECORD_BYTES - (await appended(at.self.audit, textTo(at.bea.peer, 'x', at.self.peer))).line.length
        const names = Array.from({ length: 32 }, (_, n) => `n${n}`)
        const value = '\u0001'.repeat(Math.floor((room - 400) / 32 / 6))
        const detail = Object.fromEntries(names.map((name) => [name, value]))
        return messageFrame(await appended(at.self.audit, { ...textTo(at.bea.peer, 'x', at.self.peer), detail }))
      },
    ],
  ])('%s: a message %s', async (code, _, frameOf) => {
    const at = await scene()
    const frame = await frameOf(at)
    await at.stream.say(frame)
    await until(() => at.stream.frames.length === 1)
    expect(await recordsOf(at.bea.store, 'refused')).toMatchObject([
      { peers: [at.eve.peer], detail: { code }, message: leafHash(frame.message?.record ?? own([])) },
    ])
    const { refusal } = at.stream.frames[0] ?? {}
    expect(refusal).toMatchObject({ code })
    expect(Buffer.from(refusal?.message ?? []).toString('hex')).toBe(leafHash(frame.message?.record ?? own([])))
    expect(at.refused).toEqual([[at.eve.peer, code]])
    expect(at.stream.ended).toBe(false)
    await assertUnharmed(at)
    await at.stream.say(await written(at, at.bea.peer, 'honest now'))
    await until(() => at.shown.at(-1)?.text === 'honest now')
  })

  test('nothing of what was refused is in the refusal', async () => {
    const at = await scene()
    await at.stream.say(await written(at, (await device()).peer, 'a secret word'))
    await until(() => at.stream.frames.length === 1)
    expect(Buffer.from(at.stream.bytes).toString('latin1')).not.toContain('secret')
  })
})

test('a text of no bytes at all says nothing, and is refused', async () => {
  const at = await scene()
  await at.stream.say(await written(at, at.bea.peer, Buffer.alloc(0)))
  await until(() => at.stream.frames.length === 1)
  expect(at.stream.frames).toMatchObject([{ refusal: { code: 'CONTENT_MALFORMED' } }])
})

describe('words are kept as they came, and made harmless only to be shown', () => {
  test.each<[string, Uint8Array, string]>([
    ['bytes that are no UTF-8', Buffer.of(0xff, 0xfe, 0x41, 0xc3), '\uFFFD\uFFFDA\uFFFD'],
    ['escape sequences', Buffer.from('\u001B[2J\u001B]0;root\u0007owned'), 'owned'],
    ['bidirectional overrides', Buffer.from('user\u202Egnp.exe'), 'user\uFFFDgnp.exe'],
    ['zero bytes', Buffer.alloc(3), '\uFFFD\uFFFD\uFFFD'],
  ])('%s', async (_, bytes, harmless) => {
    const at = await scene()
    await at.stream.say(await written(at, at.bea.peer, bytes))
    await until(() => at.shown.length === 1)
    const [message] = at.shown
    expect(Buffer.from(message?.bytes ?? [])).toEqual(Buffer.from(bytes))
    expect(sanitise(message?.text ?? '')).toBe(harmless)
    for await (const piece of at.bea.store.read()) {
      const kept = piece.flatMap(({ payloads }) => payloads).find(({ label }) => label === 'text')
      expect(Buffer.from(kept?.bytes ?? [])).toEqual(Buffer.from(bytes))
    }
  })
})

test('REFUSED_TOO_OFTEN: of a flood of bad messages 256 are recorded, the rest is counted, and good ones still come', async () => {
  const at = await scene()
  const bad = Array.from({ length: 50 }, (): Frame => ({ message: { record: own(Buffer.from('{}')), openings: [] } }))
  const streams = [at.stream]
  for (let n = 0; n < 8; n++) {
    let stream = streams.at(-1) as RawStream
    if (stream.stream.status !== 'open' || stream.ended) {
      stream = await at.eve.open(at.bea.address)
      streams.push(stream)
    }
    const had = stream.frames.length
    await stream.say(...bad)
    await until(() => stream.frames.length >= had + bad.length || stream.ended)
  }
  const codes = new Set(streams.flatMap(({ frames }) => frames.map(({ refusal }) => refusal?.code)))
  expect(codes).toEqual(new Set(['MESSAGE_MALFORMED', 'REFUSED_TOO_OFTEN']))
  expect(at.refused.filter(([, code]) => code === 'REFUSED_TOO_OFTEN').length).toBeGreaterThan(0)
  expect(await recordsOf(at.bea.store, 'refused')).toHaveLength(256)
  await (await at.eve.open(at.bea.address)).say(await written(at, at.bea.peer, 'meant well'))
  await until(() => at.shown.length === 1)
  await at.bea.messenger.close()
  const [last] = (await recordsOf(at.bea.store, 'refused')).slice(256)
  expect(last).toMatchObject({ peers: [at.eve.peer], detail: { code: 'REFUSED_TOO_OFTEN' } })
  expect(Number(last?.detail?.['unrecorded'])).toBeGreaterThan(0)
  expect(at.alarms).toEqual([])
})

test('a peer that sends and does not read what it is answered is not read on, and fills no memory', async () => {
  const at = await scene()
  at.stream.stream.pause()
  const tiny = Buffer.concat(Array<Uint8Array>(2_000).fill(prefixed(Buffer.of(0x0a, 0))))
  let sent = 0
  const pump = setInterval(() => {
    if (at.stream.stream.writeStatus !== 'writable' || at.stream.stream.writeBufferLength > 0) return
    at.stream.send(tiny)
    sent += 2_000
  }, 1)
  const counts: number[] = []
  // It does not get rid of more, or was cut off with more than any stream may hold.
  const isHeldBack = (): boolean => at.stream.stream.writeBufferLength > 0 || at.stream.stream.status !== 'open'
  await until(isHeldBack)
  await until(() => counts.push(at.refused.length) > 20 && counts.at(-1) === counts.at(-20) && counts.at(-1) !== 0)
  clearInterval(pump)
  expect(at.refused.length).toBeLessThan(sent)
  await assertUnharmed(at)
})
