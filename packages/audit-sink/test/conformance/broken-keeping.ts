import type { StoreBatch } from '../../src/index.ts'
import { type BrokenStore, pause } from './broken-reading.ts'

/** Stores that do not keep what they should, where they should, or as they should. */
export const BROKEN_KEEPING: readonly BrokenStore[] = [
  [
    'overwrites no more of a head note than it must',
    'the head note is the one that was given last, be it shorter or longer',
    (store) => ({
      writeHeadNote: async (note) => {
        const before = (await store.headNote()) ?? Buffer.alloc(0)
        await store.writeHeadNote(Buffer.concat([note, before.subarray(note.length)]))
      },
    }),
  ],
  [
    'has no room for a long head note',
    'a head note may have 4096 bytes, and the next may be shorter',
    (store) => ({ writeHeadNote: (note) => store.writeHeadNote(note.subarray(0, 1_024)) }),
  ],
  [
    'forgets the head note',
    'the head note is there after close and reopening',
    (store, shelf) => ({
      close: async () => {
        shelf.headNote = undefined
        await store.close()
      },
    }),
  ],
  [
    'writes the head note when it is closed',
    'the head note is there after the end of the process',
    (store) => {
      let note: Uint8Array | undefined
      return {
        writeHeadNote: async (given) => {
          note = given
        },
        headNote: async () => note ?? store.headNote(),
        close: async () => {
          if (note !== undefined) await store.writeHeadNote(note)
          await store.close()
        },
      }
    },
  ],
  [
    'keeps the head note in what is rolled back',
    'the head note is kept elsewhere: it outlives the end of the log',
    (store, shelf) => {
      const notes = shelf.batches as { note?: Uint8Array }[]
      return {
        headNote: async () => notes.findLast(({ note }) => note !== undefined)?.note ?? store.headNote(),
        writeHeadNote: async (note) => {
          const last = shelf.batches.at(-1)
          if (last === undefined) await store.writeHeadNote(note)
          else shelf.batches[shelf.batches.length - 1] = { ...last, note } as StoreBatch
        },
      }
    },
  ],
  [
    'lets a second opener in',
    'a second opener is refused with AUDIT_STORE_LOCKED until the first has closed',
    (_, shelf) => {
      shelf.locked = false
      return {}
    },
  ],
  [
    'forgets what it looks up',
    'after close and reopening everything is there',
    (store, shelf) => ({
      close: async () => {
        shelf.batches = shelf.batches.map((batch) => ({ ...batch, messages: new Map() }))
        await store.close()
      },
    }),
  ],
  [
    'resolves before writing',
    'what append resolved for is there after the end of the process',
    (store, shelf) => {
      const written = shelf.batches.length
      let waiting: StoreBatch[] = []
      return {
        append: async (batch) => {
          await store.append(batch)
          waiting.push(...shelf.batches.splice(written))
        },
        close: async () => {
          shelf.batches.push(...waiting)
          waiting = []
          await store.close()
        },
      }
    },
  ],
  [
    'writes a batch in two steps',
    'an end of the process during an append leaves all of the batch or nothing of it',
    (store, shelf) => ({
      append: async (batch) => {
        if (batch.entries.length < 100) return store.append(batch)
        shelf.batches.push({ ...batch, messages: new Map() })
        await pause()
        shelf.batches.pop()
        await store.append(batch)
      },
    }),
  ],
]
