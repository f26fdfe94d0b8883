import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { type AuditSink, type AuditStore, auditLog, type StoredEntry, verifyLog } from '../src/index.ts'
import { levelStore } from '../src/stores/level.ts'
import { memoryStore } from '../src/stores/memory.ts'
import { ANN, BEA, logOf, SIGNER, signerFor, storeWith, textTo } from './support.ts'

const folders: string[] = []
async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'branchline-log-'))
  folders.push(made)
  return join(made, 'log')
}
afterEach(async () => {
  for (const made of folders.splice(0)) await rm(made, { recursive: true })
})

/** A memory store in which one method is replaced. */
function broken(change: (store: AuditStore) => Partial<AuditStore>): AuditStore {
  const store = memoryStore()
  return storeWith(store, change(store))
}

/** Works for the genesis, then as given. */
function brokenLater(append: AuditStore['append'], count = 1): AuditStore {
  let calls = 0
  return broken((store) => ({ append: (batch) => (calls++ < count ? store.append(batch) : append(batch)) }))
}

async function entriesOf(log: AuditSink): Promise<StoredEntry[]> {
  const entries: StoredEntry[] = []
  for await (const piece of log.read()) entries.push(...piece)
  return entries
}

describe.each([
  ['memory', async () => memoryStore()],
  ['level', async () => levelStore(await folder())],
])('a log over the %s store', (_, open) => {
  test('gives each entry one place, in the order of the calls, and chains them', async () => {
    const store = await open()
    const log = await logOf(store)
    const receipts = await Promise.all(Array.from({ length: 250 }, (_, n) => log.append([textTo(BEA, `message ${n}`)])))
    expect(receipts.map(([receipt]) => receipt?.seq)).toEqual(Array.from({ length: 250 }, (_, n) => n + 1))
    const entries = await entriesOf(log)
    expect(entries.map(({ payloads }) => payloads[0] && Buffer.from(payloads[0].bytes).toString()).slice(1, 3)).toEqual(
      ['message 0', 'message 1'],
    )
    expect(await verifyLog(store)).toMatchObject({ verdict: 'INTACT', records: 251, payloadsOpened: 250 })
    await log.close()
  })

  test('reads any range of it', async () => {
    const log = await logOf(await open())
    for (const size of [1, 7, 40]) await log.append(Array.from({ length: size }, () => textTo(BEA, 'x')))
    for (const [from, to] of [
      [0, 1],
      [3, 9],
      [8, 49],
      [1, 8],
      [40, 100],
      [49, 50],
      [20, 20],
    ] as const) {
      const seen: number[] = []
      for await (const piece of log.read({ from, to })) seen.push(...piece.map(({ seq }) => seq))
      expect(seen).toEqual(Array.from({ length: 49 }, (_, n) => n).filter((n) => n >= from && n < to))
    }
    await log.close()
  })

  test('finds a received message by its ID', async () => {
    const log = await logOf(await open())
    const message = 'ab'.repeat(32)
    const received = {
      kind: 'received',
      actor: ANN,
      peers: [BEA],
      message,
      payloads: [{ label: 'record', bytes: Buffer.from('{}') }],
    } as const
    expect(await log.lookup(message)).toBeUndefined()
    const [receipt] = await log.append([received])
    expect(await log.lookup(message)).toBe(receipt?.seq)
    await log.close()
  })
})

test('a log goes on where it was left, and only under its own key and origin', async () => {
  const where = await folder()
  const first = await logOf(await levelStore(where))
  await first.append([textTo(BEA, 'before')])
  await first.close()
  const second = await logOf(await levelStore(where))
  const [receipt] = await second.append([textTo(BEA, 'after')])
  expect(receipt?.seq).toBe(2)
  await second.close()
  const foreign = await levelStore(where)
  await expect(auditLog({ store: foreign, owner: ANN, signer: signerFor(ANN) })).rejects.toMatchObject({
    code: 'AUDIT_LOG_FOREIGN',
  })
  await foreign.close()
})

test('a second opener of the same folder is refused in one clear line', async () => {
  const where = await folder()
  const store = await levelStore(where)
  await expect(levelStore(where)).rejects.toMatchObject({
    code: 'AUDIT_STORE_LOCKED',
    message: expect.stringContaining(where),
  })
  await store.close()
})

describe('a log that cannot keep its promise says so and stops', () => {
  test('a failed write fails that append and every later one', async () => {
    const log = await logOf(brokenLater(async () => Promise.reject(new Error('I/O error'))))
    await expect(log.append([textTo(BEA, 'one')])).rejects.toMatchObject({ code: 'AUDIT_STORE_FAILED' })
    await expect(log.append([textTo(BEA, 'two')])).rejects.toMatchObject({
      code: 'AUDIT_FAILED',
      cause: { code: 'AUDIT_STORE_FAILED' },
    })
  })

  test('whoever waited behind the failed write is told, too', async () => {
    const log = await logOf(brokenLater(async () => Promise.reject(new Error('I/O error'))))
    const first = log.append([textTo(BEA, 'one')])
    first.catch(() => undefined)
    await new Promise((resolve) => setImmediate(resolve))
    const second = log.append([textTo(BEA, 'two')])
    const outcomes = await Promise.allSettled([first, second])
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  })

  test('a store that hangs is given up after its time', async () => {
    const log = await logOf(
      brokenLater(() => new Promise(() => undefined)),
      { storeTimeoutMs: 20 },
    )
    await expect(log.append([textTo(BEA, 'one')])).rejects.toMatchObject({ code: 'AUDIT_TIMEOUT' })
    await expect(log.append([textTo(BEA, 'two')])).rejects.toMatchObject({ code: 'AUDIT_FAILED' })
  })

  test.each<[string, (entries: readonly StoredEntry[]) => readonly StoredEntry[]]>([
    ['drops it', () => []],
    ['alters a line', ([entry]) => [{ ...(entry as StoredEntry), line: Buffer.from('{}') }]],
    [
      'alters a text',
      ([entry]) => [
        {
          ...(entry as StoredEntry),
          payloads: (entry as StoredEntry).payloads.map((p) => ({ ...p, bytes: Buffer.from('no') })),
        },
      ],
    ],
    ['loses a text', ([entry]) => [{ ...(entry as StoredEntry), payloads: [] }]],
    ['adds another', ([entry]) => [entry as StoredEntry, entry as StoredEntry]],
  ])('a store that %s is caught before the append resolves', async (_, change) => {
    let armed = false
    const store = broken((inner) => ({
      async *read(range) {
        for await (const piece of inner.read(range)) yield armed ? change(piece) : piece
      },
    }))
    const log = await logOf(store)
    armed = true
    await expect(log.append([textTo(BEA, 'one')])).rejects.toMatchObject({ code: 'AUDIT_STORE_LIED' })
  })

  test('an entry that is no valid record leaves no trace, and the next takes its place', async () => {
    const store = memoryStore()
    const log = await logOf(store)
    const outcomes = await Promise.allSettled([
      log.append([{ ...textTo(BEA, 'x'), peers: ['not a peer'] }]),
      log.append([textTo(BEA, 'good'), { ...textTo(BEA, 'x'), payloads: [] }]),
      log.append([textTo(BEA, 'x'.repeat(1_048_577))]),
      log.append([{ ...textTo(BEA, 'x'), detail: { name: 'x'.repeat(2_000) } }]),
      log.append([{ ...textTo(BEA, 'x'), ref: 7 }]),
      log.append([textTo(BEA, 'good')]),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual([...Array(5).fill('rejected'), 'fulfilled'])
    for (const outcome of outcomes.slice(0, 5))
      expect(outcome).toMatchObject({ reason: { code: 'AUDIT_ENTRY_INVALID' } })
    expect(await verifyLog(store)).toMatchObject({ verdict: 'INTACT', records: 2 })
  })

  test('an append that is aborted while it waits is not written; one that the writer has taken is', async () => {
    let release = (): void => undefined
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    const store = memoryStore()
    let calls = 0
    const slow = broken(() => ({
      append: async (batch) => {
        if (calls++ > 0) await gate
        return store.append(batch)
      },
      head: () => store.head(),
      read: (range) => store.read(range),
    }))
    const log = await logOf(slow)
    const taken = log.append([textTo(BEA, 'taken')])
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
    const abort = new AbortController()
    const waiting = log.append([textTo(BEA, 'waiting')], { signal: abort.signal })
    abort.abort(new Error('no longer wanted'))
    await expect(waiting).rejects.toThrow('no longer wanted')
    release()
    await taken
    expect((await log.head()).size).toBe(2)
  })

  test('more than the writer can catch up with is refused at once', async () => {
    const log = await logOf(
      brokenLater(() => new Promise(() => undefined)),
      { storeTimeoutMs: 100 },
    )
    const many = Array.from({ length: 17 }, () => log.append(Array.from({ length: 1_000 }, () => textTo(BEA, 'x'))))
    const outcomes = await Promise.allSettled(many)
    expect(outcomes.at(-1)).toMatchObject({ status: 'rejected', reason: { code: 'AUDIT_BUSY' } })
  })

  test('a closed log takes nothing more', async () => {
    const log = await logOf()
    await log.close()
    await expect(log.append([textTo(BEA, 'x')])).rejects.toMatchObject({ code: 'AUDIT_CLOSED' })
  })
})

test('a log whose end does not fit its head is not opened', async () => {
  const store = memoryStore()
  const log = await logOf(store)
  for (let n = 0; n < 5; n++) await log.append([textTo(BEA, `message ${n}`)])
  const cut = broken(() => ({
    head: () => store.head(),
    read: (range) => store.read({ ...range, to: Math.min(range?.to ?? 4, 4) }),
  }))
  await expect(auditLog({ store: cut, owner: ANN, signer: SIGNER })).rejects.toMatchObject({
    code: 'AUDIT_LOG_DAMAGED',
  })
})
