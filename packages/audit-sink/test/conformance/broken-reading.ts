import type { AuditStore, EntryRange, StoredEntry, StoredPayload } from '../../src/index.ts'
import type { Defect } from './memory-harness.ts'

export const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1))

/** Gives back what the store gives, changed. */
function reading(store: AuditStore, change: (piece: readonly StoredEntry[]) => readonly StoredEntry[]) {
  return {
    async *read(range?: EntryRange) {
      for await (const piece of store.read(range)) yield change(piece)
    },
  }
}

function withPayloads(store: AuditStore, change: (payloads: readonly StoredPayload[]) => readonly StoredPayload[]) {
  return reading(store, (piece) => piece.map((entry) => ({ ...entry, payloads: change(entry.payloads) })))
}

/** As some drivers of databases give large integers. */
const digitsOf = (seq: number | undefined): number | undefined =>
  seq === undefined ? undefined : (String(seq) as unknown as number)

/** What is wrong with a store, the case that is there for it, and how: each passes all cases before that. */
export type BrokenStore = readonly [what: string, caught: string, defect: Defect]

/** Stores that give back other than what they were given. */
export const BROKEN_READING: readonly BrokenStore[] = [
  [
    'has a head before there is a log',
    'an empty store has nothing',
    () => ({ head: async () => ({ size: 0, leaf: '' }) }),
  ],
  [
    'cuts lines of 64 KiB',
    'a line comes back byte for byte',
    (store) => reading(store, (piece) => piece.map((each) => ({ ...each, line: each.line.subarray(0, 65_534) }))),
  ],
  [
    'keeps lines as text',
    'a line comes back byte for byte',
    (store) =>
      reading(store, (piece) =>
        piece.map((each) => ({ ...each, line: Buffer.from(Buffer.from(each.line).toString()) })),
      ),
  ],
  [
    'takes an empty payload for none',
    'a payload and its salt come back byte for byte',
    (store) => withPayloads(store, (payloads) => payloads.filter(({ bytes }) => bytes.length > 0)),
  ],
  [
    'swaps salt and payload',
    'a payload and its salt come back byte for byte',
    (store) => withPayloads(store, (all) => all.map(({ label, salt, bytes }) => ({ label, salt: bytes, bytes: salt }))),
  ],
  [
    'loses a payload',
    '64 payloads of one record are kept, each under its label',
    (store) => withPayloads(store, (payloads) => payloads.slice(0, 63)),
  ],
  [
    'drops the last entry of a batch',
    'a batch comes back with every one of its entries',
    (store) => ({
      append: ({ entries, ...rest }) =>
        store.append({ ...rest, entries: entries.length > 2 ? entries.slice(0, -1) : entries }),
    }),
  ],
  [
    'reorders',
    'entries come back in rising order of seq, without a gap',
    (store) => reading(store, (piece) => piece.toSorted((a, b) => (String(a.seq) < String(b.seq) ? -1 : 1))),
  ],
  [
    'shares buffers that it changes later',
    'what was read stays as it was while others are appended and read',
    (store) => {
      const shared = Buffer.alloc(2 ** 23)
      let used = 0
      const share = (bytes: Uint8Array): Uint8Array => {
        shared.set(bytes, used)
        return shared.subarray(used, (used += bytes.length))
      }
      return {
        async *read(range) {
          used = 0
          for await (const piece of store.read(range)) yield piece.map((each) => ({ ...each, line: share(each.line) }))
        },
        append: async (batch) => {
          await store.append(batch)
          shared.fill(0)
        },
      }
    },
  ],
  [
    'ignores `to`',
    'a range begins and ends where it says, at every boundary of a batch',
    (store) => ({ read: ({ from = 0 } = {}) => store.read({ from }) }),
  ],
  [
    'gives everything at once',
    'a long log comes in pieces of bounded size',
    (store) => ({
      async *read(range) {
        const all: StoredEntry[] = []
        for await (const piece of store.read(range)) all.push(...piece)
        yield all
      },
    }),
  ],
  [
    'has one cursor for all readers',
    'a reader may stop early, and several may read at once',
    (store) => {
      let newest = 0
      return {
        async *read(range) {
          const own = ++newest
          for await (const piece of store.read(range)) {
            if (own === newest) yield piece
            await pause()
          }
        },
      }
    },
  ],
  [
    'returns a stale head',
    'the head is that of the last batch',
    (store) => {
      let cached: Awaited<ReturnType<AuditStore['head']>>
      return { head: async () => (cached ??= await store.head()) }
    },
  ],
  [
    'splits a batch',
    'a reader sees all of a batch or nothing of it',
    (store) => ({
      append: async ({ entries, ...rest }) => {
        for (const entry of entries.slice(0, -1)) {
          await store.append({ ...rest, entries: [entry] })
          if (entries.length === 50) await pause()
        }
        await store.append({ ...rest, entries: entries.slice(-1) })
      },
    }),
  ],
  [
    'gives a number as text',
    'a message is found by its ID, with the newest seq given for it, and no other is',
    (store) => ({ lookup: async (id) => digitsOf(await store.lookup(id)) }),
  ],
  [
    'gives continuations in the order of their digits',
    'continuations are given in rising order of seq, each once, and nothing else is',
    (store) => ({ continuations: async () => (await store.continuations()).map(String).toSorted().map(Number) }),
  ],
  [
    'keeps what was witnessed first',
    'an origin is found with the newest seq given for it, and no other is',
    (store) => {
      const first = new Map<string, number>()
      return {
        append: async (batch) => {
          for (const [origin, seq] of batch.witnessed) first.set(origin, first.get(origin) ?? seq)
          await store.append(batch)
        },
        witnessed: async (origin) => first.get(origin),
      }
    },
  ],
  [
    'does not tell letters from capitals',
    'an origin is found with the newest seq given for it, and no other is',
    (store) => ({
      append: ({ witnessed, ...rest }) =>
        store.append({
          ...rest,
          witnessed: new Map([...witnessed].map(([origin, seq]) => [origin.toLowerCase(), seq])),
        }),
      witnessed: (origin) => store.witnessed(origin.toLowerCase()),
    }),
  ],
  [
    'keeps messages and origins in one place',
    'a message ID and an origin of the same letters are not confused',
    (store) => ({
      append: ({ messages, witnessed, ...rest }) => {
        const both = new Map([...messages, ...witnessed])
        return store.append({ ...rest, messages: both, witnessed: both })
      },
    }),
  ],
  ['does not erase', 'a payload that is erased is gone, and nothing else is', () => ({ erase: async () => undefined })],
  [
    'erases too much',
    'a payload that is erased is gone, and nothing else is',
    (store) => ({
      erase: async (seq, label) => {
        await store.erase(seq, label)
        await store.erase(seq + 1, label)
      },
    }),
  ],
  [
    'erases until it is closed',
    'what was erased stays so after reopening, and after more was appended',
    (store, shelf) => ({
      erase: async (seq, label) => {
        await store.erase(seq, label)
        shelf.erased = []
      },
    }),
  ],
  [
    'forgets tiles',
    'tiles are kept, and not confused between levels and places',
    () => ({ tile: async () => undefined }),
  ],
  [
    'confuses the levels of tiles',
    'tiles are kept, and not confused between levels and places',
    (store) => ({ tile: async (level, index) => (await store.tile(level, index)) ?? store.tile(0, index) }),
  ],
]
