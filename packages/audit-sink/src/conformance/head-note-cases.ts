import { ok } from 'node:assert/strict'
import { MAX_HEAD_NOTE_BYTES } from '../limits.ts'
import type { AuditStore } from '../store.ts'
import { appendBatches, assertSameEntries, entriesOf } from './batches.ts'
import type { CaseDraft } from './bench.ts'

/** As long as the note of an origin of 20 characters, and of one of 255. */
const [SHORT, LONG] = [240, 720]

/** Letters and line feeds, as a signed note is; other letters for each seed. */
function noteOf(length: number, seed: number): Buffer {
  const line = `${String.fromCharCode(0x41 + seed).repeat(79)}\n`
  return Buffer.from(`${line.repeat(Math.ceil(length / line.length)).slice(0, length - 1)}\n`)
}

/** "Line feeds may follow the note" (spec/audit-log.md section 7). */
const stripped = (note: Uint8Array): string => Buffer.from(note).toString('latin1').replace(/\n+$/, '')

async function assertHeadNote(store: AuditStore, expected: Uint8Array): Promise<void> {
  const note = await store.headNote()
  ok(note !== undefined, 'the head note is gone')
  ok(note.length <= MAX_HEAD_NOTE_BYTES, `a head note has at most ${MAX_HEAD_NOTE_BYTES} bytes, not ${note.length}`)
  ok(stripped(note) === stripped(expected), `another head note came back: ${stripped(note).slice(0, 80)}`)
}

export const HEAD_NOTE_CASES: readonly CaseDraft[] = [
  {
    name: 'the head note is the one that was given last, be it shorter or longer',
    async run(bench) {
      const store = await bench.open()
      for (const [seed, length] of [SHORT, LONG, SHORT, SHORT - 1, LONG].entries()) {
        await store.writeHeadNote(noteOf(length, seed))
        await assertHeadNote(store, noteOf(length, seed))
      }
    },
  },
  {
    name: `a head note may have ${MAX_HEAD_NOTE_BYTES} bytes, and the next may be shorter`,
    async run(bench) {
      const store = await bench.open()
      for (const [seed, length] of [MAX_HEAD_NOTE_BYTES, SHORT, MAX_HEAD_NOTE_BYTES, 1_025, 1_024, 1_023].entries()) {
        await store.writeHeadNote(noteOf(length, seed))
        await assertHeadNote(store, noteOf(length, seed))
      }
    },
  },
  {
    name: 'the head note is there after close and reopening',
    async run(bench) {
      let store = await bench.open()
      for (const [seed, length] of [LONG, SHORT].entries()) {
        await store.writeHeadNote(noteOf(length, seed))
        store = await bench.reopen(store)
        await assertHeadNote(store, noteOf(length, seed))
      }
    },
  },
  {
    name: 'the head note is there after the end of the process',
    needs: ['crash'],
    async run(bench) {
      const store = await bench.open()
      await store.writeHeadNote(noteOf(LONG, 0))
      await store.writeHeadNote(noteOf(SHORT, 1))
      await bench.crash(store)
      await assertHeadNote(await bench.open(), noteOf(SHORT, 1))
    },
  },
  {
    name: 'the head note is kept elsewhere: it outlives the end of the log',
    needs: ['keepCopy'],
    async run(bench) {
      let store = await bench.open()
      const kept = await appendBatches(store, [3])
      await store.writeHeadNote(noteOf(SHORT, 0))
      await bench.close(store)
      const rollBack = await bench.keepCopy()
      store = await bench.open()
      await appendBatches(store, [3], 3)
      await store.writeHeadNote(noteOf(SHORT, 1))
      await bench.close(store)
      await rollBack()
      store = await bench.open()
      assertSameEntries(await entriesOf(store), kept)
      await assertHeadNote(store, noteOf(SHORT, 1))
    },
  },
]
