import type { AuditEntry, AuditReceipt, AuditSink, StoredEntry } from '@branchline/audit-sink'
import { describe, expect, test, vi } from 'vitest'
import type { ReceivedMessage, SentMessage } from '../src/messages.ts'
import { Recorded } from '../src/recorded.ts'
import { FrameWriter } from '../src/wire/writer.ts'
import { FakeStream } from './fake-stream.ts'
import { ANN, appended, BEA, changed, gate, logOf, pause, recordsOf, textTo } from './support.ts'

const SOON = { timeoutMs: 20 }
const ENTRY: AuditEntry = { ...textTo(BEA, 'lunch at one'), detail: { name: 'Ann' } }

async function minted(sink: AuditSink, entry = ENTRY, options = SOON): Promise<Recorded<AuditReceipt>> {
  return Recorded.mint(sink, entry, (receipt) => receipt, options)
}

async function failing(append: AuditSink['append']): Promise<AuditSink> {
  return changed(await logOf(ANN), { append })
}

async function hanging(): Promise<AuditSink> {
  return failing(() => new Promise(() => undefined))
}

/** Keeps the record, and gives back something else than its receipt. */
async function lying(change: (receipt: AuditReceipt, log: AuditSink) => unknown): Promise<AuditSink> {
  const log = await logOf(ANN)
  return changed(log, {
    append: async (entries) => {
      const [receipt] = await log.append(entries)
      return (await change(receipt as AuditReceipt, log)) as AuditReceipt[]
    },
  })
}

/** Answers only when the gate is open, whatever becomes of its caller. */
async function slow(): Promise<{ sink: AuditSink; log: AuditSink; open: () => void }> {
  const log = await logOf(ANN)
  const { opened, open } = gate()
  return { log, open, sink: changed(log, { append: (entries) => opened.then(() => log.append(entries)) }) }
}

describe('nothing is recorded as long as the sink has not said so', () => {
  test('a value is made from the receipt when the record is in the log', async () => {
    const log = await logOf(ANN)
    const { value, receipt } = await minted(log)
    expect(value).toEqual(receipt)
    expect((await recordsOf(log)).at(-1)).toEqual(receipt.record)
    expect(Buffer.from(receipt.payloads[0]?.bytes ?? []).toString()).toBe('lunch at one')
  })

  test('a sink that fails gives AUDIT_UNAVAILABLE, and says why', async () => {
    const cause = new Error('disk on fire')
    const sink = await failing(async () => Promise.reject(cause))
    await expect(minted(sink)).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE', cause })
  })

  test('a sink that throws before it promises anything gives AUDIT_UNAVAILABLE', async () => {
    const cause = new TypeError('not a function')
    const sink = await failing(() => {
      throw cause
    })
    await expect(minted(sink)).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE', cause })
  })

  test('a sink that hangs gives AUDIT_UNAVAILABLE after its time', async () => {
    await expect(minted(await hanging())).rejects.toMatchObject({
      code: 'AUDIT_UNAVAILABLE',
      message: expect.stringContaining('20 ms'),
    })
  })

  test('a sink that fails after its time is over disturbs nobody', async () => {
    const { opened, open } = gate()
    const sink = await failing(() => opened.then(() => Promise.reject(new Error('too late, and wrong'))))
    await expect(minted(sink)).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' })
    open()
    await pause(5)
  })

  test('an abort before the call asks nothing of the sink', async () => {
    const append = vi.fn<AuditSink['append']>()
    const minting = Recorded.mint(await failing(append), ENTRY, () => 0, { ...SOON, signal: AbortSignal.abort('no') })
    await expect(minting).rejects.toBe('no')
    expect(append).not.toHaveBeenCalled()
  })

  test('an abort while the sink works ends the wait at once, and the sink is told', async () => {
    let told: AbortSignal | undefined
    const sink = await failing((_, options) => {
      told = options?.signal
      return new Promise(() => undefined)
    })
    const abort = new AbortController()
    const minting = Recorded.mint(sink, ENTRY, () => 0, { timeoutMs: 60_000, signal: abort.signal })
    abort.abort(new Error('no longer wanted'))
    await expect(minting).rejects.toThrow('no longer wanted')
    expect(told?.aborted).toBe(true)
  })

  test.each([
    ['its time was over', 5, undefined],
    ['it was aborted', 60_000, new AbortController()],
  ])('a record that turns up after %s goes to onLate, once', async (_, timeoutMs, abort) => {
    const { sink, log, open } = await slow()
    const onLate = vi.fn<(receipt: AuditReceipt) => void>()
    const valueOf = vi.fn<(receipt: AuditReceipt) => number>()
    const minting = Recorded.mint(sink, ENTRY, valueOf, { timeoutMs, signal: abort?.signal, onLate })
    abort?.abort(new Error('gave up'))
    await expect(minting).rejects.toThrow()
    expect(onLate).not.toHaveBeenCalled()
    open()
    await vi.waitFor(() => expect(onLate).toHaveBeenCalledOnce())
    expect(onLate.mock.calls[0]?.[0].record).toEqual((await recordsOf(log, 'sent'))[0])
    expect(valueOf).not.toHaveBeenCalled()
  })

  test('an abort in the same turn as the answer is either in time or late, never neither', async () => {
    for (const answerFirst of [true, false]) {
      const log = await logOf(ANN)
      const receipt = await appended(log, ENTRY)
      const answer = Promise.withResolvers<AuditReceipt[]>()
      const abort = new AbortController()
      const onLate = vi.fn<(receipt: AuditReceipt) => void>()
      const sink = changed(log, { append: () => answer.promise })
      const minting = Recorded.mint(sink, ENTRY, () => 0, { ...SOON, signal: abort.signal, onLate })
      if (answerFirst) answer.resolve([receipt])
      abort.abort(new Error('gave up'))
      if (!answerFirst) answer.resolve([receipt])
      const [{ status }] = await Promise.allSettled([minting])
      await pause(1)
      expect(onLate).toHaveBeenCalledTimes(status === 'rejected' ? 1 : 0)
    }
  })

  test('what turns up late and is no receipt for this entry goes nowhere', async () => {
    const { opened, open } = gate()
    const sink = await lying(async (receipt) => {
      await opened
      return [{ ...receipt, record: undefined, line: Buffer.from('{}') }]
    })
    const onLate = vi.fn<(receipt: AuditReceipt) => void>()
    await expect(Recorded.mint(sink, ENTRY, () => 0, { timeoutMs: 5, onLate })).rejects.toThrow()
    open()
    await pause(5)
    expect(onLate).not.toHaveBeenCalled()
  })
})

const otherEntry = (change: Partial<AuditEntry>) => async (_: AuditReceipt, log: AuditSink) => [
  await appended(log, { ...ENTRY, ...change }),
]
const otherPayloads = (change: (payload: AuditReceipt['payloads'][number]) => object) => (receipt: AuditReceipt) => [
  { ...receipt, payloads: receipt.payloads.map((payload) => ({ ...payload, ...change(payload) })) },
]

describe('a sink is not believed: its receipt must be over these very bytes', () => {
  test.each<[string, (receipt: AuditReceipt, log: AuditSink) => unknown]>([
    ['with another leaf hash', (receipt) => [{ ...receipt, leaf: 'ab'.repeat(32) }]],
    ['with another seq', (receipt) => [{ ...receipt, seq: receipt.seq + 1 }]],
    ['over another text', otherEntry(textTo(BEA, 'lunch at two'))],
    ['over a text of the same length', otherEntry(textTo(BEA, 'LUNCH AT ONE'))],
    ['over another label', otherEntry({ payloads: [{ label: 'note', bytes: Buffer.from('lunch at one') }] })],
    [
      'over one text more',
      otherEntry({ payloads: [...(ENTRY.payloads ?? []), { label: 'more', bytes: Buffer.of(1) }] }),
    ],
    ['to another peer', otherEntry({ peers: [ANN] })],
    ['to one peer more', otherEntry({ peers: [BEA, ANN] })],
    ['from another actor', otherEntry({ actor: BEA })],
    ['of another kind', otherEntry({ kind: 'roster' })],
    ['in another conversation', otherEntry({ conversation: 'lunch' })],
    ['with another detail', otherEntry({ detail: { name: 'Eve' } })],
    ['with a detail more', otherEntry({ detail: { name: 'Ann', age: 1 } })],
    ['without its detail', otherEntry({ detail: undefined })],
    ['that refers to another record', otherEntry({ ref: 1 })],
    ['over the record before', async (_, log) => [await appended(log, { ...ENTRY, kind: 'roster' })]],
    ['with another salt', otherPayloads(() => ({ salt: Buffer.alloc(32) }))],
    ['with a short salt', otherPayloads(({ salt }) => ({ salt: salt.subarray(1) }))],
    ['without a salt', otherPayloads(() => ({ salt: undefined }))],
    ['without the payload', (receipt) => [{ ...receipt, payloads: [] }]],
    ['without any payloads', (receipt) => [{ ...receipt, payloads: undefined }]],
    ['whose line is no record', (receipt) => [{ ...receipt, line: Buffer.from('{"v":1}') }]],
    [
      'whose line is not canonical',
      (receipt) => [{ ...receipt, line: Buffer.concat([receipt.line, Buffer.from(' ')]) }],
    ],
    ['without a line', (receipt) => [{ ...receipt, line: undefined }]],
    ['that is empty', () => [{}]],
    ['that is null', () => [null]],
    ['that is not there', () => []],
    ['that is no list', (receipt) => receipt],
    ['that is undefined', () => undefined],
  ])('a receipt %s is AUDIT_RECEIPT_WRONG', async (_, change) => {
    await expect(minted(await lying(change))).rejects.toMatchObject({ code: 'AUDIT_RECEIPT_WRONG' })
  })

  test.each<[string, (receipt: AuditReceipt) => unknown]>([
    ['words', otherPayloads(() => ({ bytes: Buffer.from('never agreed to') }))],
    ['labels', otherPayloads(() => ({ label: 'other' }))],
    ['record', (receipt) => [{ ...receipt, record: { ...receipt.record, actor: BEA, peers: [ANN] } }]],
    ['payloads, one more', (r) => [{ ...r, payloads: [...r.payloads, { ...r.payloads[0], label: 'more' }] }]],
  ])('other %s beside a line that is right do not get into the value', async (_, change) => {
    const sink = await lying(change)
    const { record, payloads } = (await minted(sink)).receipt
    expect(record).toEqual((await recordsOf(sink, 'sent'))[0])
    expect(payloads.map(({ label, bytes }) => [label, Buffer.from(bytes).toString()])).toEqual([
      ['text', 'lunch at one'],
    ])
  })
})

describe('the record of a message that came before is recalled', () => {
  const message = 'ab'.repeat(32)
  const RECEIVED: AuditEntry = {
    kind: 'received',
    actor: ANN,
    peers: [BEA],
    message,
    payloads: [{ label: 'record', bytes: Buffer.from('{}') }],
  }

  test('by its seq', async () => {
    const log = await logOf(ANN)
    const receipt = await appended(log, RECEIVED)
    expect((await Recorded.recall(log, { kind: 'received', seq: receipt.seq, message }, (each) => each)).value).toEqual(
      receipt,
    )
  })

  test('and no other in its place', async () => {
    const log = await logOf(ANN)
    const others = [ENTRY, { ...RECEIVED, message: 'cd'.repeat(32) }, { ...RECEIVED, kind: 'view' } as const]
    for (const entry of others) {
      const { seq } = await appended(log, entry)
      await expect(Recorded.recall(log, { kind: 'received', seq, message }, () => 0)).rejects.toMatchObject({
        code: 'AUDIT_UNAVAILABLE',
      })
    }
  })

  test.each<[string, () => Promise<StoredEntry[]>]>([
    ['fails', async () => Promise.reject(new Error('I/O error'))],
    ['gives nothing', async () => []],
    ['gives another seq', async () => [{ seq: 7, line: Buffer.from('{}'), payloads: [] }]],
    ['gives no record', async () => [{ seq: 1, line: Buffer.from('{}'), payloads: [] }]],
  ])('AUDIT_UNAVAILABLE when reading %s', async (_, read) => {
    const sink = changed(await logOf(ANN), {
      async *read() {
        yield await read()
      },
    })
    await expect(Recorded.recall(sink, { kind: 'received', seq: 1, message }, () => 0)).rejects.toMatchObject({
      code: 'AUDIT_UNAVAILABLE',
    })
  })
})

describe('only what was minted passes', () => {
  async function lookAlikes(): Promise<[string, unknown][]> {
    const real = await minted(await logOf(ANN))
    return [
      ['an object of the same shape', { value: real.value, receipt: real.receipt }],
      ['a copy of a real one', Object.assign({}, real)],
      ['one with its prototype', Object.assign(Object.create(Recorded.prototype), real) as unknown],
      ['one behind a proxy', new Proxy(real, {})],
      ['a clone', JSON.parse(JSON.stringify(real))],
      ['the class', Recorded],
      ['null', null],
      ['undefined', undefined],
      ['a string', 'recorded'],
    ]
  }

  test('Recorded.is knows a real one, and refuses each look-alike', async () => {
    expect(Recorded.is(await minted(await logOf(ANN)))).toBe(true)
    for (const [what, each] of await lookAlikes()) expect(Recorded.is(each), what).toBe(false)
  })

  test('a writer throws at a look-alike that was cast, and writes nothing', async () => {
    const stream = new FakeStream()
    const writer = new FrameWriter(stream.asStream())
    const proof = { checkpoint: await (await logOf(ANN)).checkpoint(), inclusion: [], consistency: [] }
    const cosignature = { time: 1, signature: Buffer.alloc(64) }
    for (const [what, each] of await lookAlikes()) {
      expect(() => writer.message(each as Recorded<SentMessage>, proof), what).toThrow(TypeError)
      expect(() => writer.receipt(each as Recorded<ReceivedMessage>, proof, cosignature), what).toThrow(TypeError)
    }
    await pause(5)
    await writer.close(20)
    expect(stream.sent).toEqual([])
  })
})
