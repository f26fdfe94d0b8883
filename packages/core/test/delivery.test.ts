import { joinLogs, leafHash, parseRecord } from '@branchline/audit-sink'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createMessenger, type ReceivedMessage } from '../src/index.ts'
import type { Frame, Message } from '../src/wire/frame.ts'
import { LOOPBACK, type Person, person, RawPeer, rawPeer, type RawStream } from './peers.ts'
import {
  appended,
  changedFor,
  type Device,
  device,
  gate,
  logOf,
  messageFrame,
  own,
  pause,
  receiptFor,
  recordsOf,
  textTo,
  until,
} from './support.ts'

function inbox({ messenger }: Pick<Person, 'messenger'>): ReceivedMessage[] {
  const messages: ReceivedMessage[] = []
  messenger.addEventListener('message', ({ detail }) => messages.push(detail.value))
  return messages
}

/** A device that speaks by hand, and writes its messages into its own log before. */
async function rawAuthor(): Promise<{
  self: Device
  raw: RawPeer
  write: (to: string, text: string) => Promise<Frame>
}> {
  const self = await device()
  const raw = await rawPeer(undefined, { self })
  return {
    self,
    raw,
    write: async (to, text) => messageFrame(await appended(self.audit, textTo(to, text, self.peer))),
  }
}

const receiptsOf = (streams: readonly RawStream[]): string[] =>
  streams.flatMap(({ frames }) => frames.map(({ receipt }) => Buffer.from(receipt?.record ?? []).toString()))

describe('a message that comes more than once is recorded and shown once, and answered each time', () => {
  test('on one stream, in one turn', async () => {
    const bea = await person()
    const came = inbox(bea)
    const { raw, write } = await rawAuthor()
    const frame = await write(bea.peer, 'hello')
    const stream = await raw.open(bea.address)
    await stream.say(frame, frame, frame)
    await until(() => stream.frames.length === 3)
    await stream.say(frame)
    await until(() => stream.frames.length === 4)
    const receipts = receiptsOf([stream])
    expect(new Set(receipts)).toEqual(new Set([receipts[0]]))
    expect(parseRecord(Buffer.from(receipts[0] ?? ''))).toEqual((await recordsOf(bea.store, 'received'))[0])
    expect([came.length, (await recordsOf(bea.store, 'received')).length]).toEqual([1, 1])
  })

  test('on two streams at once', async () => {
    const bea = await person()
    const came = inbox(bea)
    const { raw, write } = await rawAuthor()
    const streams = [await raw.open(bea.address), await raw.open(bea.address)]
    const frames = await Promise.all(Array.from({ length: 20 }, (_, n) => write(bea.peer, `${n}`)))
    for (const stream of streams) for (const frame of frames) void stream.say(frame)
    await until(() => receiptsOf(streams).length === 40)
    expect(new Set(receiptsOf(streams)).size).toBe(20)
    expect(came.map(({ text }) => text)).toEqual(frames.map((_, n) => `${n}`))
    expect(await recordsOf(bea.store, 'received')).toHaveLength(20)
  })

  test('before and after the receiver was closed and came back with the same log', async () => {
    const self = await device()
    const { raw, write } = await rawAuthor()
    const frame = await write(self.peer, 'hello')
    const receipts: string[] = []
    let shown = 0
    for (let session = 0; session < 2; session++) {
      const bea = await person({}, self)
      const came = inbox(bea)
      const stream = await raw.open(bea.address)
      await stream.say(frame)
      await until(() => stream.frames.length === 1)
      receipts.push(...receiptsOf([stream]))
      shown += came.length
      await bea.messenger.close()
    }
    expect(receipts[1]).toBe(receipts[0])
    expect([shown, (await recordsOf(self.store, 'received')).length]).toEqual([1, 1])
  })

  test('while its first record is still being written', async () => {
    const self = await device()
    const slow = changedFor('received', self.audit, async (entries) => {
      await pause(40)
      return self.audit.append(entries)
    })
    const bea = await person({ audit: slow }, self)
    const { raw, write } = await rawAuthor()
    const frame = await write(bea.peer, 'hello')
    const stream = await raw.open(bea.address)
    for (let n = 0; n < 6; n++) {
      await stream.say(frame)
      await pause(15)
    }
    await until(() => stream.frames.length === 6)
    expect(new Set(receiptsOf([stream])).size).toBe(1)
    expect(await recordsOf(bea.store, 'received')).toHaveLength(1)
  })

  test('after its first record took longer than anybody waited', async () => {
    const self = await device()
    const { opened, open } = gate()
    const stalled = changedFor('received', self.audit, async (entries) => {
      await opened
      return self.audit.append(entries)
    })
    const bea = await person({ audit: stalled, recordTimeoutMs: 60 }, self)
    const came = inbox(bea)
    const { raw, write } = await rawAuthor()
    const frame = await write(bea.peer, 'hello')
    for (const _ of [1, 2]) {
      const stream = await raw.open(bea.address)
      await stream.say(frame)
      await until(() => stream.ended)
      expect(stream.frames.map(({ refusal }) => refusal?.code)).toEqual(['AUDIT_UNAVAILABLE'])
      await stream.stream.close()
    }
    open()
    await until(async () => (await recordsOf(bea.store, 'received')).length > 0)
    const stream = await raw.open(bea.address)
    await stream.say(frame)
    await until(() => stream.frames.length === 1)
    expect([came.length, (await recordsOf(bea.store, 'received')).length]).toEqual([1, 1])
  })
})

async function senderTo(raw: RawPeer): Promise<Person> {
  return person({ peers: [raw.address] })
}

describe('what a peer answers is not believed', () => {
  test('a peer that never answers: NOT_CONFIRMED at the deadline, outcome `unconfirmed`', async () => {
    const raw = await rawPeer()
    const ann = await senderTo(raw)
    const start = Date.now()
    const sending = ann.messenger.send(raw.peer, 'hello', { timeoutMs: 200 })
    await expect(sending).rejects.toMatchObject({ code: 'NOT_CONFIRMED' })
    expect(Date.now() - start).toBeLessThan(2_000)
    expect(raw.frames).toHaveLength(1)
    const [sent] = await recordsOf(ann.store, 'sent')
    const outcome = { detail: { result: 'unconfirmed' }, ref: sent?.seq, peers: [raw.peer] }
    expect(await recordsOf(ann.store, 'outcome')).toMatchObject([outcome])
  })

  test('nor is it waited for longer when the clock is set back meanwhile', async () => {
    const raw = await rawPeer()
    const ann = await senderTo(raw)
    const sending = ann.messenger.send(raw.peer, 'hello', { timeoutMs: 300 })
    await until(() => raw.frames.length === 1)
    const { now } = Date
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => now() - 3_600_000)
    onTestFinished(() => clock.mockRestore())
    await expect(sending).rejects.toMatchObject({ code: 'NOT_CONFIRMED' })
  })

  async function answeredWith(answer: (message: Message, self: Device) => Promise<Frame>) {
    const self = await device()
    const raw = await rawPeer(
      RawPeer.answering((message) => answer(message, self)),
      { self },
    )
    const ann = await senderTo(raw)
    const sending = ann.messenger.send(raw.peer, 'hello', { timeoutMs: 120 })
    const result = await sending.catch((error: unknown) => error)
    return { ann, raw, result, outcomes: await recordsOf(ann.store, 'outcome') }
  }

  test('a right receipt from a peer that speaks by hand is taken', async () => {
    const { result, outcomes } = await answeredWith((message, self) => receiptFor(message, self))
    expect(result).toMatchObject({ sentSeq: 2, outcomeSeq: 3 })
    expect(outcomes).toMatchObject([{ detail: { result: 'delivered' } }])
  })

  const CEC = '12D3KooWCecCecCecCecCecCecCecCecCecCecCecCecCecCecCe'
  const logOfCec = logOf(CEC)
  const elsewhere = async (message: Message) => receiptFor(message, { peer: CEC, audit: await logOfCec })
  const inTheNameOf = async (peer: string, message: Message, { audit }: Device) => receiptFor(message, { peer, audit })
  test.each<[string, (message: Message, self: Device) => Promise<Frame>]>([
    ['from another peer', elsewhere],
    ['in the name of another peer', (message, self) => inTheNameOf(CEC, message, self)],
    ['for a message of someone else', (message, self) => receiptFor(message, self, { peers: [CEC] })],
    [
      'over other words',
      (message, self) =>
        receiptFor(message, self, {
          payloads: [
            { label: 'text', bytes: own(Buffer.from('no')) },
            { label: 'record', bytes: message.record },
          ],
        }),
    ],
    [
      'over no words',
      (message, self) => receiptFor(message, self, { payloads: [{ label: 'record', bytes: message.record }] }),
    ],
    ['that is no record of something received', (message, self) => receiptFor(message, self, { kind: 'view' })],
    ['that is no record', async () => ({ receipt: { record: own(Buffer.from('{"ok":true}')) } })],
    ['that is empty', async () => ({ receipt: { record: own([]) } })],
    ['that is a message', async (message) => ({ message })],
  ])('a receipt %s is not taken: the stream is closed, and the message is unconfirmed', async (_, answer) => {
    const { raw, result, outcomes } = await answeredWith(answer)
    expect(result).toMatchObject({ code: 'NOT_CONFIRMED' })
    expect(outcomes).toMatchObject([{ detail: { result: 'unconfirmed' } }])
    expect(raw.streams[0]?.ended).toBe(true)
    expect(raw.streams.length).toBeGreaterThan(1)
    expect(raw.streams.length).toBeLessThan(5)
  })

  test('a receipt for another message settles nothing', async () => {
    const stranger = 'ab'.repeat(32)
    const { raw, result } = await answeredWith((message, self) => receiptFor(message, self, { message: stranger }))
    expect(result).toMatchObject({ code: 'NOT_CONFIRMED' })
    expect(raw.streams).toHaveLength(1)
  })

  test('a refusal settles its own message and no other', async () => {
    const self = await device()
    const refuse = async (message: Message): Promise<Frame> =>
      Buffer.from(message.openings[0]?.payload ?? []).toString() === 'bad'
        ? {
            refusal: {
              message: own(Buffer.from(leafHash(message.record), 'hex')),
              code: 'MESSAGE_UNKNOWN',
              reason: 'no',
            },
          }
        : receiptFor(message, self)
    const raw = await rawPeer(RawPeer.answering(refuse), { self })
    const ann = await senderTo(raw)
    const sending = ['good', 'bad', 'fine'].map((text) => ann.messenger.send(raw.peer, text))
    expect((await Promise.allSettled(sending)).map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
    ])
    await expect(sending[1]).rejects.toMatchObject({
      code: 'REFUSED',
      message: expect.stringContaining('MESSAGE_UNKNOWN: no'),
    })
  })

  test.each([
    ['words cut in the middle of an emoji', 'MESSAGE_UNKNOWN', `x${'😀'.repeat(2_000)}`],
    ['very long words', 'MESSAGE_UNKNOWN', '€'.repeat(30_000)],
    ['a code that is none', '\u001B[2J', 'no'],
    ['nothing', '', ''],
  ])('a refusal with %s is recorded like any other', async (_, code, reason) => {
    const { result, outcomes } = await answeredWith(async (message) => ({
      refusal: { message: own(Buffer.from(leafHash(message.record), 'hex')), code, reason },
    }))
    expect(result).toMatchObject({ code: 'REFUSED' })
    expect(outcomes).toMatchObject([{ detail: { result: 'refused' }, reason: (result as Error).message }])
  })
})

describe('a stream that is lost is opened again, and what is under way is sent again', () => {
  test('when the peer aborts it once, in the middle: each message is there once, in order', async () => {
    const self = await device()
    let seen = 0
    const raw = await rawPeer(
      RawPeer.answering(async (message, { stream }) => {
        seen += 1
        if (seen === 20) stream.abort(new Error('the cable was pulled'))
        return seen < 20 && seen % 2 === 0 ? undefined : receiptFor(message, self)
      }),
      { self },
    )
    const ann = await senderTo(raw)
    const words = Array.from({ length: 40 }, (_, n) => `${n}`)
    const deliveries = await Promise.all(words.map((word) => ann.messenger.send(raw.peer, word)))
    expect(raw.streams).toHaveLength(2)
    const again = raw.streams[1]?.frames.map(({ message }) => parseRecord(message?.record ?? own([])).seq) ?? []
    expect(again).toEqual(again.toSorted((a, b) => a - b))
    expect(new Set(deliveries.map(({ id }) => id)).size).toBe(40)
    expect(await recordsOf(ann.store, 'sent')).toHaveLength(40)
    expect(await recordsOf(ann.store, 'outcome')).toHaveLength(40)
  })

  test('when it ends its side: the same', async () => {
    const self = await device()
    const raw = await rawPeer(
      RawPeer.answering(async (message, { stream }) => {
        if (raw.streams.length === 1) void stream.close()
        return raw.streams.length === 1 ? undefined : receiptFor(message, self)
      }),
      { self },
    )
    const ann = await senderTo(raw)
    await ann.messenger.send(raw.peer, 'hello')
    expect(raw.streams).toHaveLength(2)
  })

  test('when the receiver goes before it answered, and comes back: it is recorded and shown once', async () => {
    const self = await device()
    const raw = await rawPeer(undefined, { self })
    const ann = await senderTo(raw)
    const sending = ann.messenger.send(raw.peer, 'hello')
    await until(() => raw.frames.length === 1)
    const [listen] = raw.address.split('/p2p/')
    await raw.node.stop()
    const bea = await person({ listen: [listen as string] }, self)
    const came = inbox(bea)
    await sending
    expect(came.map(({ text }) => text)).toEqual(['hello'])
    expect(await joinLogs([ann.store, self.store])).toMatchObject({ both: 1, unconfirmed: [] })
  })

  test('not at once and for ever when the peer ends each: it is asked ever more seldom', async () => {
    const raw = await rawPeer(({ stream }) => stream.abort(new Error('not today')))
    const ann = await senderTo(raw)
    const sending = ann.messenger.send(raw.peer, 'hello', { timeoutMs: 600 })
    await expect(sending).rejects.toMatchObject({ code: expect.stringMatching(/^(NOT_CONFIRMED|PEER_UNREACHABLE)$/) })
    expect(raw.streams.length).toBeLessThan(6)
  })
})

test('an address where nobody answers is given up at the deadline, or at once by an abort', async () => {
  const { createServer } = await import('node:net')
  const server = createServer(() => undefined).listen(0, '127.0.0.1')
  await until(() => server.listening)
  const { port } = server.address() as { port: number }
  const { peer } = await device()
  const self = await device()
  const ann = await createMessenger({
    ...self,
    listen: LOOPBACK,
    lan: false,
    peers: [`/ip4/127.0.0.1/tcp/${port}/p2p/${peer}`],
  })
  const start = Date.now()
  await expect(ann.send(peer, 'hello', { timeoutMs: 100 })).rejects.toMatchObject({ code: 'PEER_UNREACHABLE' })
  await expect(ann.send(peer, 'hello', { signal: AbortSignal.timeout(50) })).rejects.toMatchObject({
    name: 'TimeoutError',
  })
  expect(Date.now() - start).toBeLessThan(4_000)
  expect(await recordsOf(self.store, 'sent')).toEqual([])
  await ann.close()
  server.close()
})
