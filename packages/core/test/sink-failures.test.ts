import type { AuditReceipt, AuditSink } from '@branchline/audit-sink'
import { describe, expect, test } from 'vitest'
import type { MessengerError, MessengerEvents } from '../src/index.ts'
import { type Person, person, type RawPeer, rawPeer } from './peers.ts'
import {
  appended,
  changed,
  changedFor,
  type Device,
  device,
  gate,
  messageFrame,
  pause,
  recordsOf,
  textTo,
  until,
} from './support.ts'

/** Errors of 'audit:failed', from now on. */
function alarms({ messenger }: Person): unknown[] {
  const errors: unknown[] = []
  messenger.addEventListener('audit:failed', ({ detail }) => errors.push(detail.error))
  return errors
}

/** A sender with this sink, and a peer that counts every byte that it is given. */
async function senderWith(
  sinkOf: (self: Device) => AuditSink,
): Promise<{ ann: Person; raw: RawPeer; errors: unknown[] }> {
  const raw = await rawPeer()
  const self = await device()
  const ann = await person({ audit: sinkOf(self), peers: [raw.address], recordTimeoutMs: 50 }, self)
  return { ann, raw, errors: alarms(ann) }
}

const full = Object.assign(new Error('no room on the device'), { code: 'AUDIT_STORE_FULL' })

describe('the sink of the sender decides whether a byte leaves', () => {
  test.each<[string, string, (self: Device) => AuditSink['append']]>([
    ['fails', 'AUDIT_UNAVAILABLE', () => async () => Promise.reject(new Error('I/O error'))],
    ['is full', 'AUDIT_UNAVAILABLE', () => async () => Promise.reject(full)],
    ['hangs', 'AUDIT_UNAVAILABLE', () => () => new Promise(() => undefined)],
    ['gives no receipt', 'AUDIT_RECEIPT_WRONG', () => async () => []],
    [
      'records other words',
      'AUDIT_RECEIPT_WRONG',
      ({ audit, peer }) =>
        async ([entry]) =>
          audit.append([textTo(entry?.peers?.[0] ?? '', 'tampered', peer)]),
    ],
    [
      'gives the receipt of the record before',
      'AUDIT_RECEIPT_WRONG',
      ({ audit, peer }) => {
        const before = appended(audit, { kind: 'session', actor: peer, detail: { event: 'notice' } })
        return async () => [await before]
      },
    ],
  ])('a sink that %s: %s', async (_, code, append) => {
    const { ann, raw, errors } = await senderWith((self) => changedFor('sent', self.audit, append(self)))
    const text = 'this is not lost'
    const outcome = await ann.messenger.send(raw.peer, text, { timeoutMs: 150 }).catch((error: unknown) => error)
    await pause(20)
    expect(outcome).toMatchObject({ code })
    expect(errors).toEqual([outcome])
    expect([raw.streams.length, raw.received]).toEqual([1, 0])
    expect(text).toBe('this is not lost')
  })

  test('words that a sink gives beside the line do not leave in place of those on record', async () => {
    const { ann, raw } = await senderWith(({ audit }) =>
      changedFor('sent', audit, async (entries) => {
        const [receipt] = await audit.append(entries)
        const payloads = receipt?.payloads.map(({ label, salt }) => ({ label, salt, bytes: Buffer.from('TAMPERED') }))
        return [{ ...receipt, payloads } as AuditReceipt]
      }),
    )
    await expect(ann.messenger.send(raw.peer, 'hello', { timeoutMs: 50 })).rejects.toThrow()
    const [opening] = raw.frames[0]?.message?.openings ?? []
    expect(Buffer.from(opening?.payload ?? []).toString()).toBe('hello')
  })

  test('of many messages only those on record leave', async () => {
    let count = 0
    const { ann, raw } = await senderWith(({ audit }) =>
      changedFor('sent', audit, async (entries) => {
        count += 1
        return count % 3 === 0 ? Promise.reject(new Error('I/O error')) : audit.append(entries)
      }),
    )
    const sending = Array.from({ length: 30 }, (_, n) => ann.messenger.send(raw.peer, `${n}`, { timeoutMs: 200 }))
    const codes = (await Promise.allSettled(sending)).map(
      (each) => (each as PromiseRejectedResult).reason as MessengerError,
    )
    expect(codes.filter(({ code }) => code === 'AUDIT_UNAVAILABLE')).toHaveLength(10)
    expect(raw.frames).toHaveLength(20)
    const lines = raw.frames.map(({ message }) => Buffer.from(message?.record ?? []).toString())
    const recorded = await recordsOf(ann.store, 'sent')
    expect(lines.map((line) => (JSON.parse(line) as { seq: number }).seq)).toEqual(recorded.map(({ seq }) => seq))
  })

  test('a byte leaves only after the record is durable, not while it becomes so', async () => {
    const { opened, open } = gate()
    const { ann, raw } = await senderWith(({ audit }) =>
      changedFor('sent', audit, async (entries) => {
        await opened
        return audit.append(entries)
      }),
    )
    const sending = ann.messenger.send(raw.peer, 'hello', { timeoutMs: 100 })
    await until(() => raw.streams.length === 1)
    await pause(20)
    expect(raw.received).toBe(0)
    open()
    await until(() => raw.frames.length === 1)
    await expect(sending).rejects.toMatchObject({ code: 'NOT_CONFIRMED' })
  })

  test('an abort before the record is durable sends nothing, and a record that is late says `withheld`', async () => {
    const [asked, answer] = [gate(), gate()]
    const { ann, raw, errors } = await senderWith(({ audit }) =>
      changedFor('sent', audit, async (entries) => {
        asked.open()
        await answer.opened
        return audit.append(entries)
      }),
    )
    const abort = new AbortController()
    const sending = ann.messenger.send(raw.peer, 'hello', { signal: abort.signal })
    await asked.opened
    abort.abort(new Error('thought better of it'))
    await expect(sending).rejects.toThrow('thought better of it')
    answer.open()
    await until(async () => (await recordsOf(ann.store, 'outcome')).length === 1)
    const [sent] = await recordsOf(ann.store, 'sent')
    expect(await recordsOf(ann.store, 'outcome')).toMatchObject([
      {
        detail: { result: 'withheld' },
        ref: sent?.seq,
        peers: [raw.peer],
        reason: expect.stringContaining('not a byte'),
      },
    ])
    expect([raw.received, errors]).toEqual([0, []])
  })

  test('a record that came too late for its sender says `withheld`, too', async () => {
    const { ann, raw, errors } = await senderWith(({ audit }) =>
      changedFor('sent', audit, async (entries) => {
        await pause(80)
        return audit.append(entries)
      }),
    )
    await expect(ann.messenger.send(raw.peer, 'hello')).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' })
    await until(async () => (await recordsOf(ann.store, 'outcome')).length === 1)
    expect(await recordsOf(ann.store, 'outcome')).toMatchObject([{ detail: { result: 'withheld' } }])
    expect([raw.received, errors.length]).toEqual([0, 1])
  })

  test('rubbish that comes too late disturbs nobody', async () => {
    const { ann, raw } = await senderWith(({ audit }) =>
      changedFor('sent', audit, async () => {
        await pause(80)
        return [{}] as never
      }),
    )
    await expect(ann.messenger.send(raw.peer, 'hello')).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' })
    await pause(60)
    expect([raw.received, await recordsOf(ann.store, 'outcome')]).toEqual([0, []])
  })

  test('an outcome that cannot be recorded is not taken for a message that was not sent', async () => {
    const bea = await person()
    const self = await device()
    const audit = changedFor('outcome', self.audit, async () => Promise.reject(full))
    const ann = await person({ audit, peers: [bea.address] }, self)
    const errors = alarms(ann)
    await expect(ann.messenger.send(bea.peer, 'hello')).rejects.toMatchObject({ code: 'NOT_CONFIRMED' })
    expect(errors).toMatchObject([{ code: 'AUDIT_UNAVAILABLE' }])
    expect(await recordsOf(bea.store, 'received')).toHaveLength(1)
  })
})

describe('the sink of the receiver decides whether a message is shown or acknowledged', () => {
  async function receiverWith(sinkOf: (self: Device) => AuditSink) {
    const self = await device()
    const bea = await person({ audit: sinkOf(self), recordTimeoutMs: 50 }, self)
    const ann = await person({ peers: [bea.address] })
    const shown: MessengerEvents['message'][] = []
    bea.messenger.addEventListener('message', (event) => shown.push(event))
    return { ann, bea, shown, errors: alarms(bea) }
  }

  test.each<[string, (self: Device) => AuditSink]>([
    ['fails', ({ audit }) => changedFor('received', audit, async () => Promise.reject(full))],
    ['hangs', ({ audit }) => changedFor('received', audit, () => new Promise(() => undefined))],
    ['gives no receipt', ({ audit }) => changedFor('received', audit, async () => [])],
    ['cannot look up', ({ audit }) => changed(audit, { lookup: async () => Promise.reject(new Error('I/O error')) })],
    ['hangs when it looks up', ({ audit }) => changed(audit, { lookup: () => new Promise(() => undefined) })],
    ['finds what is not there', ({ audit }) => changed(audit, { lookup: async () => 77 })],
    ['finds another record', ({ audit }) => changed(audit, { lookup: async () => 1 })],
  ])('a sink that %s: the sender is told REFUSED, the receiver nothing', async (_, sinkOf) => {
    const { ann, bea, shown, errors } = await receiverWith(sinkOf)
    await expect(ann.messenger.send(bea.peer, 'hello', { timeoutMs: 1_000 })).rejects.toMatchObject({
      code: 'REFUSED',
      message: expect.stringContaining('AUDIT_UNAVAILABLE'),
    })
    const refused = {
      kind: 'outcome',
      detail: { result: 'refused' },
      reason: expect.stringContaining('AUDIT_UNAVAILABLE'),
    }
    expect(await recordsOf(ann.store, 'outcome')).toMatchObject([refused])
    expect([shown, await recordsOf(bea.store, 'received')]).toEqual([[], []])
    expect(errors).toHaveLength(1)
    await bea.messenger.close()
  })

  test('a message that is refused for that can be sent again when it is mended', async () => {
    let broken = true
    const { ann, bea, shown } = await receiverWith(({ audit }) =>
      changedFor('received', audit, async (entries) => (broken ? Promise.reject(full) : audit.append(entries))),
    )
    await expect(ann.messenger.send(bea.peer, 'hello')).rejects.toMatchObject({ code: 'REFUSED' })
    broken = false
    await ann.messenger.send(bea.peer, 'hello')
    expect(shown).toHaveLength(1)
  })

  test('what comes after a message that could not be looked up does not overtake it', async () => {
    let lookups = 0
    const { ann, bea, shown } = await receiverWith(({ audit }) =>
      changed(audit, {
        lookup: async (message) => {
          if (lookups++ === 0) throw new Error('I/O error')
          return audit.lookup(message)
        },
      }),
    )
    for (const text of ['one', 'two', 'three']) void ann.messenger.post(bea.peer, text)
    await until(() => shown.length === 3)
    expect(shown.map(({ detail }) => detail.value.text)).toEqual(['one', 'two', 'three'])
    expect((await recordsOf(bea.store, 'received')).map(({ message }) => message)).toEqual(
      shown.map(({ detail }) => detail.value.id),
    )
  })

  test('nor is it shown before a message whose record was late', async () => {
    const { opened, open } = gate()
    const begun = gate()
    const { ann, bea, shown, errors } = await receiverWith(({ audit }) =>
      changedFor('received', audit, async (entries) => {
        begun.open()
        await opened
        return audit.append(entries)
      }),
    )
    await ann.messenger.post(bea.peer, 'one')
    await begun.opened
    await pause(20)
    await ann.messenger.post(bea.peer, 'two')
    bea.messenger.addEventListener('audit:failed', open)
    await until(() => shown.length === 2)
    expect(errors.length).toBeGreaterThan(0)
    expect(shown.map(({ detail }) => detail.value.text)).toEqual(['one', 'two'])
    expect(await recordsOf(bea.store, 'received')).toHaveLength(2)
  })

  test('a stream whose turn is over is ended, though the message that ended it was refused for something else', async () => {
    const { opened, open } = gate()
    const receiver = await device()
    const failing = changedFor('received', receiver.audit, async () => {
      await opened
      throw full
    })
    const cosign = async (): Promise<never> => Promise.reject(new Error('I/O error'))
    const bea = await person({ audit: changed(failing, { cosign }), recordTimeoutMs: 1_000 }, receiver)
    const author = await device()
    const raw = await rawPeer(undefined, { self: author })
    const message = messageFrame(await appended(author.audit, textTo(bea.peer, 'one', author.peer)))
    const first = await raw.open(bea.address)
    await first.say(message)
    await pause(50)
    const second = await raw.open(bea.address)
    await until(() => second.hello !== undefined)
    open()
    await until(() => first.ended && second.ended, 'the end of both')
    expect(first.frames).toMatchObject([{ refusal: { code: 'AUDIT_UNAVAILABLE' } }])
  })

  test('nothing is shown or acknowledged while the record becomes durable', async () => {
    const { opened, open } = gate()
    const { ann, bea, shown } = await receiverWith(({ audit }) =>
      changedFor('received', audit, async (entries) => {
        await opened
        return audit.append(entries)
      }),
    )
    let delivered = false
    const sending = ann.messenger.send(bea.peer, 'hello').then(() => (delivered = true))
    await pause(30)
    expect([shown.length, delivered]).toEqual([0, false])
    open()
    await sending
    expect(shown).toHaveLength(1)
  })
})
