import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type AuditStore, parseRecord, type StoredEntry, verifyLog } from '../src/index.ts'
import { levelStore } from '../src/stores/level.ts'
import { memoryStore } from '../src/stores/memory.ts'
import { BEA, logOf, storeWith, textTo } from './support.ts'

const SECRET = 'patron Doe borrowed 616.8521'
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'branchline-redaction-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function entriesOf(store: Pick<AuditStore, 'read'>): Promise<StoredEntry[]> {
  const entries: StoredEntry[] = []
  for await (const piece of store.read()) entries.push(...piece)
  return entries
}

describe.each([
  ['level', () => levelStore(join(folder, 'log'))],
  ['memory', async () => memoryStore()],
])('what is redacted (%s)', (_, open) => {
  test('is gone, and the log is whole: chain, count and every other message', async () => {
    const store = await open()
    const log = await logOf(store)
    await log.append([textTo(BEA, 'one'), textTo(BEA, SECRET), textTo(BEA, 'three')])
    const receipt = await log.redact({ seq: 2, label: 'text', reason: 'Wis. Stat. 43.30' })
    expect(receipt.record).toMatchObject({
      kind: 'redact',
      ref: 2,
      detail: { label: 'text' },
      reason: 'Wis. Stat. 43.30',
    })
    const entries = await entriesOf(store)
    expect(entries.map(({ payloads }) => payloads.length)).toEqual([0, 1, 0, 1, 0])
    expect(parseRecord(entries[2]?.line ?? Buffer.of()).payloads?.[0]?.slice(0, 2)).toEqual(['text', SECRET.length])
    const report = await verifyLog(store)
    expect(report).toMatchObject({ verdict: 'INTACT', payloadsErased: 1, payloadsOpened: 2, findings: [] })
    await log.append([textTo(BEA, 'four')])
    await log.close()
  })

  test('is refused when it is not there, and nothing is recorded', async () => {
    const log = await logOf(await open())
    await log.append([textTo(BEA, 'one')])
    for (const place of [
      { seq: 1, label: 'file' },
      { seq: 0, label: 'text' },
      { seq: 9, label: 'text' },
    ]) {
      await expect(log.redact({ ...place, reason: 'why' })).rejects.toMatchObject({ code: 'AUDIT_ENTRY_INVALID' })
    }
    expect((await log.head()).size).toBe(2)
    await log.close()
  })
})

test.each([0, 1, 5])('not a byte of it is left in the folder, when the log was opened %i times more', async (times) => {
  for (let n = 0; n < times; n++) {
    const earlier = await logOf(await levelStore(join(folder, 'log')))
    for (let m = 0; m < 50; m++) await earlier.append([textTo(BEA, 'x'.repeat(300))])
    await earlier.close()
  }
  const store = await levelStore(join(folder, 'log'))
  const log = await logOf(store)
  const { size } = await log.head()
  for (let n = 0; n < 200; n++) await log.append([textTo(BEA, `${n} ${n === 77 ? SECRET : 'x'.repeat(300)}`)])
  const salt = (await entriesOf(store))[size + 77]?.payloads[0]?.salt as Uint8Array
  await log.redact({ seq: size + 77, label: 'text', reason: 'why' })
  await log.close()
  for (const name of await readdir(join(folder, 'log'))) {
    const bytes = await readFile(join(folder, 'log', name))
    expect(bytes.includes(SECRET), name).toBe(false)
    expect(bytes.includes(Buffer.from(salt)), name).toBe(false)
  }
  expect(await verifyLog(await levelStore(join(folder, 'log')))).toMatchObject({ verdict: 'INTACT' })
})

test('one that was recorded and then not erased is erased when the log is opened again', async () => {
  const store = memoryStore()
  const log = await logOf(storeWith(store, { erase: () => new Promise(() => undefined) }))
  await log.append([textTo(BEA, SECRET)])
  void log.redact({ seq: 1, label: 'text', reason: 'why' })
  while ((await store.head())?.size !== 3) await new Promise((resolve) => setTimeout(resolve, 1))
  expect((await entriesOf(store))[1]?.payloads).toHaveLength(1)
  await logOf(store)
  expect((await entriesOf(store))[1]?.payloads).toEqual([])
})

test('a store that does not erase is not believed', async () => {
  const log = await logOf(storeWith(memoryStore(), { erase: async () => undefined }))
  await log.append([textTo(BEA, SECRET)])
  const redacting = log.redact({ seq: 1, label: 'text', reason: 'why' })
  await expect(redacting).rejects.toMatchObject({ code: 'AUDIT_STORE_LIED' })
})
