import { deepEqual, equal } from 'node:assert/strict'
import { MAX_PAYLOAD_BYTES, MAX_PAYLOADS, MAX_RECORD_BYTES } from '../limits.ts'
import type { StoredEntry } from '../store.ts'
import { appendBatches, assertSameEntries, batchOf, entriesOf, entryOf, hashOf, seqsOf } from './batches.ts'
import type { CaseDraft } from './bench.ts'

/** Numbers of records where an order by text, or by too few bytes, shows. */
const TURNS = [9, 10, 11, 99, 100, 101, 255, 256, 257, 999, 1_000, 1_001, 4_095, 4_096, 4_097]

export const BYTES_CASES: readonly CaseDraft[] = [
  {
    name: 'an empty store has nothing',
    async run(bench) {
      const store = await bench.open()
      equal(await store.head(), undefined, 'head')
      equal(await store.headNote(), undefined, 'head note')
      deepEqual(await entriesOf(store), [])
      deepEqual(await entriesOf(store, { from: 0, to: 1 }), [])
      equal(await store.lookup(hashOf('unknown')), undefined, 'lookup')
      equal(await store.witnessed('unknown'), undefined, 'witnessed')
      equal(await store.tile(0, 0), undefined, 'tile')
    },
  },
  {
    name: 'a line comes back byte for byte',
    async run(bench) {
      const store = await bench.open()
      const kept: StoredEntry[] = []
      for (const [seq, lineBytes] of [1, 2, 255, 256, 257, MAX_RECORD_BYTES].entries()) {
        await store.append(batchOf(seq, [{ lineBytes, payloads: [] }]))
        kept.push(entryOf(seq, { lineBytes, payloads: [] }))
        assertSameEntries(await entriesOf(store), kept)
      }
    },
  },
  {
    name: 'a payload and its salt come back byte for byte',
    async run(bench) {
      const store = await bench.open()
      const kept: StoredEntry[] = []
      for (const [seq, bytes] of [0, 1, 255, 256, 65_535, 65_536, MAX_PAYLOAD_BYTES].entries()) {
        await store.append(batchOf(seq, [{ payloads: [bytes] }]))
        kept.push(entryOf(seq, { payloads: [bytes] }))
        assertSameEntries(await entriesOf(store), kept)
      }
    },
  },
  {
    name: `${MAX_PAYLOADS} payloads of one record are kept, each under its label`,
    async run(bench) {
      const store = await bench.open()
      const shape = { payloads: Array.from({ length: MAX_PAYLOADS }, (_, n) => n * 100) }
      await store.append(batchOf(0, [shape, shape]))
      assertSameEntries(await entriesOf(store), [entryOf(0, shape), entryOf(1, shape)])
    },
  },
  {
    name: 'a batch comes back with every one of its entries',
    async run(bench) {
      const store = await bench.open()
      await appendBatches(store, [1, 2, 128])
      const seqs = seqsOf(await entriesOf(store)).toSorted((a, b) => a - b)
      deepEqual(
        seqs,
        Array.from({ length: 131 }, (_, n) => n),
      )
    },
  },
  {
    name: 'entries come back in rising order of seq, without a gap',
    async run(bench) {
      const store = await bench.open()
      const sizes = TURNS.map((turn, n) => turn - (TURNS[n - 1] ?? 0))
      const kept = await appendBatches(store, sizes)
      assertSameEntries(await entriesOf(store), kept)
    },
  },
  {
    name: 'what was read stays as it was while others are appended and read',
    async run(bench) {
      const store = await bench.open()
      const before = await appendBatches(store, [3])
      const held = await entriesOf(store)
      const expected = before.map(({ seq }) => entryOf(seq))
      await appendBatches(store, [3, 3], 3)
      assertSameEntries(held, expected)
      await entriesOf(store, { from: 4 })
      assertSameEntries(held, expected)
    },
  },
]
