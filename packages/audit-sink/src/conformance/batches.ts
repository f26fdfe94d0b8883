import { deepEqual, equal, ok } from 'node:assert/strict'
import { hash } from 'node:crypto'
import { type Hash, leafHash } from '../hash.ts'
import { SALT_BYTES } from '../limits.ts'
import type { AuditStore, EntryRange, StoreBatch, StoredEntry } from '../store.ts'

export interface EntryShape {
  readonly lineBytes?: number
  /** Length of each payload in bytes. */
  readonly payloads?: readonly number[]
}

/** Every byte value in turn; another sequence for each seed. */
export function bytesOf(length: number, seed: number): Buffer {
  const bytes = Buffer.allocUnsafe(length)
  for (let at = 0; at < length; at++) bytes[at] = at * 31 + (at >> 8) + seed * 17
  return bytes
}

export function hashOf(text: string): Hash {
  return hash('sha256', text, 'hex')
}

/** A store knows no hashes, so a line need be no record. The payloads are not in the order of their labels. */
export function entryOf(seq: number, { lineBytes = 200, payloads = [40] }: EntryShape = {}): StoredEntry {
  return {
    seq,
    line: bytesOf(lineBytes, seq),
    payloads: payloads.map((length, n) => ({
      label: `label-${payloads.length - n}`,
      salt: bytesOf(SALT_BYTES, seq + n + 1),
      bytes: bytesOf(length, seq + n + 2),
    })),
  }
}

type Extras = Partial<Pick<StoreBatch, 'messages' | 'witnessed' | 'continuations' | 'tiles'>>

/** @param first - seq of its first entry */
export function batchOf(first: number, shapes: readonly EntryShape[], extras: Extras = {}): StoreBatch {
  const entries = shapes.map((shape, n) => entryOf(first + n, shape))
  const leaf = leafHash((entries.at(-1) as StoredEntry).line)
  const head = { size: first + entries.length, leaf }
  return { entries, head, messages: new Map(), witnessed: new Map(), continuations: [], tiles: [], ...extras }
}

/** A batch with one of everything that a driver keeps. */
export function fullBatch(first: number, count: number): StoreBatch {
  const shapes = Array.from({ length: count }, () => ({}))
  return batchOf(first, shapes, {
    messages: new Map([[hashOf(`message ${first}`), first]]),
    witnessed: new Map([[`branchline/${first}`, first]]),
    continuations: [first],
    tiles: [{ level: 0, index: first, hashes: bytesOf(8_192, first) }],
  })
}

/** Appends small batches of these sizes. */
export async function appendBatches(store: AuditStore, sizes: readonly number[], first = 0): Promise<StoredEntry[]> {
  const entries: StoredEntry[] = []
  for (const size of sizes) {
    const batch = batchOf(
      first + entries.length,
      Array.from({ length: size }, () => ({})),
    )
    await store.append(batch)
    entries.push(...batch.entries)
  }
  return entries
}

export async function entriesOf(store: Pick<AuditStore, 'read'>, range?: EntryRange): Promise<StoredEntry[]> {
  const entries: StoredEntry[] = []
  for await (const piece of store.read(range)) entries.push(...piece)
  return entries
}

export function assertSameBytes(actual: Uint8Array | undefined, expected: Uint8Array, what: string): void {
  ok(actual instanceof Uint8Array, `${what}: no bytes came back`)
  equal(actual.length, expected.length, `${what}: the length in bytes`)
  ok(Buffer.compare(actual, expected) === 0, `${what}: other bytes came back`)
}

/** Entries in order; the payloads of each are compared by label. */
export function assertSameEntries(actual: readonly StoredEntry[], expected: readonly StoredEntry[]): void {
  deepEqual(seqsOf(actual), seqsOf(expected))
  for (const [n, { seq, line, payloads }] of expected.entries()) {
    const entry = actual[n] as StoredEntry
    assertSameBytes(entry.line, line, `the line of record ${seq}`)
    deepEqual(labelsOf(entry), payloads.map(({ label }) => label).toSorted(), `the payloads of record ${seq}`)
    for (const { label, salt, bytes } of payloads) {
      const kept = entry.payloads.find((payload) => payload.label === label)
      assertSameBytes(kept?.salt, salt, `the salt of "${label}" of record ${seq}`)
      assertSameBytes(kept?.bytes, bytes, `payload "${label}" of record ${seq}`)
    }
  }
}

/** The batch is there with all that belongs to it, after entries `before`. */
export async function assertAllThere(
  store: AuditStore,
  before: readonly StoredEntry[],
  batch: StoreBatch,
): Promise<void> {
  assertSameEntries(await entriesOf(store), [...before, ...batch.entries])
  deepEqual(await store.head(), batch.head)
  for (const [message, seq] of batch.messages) equal(await store.lookup(message), seq, 'lookup')
  for (const [origin, seq] of batch.witnessed) equal(await store.witnessed(origin), seq, 'witnessed')
  const continuations = await store.continuations()
  for (const seq of batch.continuations) ok(continuations.includes(seq), `continuation ${seq}`)
  for (const { level, index, hashes } of batch.tiles) {
    assertSameBytes(await store.tile(level, index), hashes, `tile ${index} of level ${level}`)
  }
}

/** Nothing of the batch is there, but all that was before. */
export async function assertNothingThere(
  store: AuditStore,
  before: readonly StoredEntry[],
  batch: StoreBatch,
): Promise<void> {
  assertSameEntries(await entriesOf(store), before)
  equal((await store.head())?.size, before.at(-1) === undefined ? undefined : before.length, 'the size of the head')
  for (const message of batch.messages.keys()) equal(await store.lookup(message), undefined, 'lookup')
  for (const origin of batch.witnessed.keys()) equal(await store.witnessed(origin), undefined, 'witnessed')
  const continuations = await store.continuations()
  for (const seq of batch.continuations) ok(!continuations.includes(seq), `continuation ${seq}`)
  for (const { level, index } of batch.tiles) equal(await store.tile(level, index), undefined, 'tile')
}

export const seqsOf = (entries: readonly StoredEntry[]): number[] => entries.map(({ seq }) => seq)

const labelsOf = ({ payloads }: StoredEntry): string[] => payloads.map(({ label }) => label).toSorted()
