import { deepEqual, ok } from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { appendBatches, assertSameEntries, batchOf, entriesOf, fullBatch, seqsOf } from './batches.ts'
import type { CaseDraft } from './bench.ts'

const LONG_LOG = Array.from({ length: 64 }, () => 128)
/** "Pieces of bounded size": a quarter of the long log, which is far more than any reader wants at once. */
const MAX_PIECE_ENTRIES = 2_048

export const READING_CASES: readonly CaseDraft[] = [
  {
    name: 'a range begins and ends where it says, at every boundary of a batch',
    async run(bench) {
      const store = await bench.open()
      const all = await appendBatches(store, [1, 7, 40, 1])
      const points = [0, 1, 2, 7, 8, 9, 20, 47, 48, 49, 50, 100]
      for (const from of [undefined, ...points]) {
        for (const to of [undefined, ...points]) {
          const expected = all.filter(({ seq }) => seq >= (from ?? 0) && seq < (to ?? all.length))
          const range = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) }
          deepEqual(seqsOf(await entriesOf(store, range)), seqsOf(expected), `from ${from} to ${to}`)
        }
      }
      assertSameEntries(await entriesOf(store, { from: 5, to: 49 }), all.slice(5))
    },
  },
  {
    name: 'a long log comes in pieces of bounded size',
    async run(bench) {
      const store = await bench.open()
      await appendBatches(store, LONG_LOG)
      for await (const piece of store.read()) {
        ok(piece.length <= MAX_PIECE_ENTRIES, `a piece of ${piece.length} entries is too much for a reader's memory`)
      }
    },
  },
  {
    name: 'a reader may stop early, and several may read at once',
    async run(bench) {
      const store = await bench.open()
      const all = await appendBatches(store, LONG_LOG)
      for await (const piece of store.read()) if (piece.length > 0) break
      const readers = Array.from({ length: 8 }, async (_, n) => seqsOf(await entriesOf(store, { from: n * 1_000 })))
      for (const [n, seqs] of (await Promise.all(readers)).entries()) deepEqual(seqs, seqsOf(all.slice(n * 1_000)))
      await appendBatches(store, [1], all.length)
    },
  },
  {
    name: 'the head is that of the last batch',
    async run(bench) {
      const store = await bench.open()
      for (const [first, count] of [
        [0, 1],
        [1, 5],
        [6, 128],
        [134, 1],
      ] as const) {
        const batch = batchOf(
          first,
          Array.from({ length: count }, () => ({})),
        )
        await store.append(batch)
        deepEqual(await store.head(), batch.head)
      }
    },
  },
  {
    name: 'a reader sees all of a batch or nothing of it',
    async run(bench) {
      const store = await bench.open()
      let size = 0
      for (const count of [1, 50, 128, 128]) {
        const progress = { done: false }
        const appended = store.append(fullBatch(size, count)).finally(() => {
          progress.done = true
        })
        while (!progress.done) {
          const seen = (await entriesOf(store)).length
          ok(seen === size || seen === size + count, `${seen - size} of ${count} entries of a batch were there`)
          await turn()
        }
        await appended
        size += count
      }
    },
  },
]
