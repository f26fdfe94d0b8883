import { generateKeyPairSync } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import {
  type AuditSink,
  auditLog,
  type AuditStore,
  continuationText,
  encodeRecord,
  type KeyChange,
  keyEpochs,
  parseRecord,
  type LogSigner,
  logSigner,
  openLogKeys,
  openNextLogKey,
  recoverLog,
  rotateKey,
  settleLogKeys,
  verifyLog,
} from '../src/index.ts'
import { memoryStore } from '../src/stores/memory.ts'
import { ANN, BEA, rewindable, signerFor, storeWith, textTo } from './support.ts'

const ORIGIN = `branchline/${ANN}`
const owner = ANN
const folder = mkdtempSync(join(tmpdir(), 'branchline-keys-'))
afterAll(() => rmSync(folder, { recursive: true }))

const newKey = (name = ORIGIN): LogSigner => logSigner(name, generateKeyPairSync('ed25519').privateKey)
const director = newKey('branchline/director/Dee')
const [first, second, third] = [newKey(), newKey(), newKey()]

async function say(log: AuditSink, times: number): Promise<void> {
  for (let n = 0; n < times; n++) await log.append([textTo(BEA, `text ${n}`)])
}

async function logOf(store: AuditStore, signer: LogSigner, texts = 0): Promise<AuditSink> {
  const log = await auditLog({ store, owner, signer })
  await say(log, texts)
  return log
}

/** Ends what is done to a store before its nth step, as the death of the process would. */
function dyingStore(store: AuditStore, steps: number): AuditStore {
  let left = steps
  const step = async (work: () => Promise<void>): Promise<void> => {
    if (left === 0) throw new Error('the process has ended')
    left -= 1
    await work()
  }
  return storeWith(store, {
    append: (batch) => step(() => store.append(batch)),
    writeHeadNote: (note) => step(() => store.writeHeadNote(note)),
  })
}

let files = 0
const keyFile = (): string => join(folder, `${(files += 1)}.key`)

/** Opens a log with the keys in a file, as whoever starts a messenger does. */
async function openWith(file: string, store: AuditStore): Promise<AuditSink> {
  const keys = await openLogKeys(file, ORIGIN)
  const log = await auditLog({ store, owner, ...keys })
  await settleLogKeys(file, keys, log.key)
  return log
}

describe('a log goes on under another key', () => {
  test('which the old key signed for, and no one is asked', async () => {
    const store = memoryStore()
    await logOf(store, first, 3)
    const rotated = await rotateKey({ store, owner, signer: first, to: second, reason: 'the yearly change' })
    expect(rotated).toMatchObject({ seq: 4, record: { kind: 'key-rotate', reason: 'the yearly change' } })
    const log = await logOf(store, second, 2)
    expect(log.key).toBe(second.vkey)
    const changes = await log.continuations()
    expect(keyEpochs(first.vkey, changes)).toMatchObject([
      { from: 0, vkey: first.vkey },
      { from: 5, vkey: second.vkey, change: { record: { seq: 4 } } },
    ])
    expect(await verifyLog(store)).toMatchObject({ verdict: 'INTACT', headNoteSize: 7 })
  })

  test('time after time, and a key that was replaced does not come back', async () => {
    const store = memoryStore()
    await logOf(store, first, 1)
    await rotateKey({ store, owner, signer: first, to: second, reason: 'one' })
    await rotateKey({ store, owner, signer: second, to: third, reason: 'two' })
    for (const to of [first, second, third]) {
      await expect(rotateKey({ store, owner, signer: third, to, reason: 'back' })).rejects.toMatchObject({
        code: 'AUDIT_ENTRY_INVALID',
      })
    }
    const log = await logOf(store, third, 1)
    expect((await log.continuations()).map(({ record }) => record.seq)).toEqual([2, 3])
    expect(await verifyLog(store)).toMatchObject({ verdict: 'INTACT', records: 5 })
  })

  test('and no longer under the old one', async () => {
    const store = memoryStore()
    await logOf(store, first, 1)
    await rotateKey({ store, owner, signer: first, to: second, reason: 'one' })
    await expect(logOf(store, first)).rejects.toMatchObject({ code: 'AUDIT_LOG_FOREIGN' })
    await logOf(store, second)
  })

  test.each(['', 'two\nlines', 'x'.repeat(1_025)])('for a reason in one line: %j will not do', async (reason) => {
    const store = memoryStore()
    await logOf(store, first, 1)
    await expect(rotateKey({ store, owner, signer: first, to: second, reason })).rejects.toMatchObject({
      code: 'AUDIT_ENTRY_INVALID',
    })
    const log = await logOf(store, first, 1)
    expect(await log.continuations()).toEqual([])
  })

  test('when it has begun', async () => {
    const init = { store: memoryStore(), owner, signer: first, to: second, reason: 'one' }
    await expect(rotateKey(init)).rejects.toMatchObject({ code: 'AUDIT_ENTRY_INVALID' })
  })

  test('and one that lost its end, and the change with it, is known to be rolled back', async () => {
    const { store, rewound } = rewindable()
    await logOf(store, first, 2)
    await rotateKey({ store, owner, signer: first, to: second, reason: 'one' })
    await expect(logOf(await rewound(3), second)).rejects.toMatchObject({ code: 'AUDIT_LOG_ROLLED_BACK' })
  })

  test('wherever the process ends: the key in force is the one that is taken, and the log goes on', async () => {
    const inForce: boolean[] = []
    for (let steps = 0; ; steps++) {
      const store = memoryStore()
      const file = keyFile()
      await say(await openWith(file, store), 2)
      const { signer } = await openLogKeys(file, ORIGIN)
      const to = await openNextLogKey(file, ORIGIN)
      const dying = dyingStore(store, steps)
      const rotation = rotateKey({ store: dying, owner, signer, to, reason: 'one' })
      const died = await rotation.then(
        () => false,
        () => true,
      )
      const log = await openWith(file, store)
      inForce.push(log.key === to.vkey)
      expect(existsSync(`${file}.next`)).toBe(log.key !== to.vkey)
      await say(log, 1)
      expect(await verifyLog(store)).toMatchObject({ verdict: 'INTACT' })
      await say(await openWith(file, store), 1)
      if (!died) break
    }
    expect(inForce).toEqual([false, false, true, true])
  })
})

describe('a director lets a log go on', () => {
  test('that was rolled back: what is lost is told by its head note, which is kept', async () => {
    const { store, rewound } = rewindable()
    await logOf(store, first, 5)
    const older = await rewound(4)
    await expect(logOf(older, first)).rejects.toMatchObject({
      code: 'AUDIT_LOG_ROLLED_BACK',
      message: expect.stringContaining('branchline audit recover'),
    })
    const note = await older.headNote()
    const { seq, record, payloads } = await recoverLog({
      store: older,
      owner,
      signer: second,
      director,
      reason: 'a backup was put back',
    })
    expect({ seq, detail: record.detail }).toMatchObject({
      seq: 4,
      detail: { 'known-size': 6, key: second.vkey, signer: director.vkey },
    })
    expect(payloads.map(({ label, bytes }) => [label, Buffer.from(bytes)])).toEqual([['head-note', Buffer.from(note!)]])
    const log = await logOf(older, second, 2)
    expect((await log.head()).size).toBe(7)
    await logOf(older, second)
  })

  test.each<[string, (note: Uint8Array) => Uint8Array]>([
    ['unreadable', () => Buffer.from('hello\n')],
    [
      'signed by a stranger',
      (note) =>
        Buffer.from(
          Buffer.from(note)
            .toString()
            .replace(/(?<= )\S+(?=\n$)/, (line) => `${line.slice(0, 20)}AAAA${line.slice(24)}`),
        ),
    ],
    ['longer than any is', () => Buffer.alloc(2_000_000, 'x')],
    ['of other records', (note) => Buffer.from(Buffer.from(note).toString().replace('\n4\n', '\n3\n'))],
  ])('whose head note is %s', async (_, change) => {
    const store = memoryStore()
    await logOf(store, first, 3)
    await store.writeHeadNote(change((await store.headNote()) as Uint8Array))
    await expect(logOf(store, first)).rejects.toMatchObject({ code: 'AUDIT_LOG_DAMAGED' })
    const { record } = await recoverLog({ store, owner, signer: second, director, reason: 'the note is bad' })
    expect(record.detail).not.toHaveProperty('known-size')
    await say(await logOf(store, second), 1)
  })

  test('whose head note is gone, under the same key if need be', async () => {
    const store = memoryStore()
    await logOf(store, first, 3)
    const noteless = memoryStore()
    for await (const entries of store.read()) {
      const head = (await store.head()) as NonNullable<Awaited<ReturnType<AuditStore['head']>>>
      await noteless.append({ entries, head, messages: new Map(), witnessed: new Map(), continuations: [], tiles: [] })
    }
    await expect(logOf(noteless, first)).rejects.toMatchObject({ code: 'AUDIT_LOG_ROLLED_BACK' })
    const { payloads } = await recoverLog({ store: noteless, owner, signer: first, director, reason: 'it is gone' })
    expect(payloads).toEqual([])
    expect(await verifyLog(noteless, { directors: [director.vkey] })).toMatchObject({ verdict: 'INTACT' })
    await say(await logOf(noteless, first), 1)
  })

  test('whose key is lost', async () => {
    const store = memoryStore()
    await logOf(store, first, 3)
    await expect(logOf(store, second)).rejects.toMatchObject({ code: 'AUDIT_LOG_FOREIGN' })
    await recoverLog({ store, owner, signer: second, director, reason: 'the machine is new' })
    const log = await logOf(store, second, 1)
    expect(keyEpochs(first.vkey, await log.continuations()).at(-1)).toMatchObject({ director: director.vkey })
    expect(await verifyLog(store, { directors: [director.vkey] })).toMatchObject({ verdict: 'INTACT' })
  })

  test('of which a colleague holds more, although it opens', async () => {
    const store = memoryStore()
    await logOf(store, first, 3)
    const { record } = await recoverLog({ store, owner, signer: second, director, reason: 'Bea has 9', knownSize: 9 })
    expect(record.detail).toMatchObject({ 'known-size': 9 })
    await say(await logOf(store, second), 1)
  })

  test('but not one with holes, which nobody can vouch for', async () => {
    const store = memoryStore()
    await logOf(store, first, 5)
    const holed = storeWith(store, {
      async *read(range) {
        for await (const piece of store.read(range)) yield piece.filter(({ seq }) => seq !== 2)
      },
    })
    await expect(
      recoverLog({ store: holed, owner, signer: second, director, reason: 'one is gone' }),
    ).rejects.toMatchObject({ code: 'AUDIT_LOG_DAMAGED' })
    expect((await store.head())?.size).toBe(6)
  })

  test('nor one with an altered text', async () => {
    const store = memoryStore()
    await logOf(store, first, 5)
    const altered = storeWith(store, {
      async *read(range) {
        for await (const piece of store.read(range)) {
          yield piece.map((entry) => ({
            ...entry,
            payloads: entry.payloads.map((each) => ({ ...each, bytes: Buffer.from('other') })),
          }))
        }
      },
    })
    const recovery = recoverLog({ store: altered, owner, signer: second, director, reason: 'words changed' })
    await expect(recovery).rejects.toMatchObject({
      code: 'AUDIT_LOG_DAMAGED',
      message: expect.stringContaining('begin a new profile'),
    })
  })

  test('nor that of another, nor one that is gone, nor under a key that was replaced', async () => {
    const store = memoryStore()
    await logOf(store, first, 1)
    await rotateKey({ store, owner, signer: first, to: second, reason: 'one' })
    const init = { store, owner, director, reason: 'why' }
    await expect(recoverLog({ ...init, signer: signerFor(BEA) })).rejects.toMatchObject({ code: 'AUDIT_LOG_FOREIGN' })
    await expect(recoverLog({ ...init, signer: first })).rejects.toMatchObject({ code: 'AUDIT_ENTRY_INVALID' })
    const gone = memoryStore()
    await expect(recoverLog({ ...init, store: gone, signer: second })).rejects.toMatchObject({
      code: 'AUDIT_LOG_ROLLED_BACK',
    })
    await gone.writeHeadNote((await store.headNote()) as Uint8Array)
    await expect(recoverLog({ ...init, store: gone, signer: second })).rejects.toMatchObject({
      code: 'AUDIT_LOG_ROLLED_BACK',
    })
  })

  test('wherever the process ends: what was not recorded is done again, what was recorded stands', async () => {
    const recorded: boolean[] = []
    for (let steps = 0; ; steps++) {
      const { store, rewound } = rewindable()
      const file = keyFile()
      await say(await openWith(file, store), 5)
      const older = await rewound(4)
      const to = await openNextLogKey(file, ORIGIN)
      const recover = async (on: AuditStore) => recoverLog({ store: on, owner, signer: to, director, reason: 'why' })
      const died = await recover(dyingStore(older, steps)).then(
        () => false,
        () => true,
      )
      const isRecorded = (await older.head())?.size === 5
      recorded.push(isRecorded)
      if (!isRecorded) {
        await expect(openWith(file, older)).rejects.toMatchObject({ code: 'AUDIT_LOG_ROLLED_BACK' })
        await recover(older)
      }
      const log = await openWith(file, older)
      expect(log.key).toBe(to.vkey)
      expect(existsSync(`${file}.next`)).toBe(false)
      await say(log, 1)
      const report = await verifyLog(older, { directors: [director.vkey] })
      expect(report.findings.map(({ code, seq }) => [code, seq])).toEqual([['RECORDS_LOST', 4]])
      await say(await openWith(file, older), 1)
      if (!died) break
    }
    expect(recorded).toEqual([false, true, true])
  })
})

test('what the clock has to say comes after the statement, under the new key', async () => {
  const clock = { boot: 'ab'.repeat(16), monoMs: () => 0, wallMs: () => 1_000_000 }
  const store = memoryStore()
  await logOf(store, first, 1)
  await recoverLog({ store, owner, signer: second, director, reason: 'the machine is new', clock })
  const kinds: string[] = []
  for await (const piece of store.read({ from: 2 })) for (const { line } of piece) kinds.push(parseRecord(line).kind)
  expect(kinds).toEqual(['recovery', 'clock-jump'])
  await logOf(store, second, 1)
  expect(await verifyLog(store, { directors: [director.vkey] })).toMatchObject({ verdict: 'INTACT' })
})

test('a store that forgets where a key was changed is found when the log is opened', async () => {
  const store = memoryStore()
  await logOf(store, first, 1)
  await rotateKey({ store, owner, signer: first, to: second, reason: 'one' })
  const forgetful = storeWith(store, { continuations: async () => [] })
  await expect(logOf(forgetful, second)).rejects.toMatchObject({ code: 'AUDIT_LOG_DAMAGED' })
  const dropping = storeWith(memoryStore(), { continuations: async () => [] })
  await logOf(dropping, first, 1)
  const rotation = rotateKey({ store: dropping, owner, signer: first, to: second, reason: 'one' })
  await expect(rotation).rejects.toMatchObject({ code: 'AUDIT_STORE_LIED' })
})

test('a log has at most 1,000 statements', async () => {
  const root = 'cd'.repeat(32)
  const changes: KeyChange[] = []
  for (let seq = 1; seq <= 1_001; seq++) {
    const text = continuationText({ origin: ORIGIN, size: seq, root, key: first.vkey, reason: 'again' })
    const signature = Buffer.from(await director.sign(Buffer.from(text))).toString('hex')
    const detail = { key: first.vkey, signer: director.vkey, signature }
    const fixed = { actor: ANN, boot: 'ab'.repeat(16), mono: seq, prev: root, time: seq, v: 1 } as const
    const record = { ...fixed, kind: 'recovery', detail, reason: 'again', seq } as const
    changes.push({ record, line: encodeRecord(record), root })
  }
  expect(keyEpochs(first.vkey, changes.slice(0, 1_000))).toHaveLength(1_001)
  expect(() => keyEpochs(first.vkey, changes)).toThrow(expect.objectContaining({ code: 'KEY_CHANGE_WRONG' }) as Error)
})

describe('the files of the keys', () => {
  test('a key file that is lost while another waits is not made anew', async () => {
    const file = keyFile()
    const next = await openNextLogKey(file, ORIGIN)
    expect(await openLogKeys(file, ORIGIN)).toMatchObject({
      signer: { vkey: next.vkey },
      nextSigner: { vkey: next.vkey },
    })
    expect(existsSync(file)).toBe(false)
    await settleLogKeys(file, await openLogKeys(file, ORIGIN), next.vkey)
    expect(await openLogKeys(file, ORIGIN)).toMatchObject({ signer: { vkey: next.vkey }, nextSigner: undefined })
  })

  test('a key that waits and cannot be read stops the start', async () => {
    const file = keyFile()
    await openLogKeys(file, ORIGIN)
    writeFileSync(`${file}.next`, 'hello', { mode: 0o600 })
    await expect(openLogKeys(file, ORIGIN)).rejects.toMatchObject({ code: 'KEY_UNREADABLE' })
  })
})
