import { setImmediate as turn } from 'node:timers/promises'
import type { Logger } from '@libp2p/interface'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Refusals } from '../src/delivery/refusals.ts'
import type { DeliveryContext } from '../src/delivery/context.ts'
import { Incoming } from '../src/delivery/incoming.ts'
import { Heads } from '../src/delivery/heads.ts'
import { Outgoing } from '../src/delivery/outgoing.ts'
import type { Message } from '../src/wire/frame.ts'
import { FakeStream } from './fake-stream.ts'
import {
  ANN,
  appended,
  BEA,
  framed,
  framesIn,
  logOf,
  messageFrame,
  noted,
  own,
  proofIn,
  receiptFor,
  recordsOf,
  textTo,
} from './support.ts'
import { everyone } from './rosters.ts'
import { afterHello, genesisOf, Voice } from './voice.ts'

/** The same changes in every run. */
const SEED = 20_251_124
const RUNS = 1_000

const silent = Object.assign(() => undefined, { enabled: false }) as unknown as Logger

async function scene(self: string, peer: string) {
  const [ours, theirs] = [
    { peer: self, audit: await logOf(self) },
    { peer, audit: await logOf(peer) },
  ]
  for (let n = 0; n < 5; n++) await noted(theirs)
  const alarms: unknown[] = []
  const context: DeliveryContext = {
    sink: ours.audit,
    roster: everyone(),
    self,
    name: undefined,
    recordTimeoutMs: 1_000,
    directors: [],
    log: silent,
    genesis: () => genesisOf(ours.audit),
    stopped: undefined,
    stop: (error) => alarms.push(error),
    openStream: async () => Promise.reject(new Error('no route')),
    refusals: new Refusals(),
    auditFailed: (error) => alarms.push(error),
  }
  return { ours, theirs, alarms, context }
}

/** Waits for turns of the event loop, which is all that streams without a network need. */
async function soon(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 4_000; !holds(); await turn()) {
    if (Date.now() > end) throw new Error('what was waited for did not come about')
  }
}

function flipped(bytes: Uint8Array, at: number, flip: number): Uint8Array {
  const changed = Buffer.from(bytes)
  changed.writeUInt8(changed.readUInt8(at) ^ flip, at)
  return changed
}

/** Answers that a stream was given, beside the hello; waits until it has some, or was ended. */
async function answers(stream: FakeStream) {
  const frames = () => framesIn(afterHello(Buffer.concat(stream.sent)))
  await soon(() => frames().length > 0 || stream.status !== 'open')
  return frames()
}

const messagesIn = ({ sent }: FakeStream): Message[] =>
  framesIn(afterHello(Buffer.concat(sent))).flatMap(({ message }) => message ?? [])

/** Changes of one byte, at any place and by any bits. */
const changes = (length: number) => fc.record({ at: fc.nat(length - 1), flip: fc.integer({ min: 1, max: 255 }) })

describe('one byte changed', () => {
  test('in a message frame: it is never taken as another message, and never harms', { timeout: 60_000 }, async () => {
    const { ours, theirs, alarms, context } = await scene(BEA, ANN)
    const shown: string[] = []
    const codes = new Set<string>()
    const incoming = new Incoming({
      context,
      onMessage: ({ value }) => shown.push(value.text),
      onRefused: (_, { code }) => codes.add(code),
      onTurnedAway: (_, { code }) => codes.add(code),
    })
    const receipt = await appended(theirs.audit, textTo(BEA, 'lunch at one'))
    const hello = framed(await new Voice(theirs, () => Buffer.of()).hello())
    const open = (): FakeStream => {
      const stream = new FakeStream()
      incoming.handle(stream.asStream(), { remotePeer: { toString: () => ANN } } as never)
      stream.feed(hello)
      return stream
    }
    const bytes = framed(messageFrame(receipt, await proofIn(theirs.audit, receipt.seq)))
    await fc.assert(
      fc.asyncProperty(changes(bytes.length), async ({ at, flip }) => {
        const stream = open()
        stream.feed(flipped(bytes, at, flip))
        // A length that was changed may have it wait for more: that never comes.
        const length = at < 2
        if (length) await turn()
        else await answers(stream)
        stream.abort()
      }),
      { numRuns: RUNS, seed: SEED },
    )
    const stream = open()
    stream.feed(
      framed(
        messageFrame(
          receipt,
          await proofIn(theirs.audit, receipt.seq, (await ours.audit.witnessed(theirs.audit.origin))?.[1]),
        ),
      ),
    )
    expect((await answers(stream))[0]).toHaveProperty('receipt')
    const taken = await recordsOf(ours.audit, 'received')
    expect(taken.map(({ message }) => message)).toEqual([receipt.leaf])
    expect(shown).toEqual(['lunch at one'])
    expect(alarms).toEqual([])
    for (const code of ['MESSAGE_MALFORMED', 'MESSAGE_UNPROVEN', 'LOG_UNSIGNED', 'FRAME_MALFORMED'])
      expect(codes).toContain(code)
  })

  test('in a receipt frame: it is never taken for another, and never harms', { timeout: 60_000 }, async () => {
    const { ours, theirs, alarms, context } = await scene(ANN, BEA)
    const streams: { readonly stream: FakeStream; readonly voice: Voice }[] = []
    const openStream = async () => {
      const stream = new FakeStream()
      const voice = new Voice(theirs, () => Buffer.concat(stream.sent))
      streams.push({ stream, voice })
      setImmediate(() => void voice.greet(stream))
      return stream.asStream()
    }
    const out = new Outgoing({ context: { ...context, openStream }, onOutcome: () => undefined, heads: new Heads() })
    /** The receipt for the message that came last, on the stream that was opened last. */
    const receiptOn = async (n: number, count: number, line?: Uint8Array): Promise<Uint8Array> => {
      const messages = () => streams[n]?.stream && messagesIn(streams[n].stream)
      await soon(() => messages()?.length === count)
      const message = messages()?.at(-1) as Message
      const receipt = line === undefined ? await receiptFor(message, theirs) : { receipt: { record: own(line) } }
      return framed((await streams[n]?.voice.complete(receipt)) ?? {})
    }
    let [wrong, answered] = [0, 0]
    await fc.assert(
      fc.asyncProperty(changes(1_000_000), async ({ at, flip }) => {
        const sending = out.send(BEA, Buffer.from('lunch at one'), { timeoutMs: 4_000 })
        await soon(() => streams.some(({ stream }) => stream.status === 'open'))
        const n = streams.length - 1
        const { stream } = streams[n] as (typeof streams)[number]
        await soon(() => messagesIn(stream).length > answered)
        answered = messagesIn(stream).length
        const right = await receiptOn(n, answered)
        const line = framesIn(right)[0]?.receipt?.record ?? own([])
        stream.feed(flipped(right, 2 + (at % (right.length - 2)), flip))
        await turn()
        if (stream.status === 'open') {
          stream.feed(right)
        } else {
          wrong += 1
          answered = 1
          const again = await receiptOn(n + 1, 1, line)
          streams[n + 1]?.stream.feed(again)
        }
        expect(own((await sending).receipt)).toEqual(own(line))
      }),
      { numRuns: RUNS, seed: SEED },
    )
    await out.close()
    expect(wrong).toBeGreaterThan(RUNS / 2)
    expect(alarms).toEqual([])
    const outcomes = await recordsOf(ours.audit, 'outcome')
    expect(outcomes.map(({ detail }) => detail?.['result'])).toEqual(Array(RUNS).fill('delivered'))
  })
})
