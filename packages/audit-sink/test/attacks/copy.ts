import type { AuditStore, Head, LogSource, StoredEntry } from '../../src/index.ts'
import { type AuditRecord, encodeRecord, isContinuation, leafHash, parseRecord } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { formatHeadNote } from '../../src/tlog/head-note.ts'
import { checkpointText } from '../../src/tlog/checkpoint.ts'
import { TreeEdge } from '../../src/tlog/tree.ts'
import type { Desk } from './town.ts'

/** All that somebody who can write the files can change. */
export interface Copy {
  entries: StoredEntry[]
  head: Head | undefined
  note: Uint8Array | undefined
}

export async function copyOf({ store }: Desk): Promise<Copy> {
  const entries: StoredEntry[] = []
  for await (const piece of store.read()) entries.push(...piece)
  return { entries, head: await store.head(), note: await store.headNote() }
}

export function sourceOf({ entries, head, note }: Copy): LogSource {
  return {
    head: async () => head,
    headNote: async () => note,
    async *read({ from = 0, to = Number.POSITIVE_INFINITY } = {}) {
      yield entries.filter(({ seq }) => seq >= from && seq < to)
    },
  }
}

/** A store with what is left, under a tile. */
export async function storeOf({ entries, head, note }: Copy): Promise<AuditStore> {
  const store = memoryStore()
  const continuations = entries.filter(({ line }) => isContinuation(parseRecord(line))).map(({ seq }) => seq)
  const index = { messages: new Map(), witnessed: new Map(), continuations, tiles: [] }
  await store.append({ entries, head: head as Head, ...index })
  if (note !== undefined) await store.writeHeadNote(note)
  return store
}

/** The log up to but without `size`, with the head that belongs to it: what a restored backup looks like. */
export function cutTo(copy: Copy, size: number): Copy {
  const entries = copy.entries.slice(0, size)
  const last = entries.at(-1)
  return { ...copy, entries, head: last && { size, leaf: leafHash(last.line) } }
}

/** With the changed record, or without a record when the change gives undefined; the hashes that follow stay. */
export function withRecord(copy: Copy, seq: number, change: (record: AuditRecord) => AuditRecord): Copy {
  const entries = copy.entries.map((entry) =>
    entry.seq === seq ? { ...entry, line: encodeRecord(change(parseRecord(entry.line))) } : entry,
  )
  return { ...copy, entries }
}

/** Numbers and chains all records again, as anybody can who can write the files. */
export function chained({ entries, note }: Copy): Copy {
  const again: StoredEntry[] = []
  let prev: string | undefined
  for (const [seq, { line, payloads }] of entries.entries()) {
    const record = parseRecord(line)
    const ref = record.ref === undefined ? undefined : Math.min(record.ref, seq - 1)
    const entry = { seq, line: encodeRecord({ ...record, ref, seq, prev: prev ?? record.prev }), payloads }
    prev = leafHash(entry.line)
    again.push(entry)
  }
  return { entries: again, head: { size: again.length, leaf: prev as string }, note }
}

/** A record put on record again at another place, as of the time of the record before that place. */
export function again({ entries }: Copy, seq: number, at: number): StoredEntry {
  const [entry, before] = [entries[seq], entries[at - 1]] as [StoredEntry, StoredEntry]
  const { time, mono } = parseRecord(before.line)
  return { ...entry, line: encodeRecord({ ...parseRecord(entry.line), time, mono }) }
}

/** From a record on no cosignature is left to tell. */
export function withoutCosignatures({ entries, ...rest }: Copy, from: number): Copy {
  const bare = (entry: StoredEntry): StoredEntry => ({
    ...entry,
    payloads: entry.payloads.filter(({ label }) => entry.seq < from || label !== 'cosignature'),
  })
  let stripped: Copy = { ...rest, entries: entries.map(bare) }
  for (const { seq } of entries.slice(from)) {
    stripped = withRecord(stripped, seq, ({ payloads, ...record }) => ({
      ...record,
      ...(payloads && { payloads: payloads.filter(([label]) => label !== 'cosignature') }),
    }))
  }
  return stripped
}

/** Signs the head note anew, as only somebody can who has the log key. */
export async function signed(copy: Copy, thief: Desk): Promise<Copy> {
  const tree = new TreeEdge()
  for (const { line } of copy.entries) tree.append(leafHash(line))
  const checkpoint = { origin: thief.signer.name, size: tree.size, root: tree.root() }
  const signature = await thief.signer.sign(Buffer.from(checkpointText(checkpoint)))
  return { ...copy, note: formatHeadNote(checkpoint, thief.signer.vkey, signature) }
}

/** One number changed, and all else as it was. */
export const backdated = (record: AuditRecord): AuditRecord => ({ ...record, time: record.time - 1 })
