import type { StoredEntry } from '../store.ts'
import { appendBatches, assertSameEntries, batchOf, entriesOf, entryOf } from './batches.ts'
import type { CaseDraft } from './bench.ts'

const TWO_PAYLOADS = { payloads: [40, 60] }

function without({ payloads, ...entry }: StoredEntry, label: string): StoredEntry {
  return { ...entry, payloads: payloads.filter((payload) => payload.label !== label) }
}

export const ERASING_CASES: readonly CaseDraft[] = [
  {
    name: 'a payload that is erased is gone, and nothing else is',
    async run(bench) {
      const store = await bench.open()
      await store.append(batchOf(0, [TWO_PAYLOADS, TWO_PAYLOADS, TWO_PAYLOADS]))
      const [first, second, third] = [0, 1, 2].map((seq) => entryOf(seq, TWO_PAYLOADS)) as [
        StoredEntry,
        StoredEntry,
        StoredEntry,
      ]
      const label = second.payloads[0]?.label as string
      await store.erase(1, label)
      assertSameEntries(await entriesOf(store), [first, without(second, label), third])
      await store.erase(1, label)
      await store.erase(1, 'unknown')
      await store.erase(7, label)
      assertSameEntries(await entriesOf(store), [first, without(second, label), third])
    },
  },
  {
    name: 'what was erased stays so after reopening, and after more was appended',
    async run(bench) {
      let store = await bench.open()
      await store.append(batchOf(0, [TWO_PAYLOADS]))
      const entry = entryOf(0, TWO_PAYLOADS)
      const label = entry.payloads[1]?.label as string
      await store.erase(0, label)
      store = await bench.reopen(store)
      const more = await appendBatches(store, [3], 1)
      assertSameEntries(await entriesOf(store), [without(entry, label), ...more])
    },
  },
]
