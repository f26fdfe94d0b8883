import type { Logger } from '@libp2p/interface'
import { describe, expect, test } from 'vitest'
import type { DeliveryContext } from '../src/delivery/context.ts'
import { Refusals } from '../src/delivery/refusals.ts'
import { Heads } from '../src/delivery/heads.ts'
import { Outgoing } from '../src/delivery/outgoing.ts'
import type { Outcome } from '../src/messages.ts'
import { FakeStream } from './fake-stream.ts'
import { ANN, BEA, framed, framesIn, logOf, own, pause, receiptFor, recordsOf, until } from './support.ts'
import { everyone } from './rosters.ts'
import { afterHello, genesisOf, Voice } from './voice.ts'

const silent = Object.assign(() => undefined, { enabled: false }) as unknown as Logger

/** The way out to one peer, over the streams that the test gives; one that is undefined cannot be opened. */
async function outgoing(...streams: (FakeStream | Promise<FakeStream> | undefined)[]) {
  const audit = await logOf(ANN)
  const bea = { peer: BEA, audit: await logOf(BEA) }
  const voices = new Map<FakeStream, Voice>()
  const opened: number[] = []
  const alarms: unknown[] = []
  const outcomes: Outcome[] = []
  const context: DeliveryContext = {
    sink: audit,
    roster: everyone(),
    self: ANN,
    name: undefined,
    recordTimeoutMs: 1_000,
    directors: [],
    log: silent,
    openStream: async () => {
      const stream = await streams[Math.min(opened.push(Date.now()), streams.length) - 1]
      if (stream === undefined) throw new Error('no route')
      const voice = new Voice(bea, () => Buffer.concat(stream.sent))
      voices.set(stream, voice)
      setImmediate(() => void voice.greet(stream))
      return stream.asStream()
    },
    genesis: () => genesisOf(audit),
    stopped: undefined,
    stop: (error) => alarms.push(error),
    refusals: new Refusals(),
    auditFailed: (error) => alarms.push(error),
  }
  const out = new Outgoing({ context, onOutcome: (outcome) => outcomes.push(outcome), heads: new Heads() })
  const send = async (text: string, timeoutMs = 400) => out.send(BEA, Buffer.from(text), { timeoutMs })
  /** Answers everything that was sent so far. */
  const answer = async (stream: FakeStream): Promise<void> => {
    for (const { message } of framesOf(stream)) {
      const receipt = message && (await voices.get(stream)?.complete(await receiptFor(message, bea)))
      if (receipt !== undefined) stream.feed(framed(receipt))
    }
  }
  return { audit, alarms, opened, out, send, answer, outcomes: () => recordsOf(audit, 'outcome') }
}

/** Without the hello. */
const framesOf = (stream: FakeStream) => framesIn(afterHello(Buffer.concat(stream.sent)))

describe('a stream that was ended before it was used', () => {
  test.each<[string, (stream: FakeStream) => void]>([
    ['by a reset', (stream) => stream.abort()],
    ['on its side', (stream) => (stream.remoteWriteStatus = 'closed')],
  ])('%s is none: nothing is recorded, and the next send opens another', async (_, end) => {
    const [dead, live] = [new FakeStream(), new FakeStream()]
    end(dead)
    const { send, answer, audit, alarms } = await outgoing(dead, live)
    await expect(send('hello')).rejects.toMatchObject({ code: 'PEER_UNREACHABLE' })
    expect(await recordsOf(audit, 'sent')).toEqual([])
    const sending = send('hello')
    await until(() => framesOf(live).length === 1)
    await answer(live)
    expect(await sending).toMatchObject({ to: BEA })
    expect([dead.sent, alarms]).toEqual([[], []])
  })

  test('is waited for again while messages are under way', async () => {
    const [first, dead, live] = [new FakeStream(), new FakeStream(), new FakeStream()]
    dead.abort()
    const { send, answer } = await outgoing(first, dead, live)
    const sending = send('hello')
    await until(() => framesOf(first).length === 1)
    first.abort()
    await until(() => framesOf(live).length === 1)
    await answer(live)
    expect(await sending).toMatchObject({ to: BEA })
  })
})

describe('an outcome says no more than is known', () => {
  test('`withheld` when the way was lost before a byte of the message was written', async () => {
    const stream = new FakeStream()
    const { send, audit, outcomes } = await outgoing(stream, undefined)
    const append = audit.append.bind(audit)
    audit.append = async (entries, options) => {
      if (entries[0]?.kind === 'sent') stream.abort()
      return append(entries, options)
    }
    await expect(send('hello', 150)).rejects.toMatchObject({
      code: 'NOT_CONFIRMED',
      message: expect.stringContaining('not a byte'),
    })
    expect(await outcomes()).toMatchObject([{ detail: { result: 'withheld' } }])
    expect(framesOf(stream)).toEqual([])
  })

  test('`unconfirmed` when it was written, and the way was lost after it', async () => {
    const stream = new FakeStream()
    const { send, outcomes } = await outgoing(stream, undefined)
    const sending = send('hello', 150)
    await until(() => framesOf(stream).length === 1)
    stream.abort()
    await expect(sending).rejects.toMatchObject({ code: 'NOT_CONFIRMED' })
    expect(await outcomes()).toMatchObject([{ detail: { result: 'unconfirmed' } }])
  })

  test('one for each message, when a refusal is of the whole stream', async () => {
    const stream = new FakeStream()
    const { send, outcomes } = await outgoing(stream)
    const sending = Promise.allSettled([send('one'), send('two'), send('three')])
    await until(() => framesOf(stream).length === 3)
    stream.feed(framed({ refusal: { message: own([]), code: 'FRAME_STALLED', reason: 'too slow' } }))
    for (const outcome of await sending) expect(outcome).toMatchObject({ reason: { code: 'REFUSED' } })
    expect((await outcomes()).map(({ detail }) => detail?.['result'])).toEqual(['refused', 'refused', 'refused'])
  })
})

describe('the way to a peer', () => {
  test('is opened once for all who wait for it', async () => {
    const stream = new FakeStream()
    const { send, answer, opened } = await outgoing(stream)
    const sending = Promise.all([send('one'), send('two'), send('three')])
    await until(() => framesOf(stream).length === 3)
    await answer(stream)
    await sending
    expect(opened).toHaveLength(1)
  })

  test('is tried ever more seldom while it is closed, however many wait', async () => {
    const stream = new FakeStream()
    const { send, opened } = await outgoing(stream, undefined)
    const sending = Promise.allSettled(Array.from({ length: 50 }, (_, n) => send(`${n}`, 800)))
    await until(() => framesOf(stream).length === 50)
    stream.abort()
    await sending
    const pauses = opened.slice(2).map((at, n) => at - (opened[n + 1] as number))
    expect(opened.length).toBeLessThan(6)
    expect(pauses[0]).toBeGreaterThan(90)
    expect(pauses[1]).toBeGreaterThan(240)
  })

  test('that opens only after the messenger was closed is ended, and nothing is written', async () => {
    const stream = new FakeStream()
    const { promise, resolve } = Promise.withResolvers<FakeStream>()
    const { out, send, audit } = await outgoing(promise)
    const sending = send('hello').catch((error: unknown) => error)
    await pause(5)
    const closing = out.close()
    resolve(stream)
    expect(await sending).toMatchObject({ code: 'PEER_UNREACHABLE' })
    await closing
    expect([stream.status, stream.sent]).toEqual(['aborted', []])
    expect(await recordsOf(audit, 'sent')).toEqual([])
  })
})
