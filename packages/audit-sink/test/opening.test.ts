import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { type AuditSink, auditLog, leafHash, logSigner, parseRecord, type StoredEntry } from '../src/index.ts'
import { memoryStore } from '../src/stores/memory.ts'
import { earlierRoot, verifyInclusion } from '../src/tlog/proofs.ts'
import { ANN, BEA, logOf, rewindable, SIGNER, storeWith, textTo } from './support.ts'

const AT_ONCE = 5_000

async function written(log: AuditSink, count: number, from = 0): Promise<void> {
  for (let n = 0; n < count; n += AT_ONCE) {
    const texts = Array.from({ length: Math.min(AT_ONCE, count - n) }, (_, m) => textTo(BEA, `text ${from + n + m}`))
    await Promise.all(texts.map((text) => log.append([text])))
  }
}

describe('a log is opened only as it was left', () => {
  test('one that lost its end is refused as rolled back', async () => {
    const { store, rewound } = rewindable()
    const log = await logOf(store)
    for (let n = 0; n < 5; n++) await written(log, 1, n)
    await expect(logOf(await rewound(4))).rejects.toMatchObject({ code: 'AUDIT_LOG_ROLLED_BACK' })
    await expect(logOf(await rewound(0))).rejects.toMatchObject({ code: 'AUDIT_LOG_ROLLED_BACK' })
    await logOf(await rewound(6))
  })

  test('one that was replaced from some record on is refused', async () => {
    const { store } = rewindable()
    await written(await logOf(store), 3)
    const note = await store.headNote()
    const other = memoryStore()
    await written(await logOf(other), 4)
    await other.writeHeadNote(note as Uint8Array)
    await expect(logOf(other)).rejects.toMatchObject({ code: 'AUDIT_LOG_DAMAGED' })
  })

  test.each<[string, (note: Uint8Array) => Uint8Array | undefined, string]>([
    ['is gone', () => undefined, 'AUDIT_LOG_ROLLED_BACK'],
    ['is empty', () => Buffer.of(), 'AUDIT_LOG_DAMAGED'],
    ['is not a note', () => Buffer.from('hello\n'), 'AUDIT_LOG_DAMAGED'],
    ['is too long', () => Buffer.alloc(10_000, 0x0a), 'AUDIT_LOG_DAMAGED'],
    [
      'was signed for another size',
      (note) => Buffer.from(Buffer.from(note).toString().replace('\n4\n', '\n3\n')),
      'AUDIT_LOG_DAMAGED',
    ],
  ])('a head note that %s keeps it shut', async (_, change, code) => {
    const store = memoryStore()
    await written(await logOf(store), 3)
    const note = change((await store.headNote()) as Uint8Array)
    const changed = storeWith(store, { headNote: async () => note })
    await expect(logOf(changed)).rejects.toMatchObject({ code })
  })

  test('a head note by another key keeps it shut, too', async () => {
    const store = memoryStore()
    await written(await logOf(store), 3)
    const stranger = memoryStore()
    const signer = logSigner(SIGNER.name, generateKeyPairSync('ed25519').privateKey)
    await written(await auditLog({ store: stranger, owner: ANN, signer }), 3)
    await store.writeHeadNote((await stranger.headNote()) as Uint8Array)
    await expect(logOf(store)).rejects.toMatchObject({ code: 'AUDIT_LOG_DAMAGED' })
  })

  test('a head note that is behind is no reason, and is brought up to date', async () => {
    const store = memoryStore()
    const log = await logOf(store)
    await written(log, 1)
    const behind = (await store.headNote()) as Uint8Array
    await written(log, 5)
    await store.writeHeadNote(behind)
    const again = await logOf(store)
    expect((await again.checkpoint()).size).toBe(8)
    expect(Buffer.from((await store.headNote()) as Uint8Array).toString()).toContain('\n8\n')
    for await (const [entry] of again.read({ from: 7 })) {
      const { kind, detail } = parseRecord((entry as StoredEntry).line)
      expect({ kind, detail }).toEqual({ kind: 'recovery', detail: { 'found-from': 2, 'found-to': 6 } })
    }
  })
})

describe('what a start does not look at', () => {
  test('is found while the log is in use, and stops it', async () => {
    const store = memoryStore()
    await written(await logOf(store), 3)
    const spoilt = storeWith(store, {
      async *read(range) {
        for await (const piece of store.read(range))
          yield piece.map((entry) => (entry.seq === 2 ? otherWords(entry) : entry))
      },
    })
    const log = await logOf(spoilt)
    let error: Error | undefined
    while (error === undefined)
      error = await written(log, 1).then(
        () => undefined,
        (thrown: Error) => thrown,
      )
    expect(error).toMatchObject({ code: 'AUDIT_FAILED', cause: { code: 'AUDIT_LOG_DAMAGED' } })
    expect(error?.message).toContain('record 2')
    await log.close()
  })

  test('is no longer looked at when the log is closed', async () => {
    const store = memoryStore()
    await written(await logOf(store), 30_000)
    let pieces = 0
    const counted = storeWith(store, {
      async *read(range) {
        for await (const piece of store.read(range)) {
          pieces += 1
          yield piece
        }
      },
    })
    await (await logOf(counted)).close()
    const before = pieces
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(pieces).toBe(before)
  })
})

function otherWords(entry: StoredEntry): StoredEntry {
  return { ...entry, payloads: entry.payloads.map((payload) => ({ ...payload, bytes: Buffer.from('no') })) }
}

describe('the tree', () => {
  test('grows over restarts, and proves any record and any two sizes', async () => {
    const store = memoryStore()
    let log = await logOf(store)
    const sizes = [1, 200, 256, 257, 600, 70_000]
    const roots = new Map<number, string>()
    for (const size of sizes) {
      log = await logOf(store)
      await written(log, size - (await log.head()).size)
      roots.set(size, (await log.checkpoint()).root)
      expect(roots.get(size)).toBe((await (await logOf(store)).checkpoint()).root)
    }
    const leaves: string[] = []
    for await (const piece of log.read()) for (const { line } of piece) leaves.push(leafHash(line))
    for (const size of sizes) {
      const root = roots.get(size) as string
      for (const seq of [0, 1, 255, 256, 511, 599, 65_535, 65_536, size - 1].filter((each) => each < size)) {
        const { inclusion } = await log.prove({ size, seq })
        expect(verifyInclusion({ leaf: leaves[seq] as string, index: seq, size, root, path: inclusion })).toBe(true)
      }
      for (const from of sizes.filter((each) => each <= size)) {
        const { consistency } = await log.prove({ size, from })
        expect(earlierRoot({ from, to: size, toRoot: root, path: consistency })).toBe(roots.get(from))
      }
    }
  })

  test('proves nothing that the durable log does not have', async () => {
    const log = await logOf()
    await written(log, 3)
    for (const request of [{ size: 5 }, { size: 4, seq: 4 }, { size: 3, from: 4 }, { size: 3, from: -1 }]) {
      await expect(log.prove(request)).rejects.toMatchObject({ code: 'AUDIT_PROOF_IMPOSSIBLE' })
    }
  })
})

describe('a checkpoint of another log', () => {
  const seen = (size: number) => [`branchline/${BEA}`, size, 'ab'.repeat(32), 'cd'.repeat(64)] as const

  test('is found again, the largest of all, also after a restart', async () => {
    const store = memoryStore()
    const log = await logOf(store)
    expect(await log.witnessed(`branchline/${BEA}`)).toBeUndefined()
    for (const size of [3, 9, 5]) await log.append([{ ...textTo(BEA, 'x'), seen: [seen(size)] }])
    expect(await log.witnessed(`branchline/${BEA}`)).toEqual(seen(9))
    expect(await (await logOf(store)).witnessed(`branchline/${BEA}`)).toEqual(seen(9))
  })
})
