import type { AuditReceipt } from '@branchline/audit-sink'
import { describe, expect, test } from 'vitest'
import { MAX_SENT_BYTES } from '../src/limits.ts'
import { type Person, person, rawPeer, type RawPeer, type RawStream } from './peers.ts'
import {
  appended,
  changed,
  changedFor,
  device,
  framed,
  gate,
  messageFrame,
  noted,
  own,
  proofIn,
  recordsOf,
  textTo,
  until,
} from './support.ts'

interface Scene {
  readonly bea: Person
  readonly eve: RawPeer
  readonly stream: RawStream
}

async function scene(bea?: Person): Promise<Scene> {
  const [receiver, eve] = [bea ?? (await person()), await rawPeer()]
  return { bea: receiver, eve, stream: await eve.open(receiver.address) }
}

const text = async ({ bea, eve }: Scene, words = 'hello', peer = bea.peer): Promise<AuditReceipt> =>
  appended(eve.self.audit, textTo(peer, words, eve.peer))

/** Sends the message as it was proven at some time, and waits until it is answered. */
async function send({ stream, eve }: Scene, receipt: AuditReceipt, from: number): Promise<void> {
  const before = stream.frames.length
  stream.send(framed(messageFrame(receipt, await proofIn(eve.self.audit, receipt.seq, from))))
  await until(() => stream.frames.length > before, 'an answer')
}

/** Kind and sizes of the author's log that each record holds, of those that came about since the start. */
async function seenIn({ bea, eve }: Scene): Promise<[kind: string, size: number | undefined][]> {
  const records = (await recordsOf(bea.store)).filter(({ kind }) => kind !== 'genesis' && kind !== 'session')
  return records.map(({ kind, seen }) => {
    expect(seen?.every(([origin]) => origin === eve.self.audit.origin)).not.toBe(false)
    return [kind, seen?.[0]?.[1]]
  })
}

describe('a `received` record holds the checkpoint of its author’s log', () => {
  test('as it was signed', async () => {
    const at = await scene()
    await send(at, await text(at), 0)
    const { origin, size, root, signature } = await at.eve.self.audit.checkpoint()
    const [{ seen } = {}] = await recordsOf(at.bea.store, 'received')
    expect(seen).toEqual([[origin, size, root, Buffer.from(signature).toString('hex')]])
  })

  test('when it is larger than before, and only then', async () => {
    const at = await scene()
    const [first, second] = [await text(at, 'one'), await text(at, 'two')]
    await send(at, first, 0)
    await send(at, second, 3)
    await send(at, await text(at, 'three'), 3)
    expect(await seenIn(at)).toEqual([
      ['received', 3],
      ['received', undefined],
      ['received', 4],
    ])
  })

  test('once, of many that come at once', async () => {
    const at = await scene()
    const receipts = []
    for (let n = 0; n < 20; n++) receipts.push(await text(at, `${n}`))
    await at.stream.say(...receipts.map((receipt) => messageFrame(receipt)))
    await until(() => at.stream.frames.length === 20)
    expect((await seenIn(at)).map(([, size]) => size)).toEqual([21, ...Array<undefined>(19)])
  })

  test('which a message that was refused has proven: then the `refused` record holds it', async () => {
    const at = await scene()
    const [wrong, right] = [await text(at, 'not for you', at.eve.peer), await text(at)]
    await send(at, wrong, 0)
    await send(at, right, 3)
    expect(at.stream.frames.map(({ refusal, receipt }) => refusal?.code ?? receipt?.record.length)).toEqual([
      'MESSAGE_NOT_FOR_US',
      expect.any(Number),
    ])
    expect(await seenIn(at)).toEqual([
      ['refused', 3],
      ['received', undefined],
    ])
  })

  test('even one that a message without a readable record has proven', async () => {
    const at = await scene()
    const [wrong, right] = [await text(at, 'of a later version'), await text(at)]
    const { message } = messageFrame(wrong, await proofIn(at.eve.self.audit, wrong.seq))
    at.stream.send(framed({ message: { openings: [], ...message, record: own(Buffer.from('{"v":2}')) } }))
    await until(() => at.stream.frames.length === 1)
    await send(at, right, 3)
    expect(await seenIn(at)).toEqual([
      ['refused', 3],
      ['received', undefined],
    ])
  })
})

test('the longest record that the wire admits leaves room for a checkpoint beside it', async () => {
  const at = await scene()
  const names = Array.from({ length: 32 }, (_, n) => `n${n}`)
  const sentWith = async (letters: number): Promise<AuditReceipt> => {
    // A letter that takes six bytes in a line; what is left of the length goes into the first member.
    const each = Math.floor(letters / 6 / 32)
    const rest = letters - each * 6 * 32
    const detail = Object.fromEntries(
      names.map((name, n) => [name, '\u0001'.repeat(each) + 'x'.repeat(n === 0 ? rest : 0)]),
    )
    return appended(at.eve.self.audit, { ...textTo(at.bea.peer, 'hello', at.eve.peer), detail })
  }
  const { line } = await sentWith(60_000)
  const receipt = await sentWith(60_000 + MAX_SENT_BYTES - line.length)
  expect(MAX_SENT_BYTES - receipt.line.length).toBeLessThan(4)
  await send(at, receipt, 0)
  expect(at.stream.frames).toMatchObject([{ receipt: expect.anything() }])
  expect(await seenIn(at)).toEqual([['received', 3]])
})

describe('nothing that rests on a checkpoint is acknowledged before that is on record', () => {
  test('a message that comes again with a larger one is answered when a record of its own holds that', async () => {
    const self = await device()
    const [asked, answer] = [gate(), gate()]
    const audit = changedFor('witnessed', self.audit, async (entries) => {
      asked.open()
      await answer.opened
      return self.audit.append(entries)
    })
    const at = await scene(await person({ audit }, self))
    const receipt = await text(at)
    await send(at, receipt, 0)
    for (let n = 0; n < 4; n++) await noted(at.eve.self)
    const again = send(at, receipt, 2)
    await asked.opened
    expect(at.stream.frames).toHaveLength(1)
    answer.open()
    await again
    expect(at.stream.frames[1]?.receipt?.record).toEqual(at.stream.frames[0]?.receipt?.record)
    expect(await seenIn(at)).toEqual([
      ['received', 2],
      ['witnessed', 6],
    ])
    const next = await at.eve.open(at.bea.address)
    await until(() => next.hello !== undefined)
    expect(next.hello?.held?.size).toBe(6)
  })

  test('when the record that was to hold it could not be kept, the next holds it', async () => {
    const self = await device()
    let fails = true
    const audit = changedFor('received', self.audit, async (entries) =>
      fails ? Promise.reject(new Error('I/O error')) : self.audit.append(entries),
    )
    const at = await scene(await person({ audit }, self))
    const [first, second] = [await text(at, 'one'), await text(at, 'two')]
    await send(at, first, 0)
    expect(at.stream.frames).toMatchObject([{ refusal: { code: 'AUDIT_UNAVAILABLE' } }])
    fails = false
    const again = { ...at, stream: await at.eve.open(at.bea.address) }
    await send(again, second, 0)
    expect(again.stream.frames).toMatchObject([{ receipt: {} }])
    expect(await seenIn(at)).toEqual([['received', 3]])
  })

  test.each<[string, () => Promise<never>]>([
    ['cannot sign', async () => Promise.reject(new Error('the key is gone'))],
    ['hangs while it signs', () => new Promise(() => undefined)],
  ])('a log that %s acknowledges nothing: AUDIT_UNAVAILABLE, and the stream goes on', async (_, cosign) => {
    const self = await device()
    let broken = true
    const audit = changed(self.audit, {
      cosign: async (checkpoint) => (broken ? cosign() : self.audit.cosign(checkpoint)),
    })
    const at = await scene(await person({ audit, recordTimeoutMs: 50 }, self))
    const receipt = await text(at)
    await send(at, receipt, 0)
    expect(at.stream.frames).toMatchObject([{ refusal: { code: 'AUDIT_UNAVAILABLE' } }])
    broken = false
    await send(at, receipt, 2)
    expect(at.stream.frames[1]).toHaveProperty('receipt')
  })

  test.each(['checkpoint', 'prove'] as const)('a log that fails at %s acknowledges nothing, either', async (method) => {
    const self = await device()
    const failing = { [method]: async () => Promise.reject(new Error('I/O error')) }
    const bea = await person({ audit: changed(self.audit, failing) }, self)
    const at = await scene(bea)
    await send(at, await text(at), 0)
    expect(at.stream.frames).toMatchObject([{ refusal: { code: 'AUDIT_UNAVAILABLE' } }])
    expect(at.stream.ended).toBe(false)
  })
})
