import { equal, rejects } from 'node:assert/strict'
import {
  appendBatches,
  assertAllThere,
  assertNothingThere,
  assertSameEntries,
  entriesOf,
  fullBatch,
} from './batches.ts'
import type { CaseDraft } from './bench.ts'

export const REOPENING_CASES: readonly CaseDraft[] = [
  {
    name: 'a second opener is refused with AUDIT_STORE_LOCKED until the first has closed',
    async run(bench) {
      const first = await bench.open()
      const kept = await appendBatches(first, [2])
      for (let attempt = 0; attempt < 2; attempt++) await rejects(bench.open(), { code: 'AUDIT_STORE_LOCKED' })
      kept.push(...(await appendBatches(first, [2], 2)))
      const second = await bench.reopen(first)
      assertSameEntries(await entriesOf(second), kept)
    },
  },
  {
    name: 'after close and reopening everything is there',
    async run(bench) {
      let store = await bench.open()
      const kept = await appendBatches(store, [1, 128])
      const batch = fullBatch(129, 30)
      await store.append(batch)
      store = await bench.reopen(store)
      await assertAllThere(store, kept, batch)
      const next = fullBatch(159, 1)
      await store.append(next)
      await assertAllThere(await bench.reopen(store), [...kept, ...batch.entries], next)
    },
  },
  {
    name: 'what append resolved for is there after the end of the process',
    needs: ['crash'],
    async run(bench) {
      let store = await bench.open()
      const kept = await appendBatches(store, [1, 20])
      for (const first of [21, 71, 121]) {
        const batch = fullBatch(first, 50)
        await store.append(batch)
        await bench.crash(store)
        store = await bench.open()
        await assertAllThere(store, kept, batch)
        kept.push(...batch.entries)
      }
    },
  },
  {
    name: 'an end of the process during an append leaves all of the batch or nothing of it',
    needs: ['crash'],
    async run(bench) {
      let store = await bench.open()
      const kept = await appendBatches(store, [1])
      for (let round = 0; round < 5; round++) {
        const batch = fullBatch(kept.length, 100)
        // It may settle either way, or not at all: who had called it is gone.
        store.append(batch).catch(() => undefined)
        await bench.crash(store)
        store = await bench.open()
        if ((await entriesOf(store)).length === kept.length) {
          await assertNothingThere(store, kept, batch)
        } else {
          await assertAllThere(store, kept, batch)
          kept.push(...batch.entries)
        }
      }
      equal((await entriesOf(store)).length, kept.length)
    },
  },
]
