import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  type AuditStore,
  type StoredEntry,
  type StoredPayload,
  verifyLog,
  verifyLogs,
  type VerifyReport,
} from '../../src/index.ts'
import { levelStore } from '../../src/stores/level.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { type Copy, copyOf, sourceOf } from './copy.ts'
import { openTown } from './town.ts'

const CHANGES = 10_000

async function levelInTemporaryFolder(): Promise<AuditStore> {
  const folder = await mkdtemp(join(tmpdir(), 'branchline-attack-'))
  const store = await levelStore(join(folder, 'log'))
  onTestFinished(async () => {
    await store.close()
    await rm(folder, { recursive: true })
  })
  return store
}

/** Mulberry32: the same changes in every run. */
function randomOf(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

/** One place where a byte can be changed, and which record the finding must name. */
interface Place {
  readonly what: string
  readonly seq: number | undefined
  readonly bytes: Uint8Array
  changed(bytes: Uint8Array): Copy
}

function placesOf(copy: Copy): Place[] {
  const places: Place[] = []
  const withEntry = (entry: StoredEntry): Copy => ({ ...copy, entries: copy.entries.with(entry.seq, entry) })
  for (const entry of copy.entries) {
    const { seq, line, payloads } = entry
    places.push({ what: 'line', seq, bytes: line, changed: (bytes) => withEntry({ ...entry, line: bytes }) })
    for (const [n, payload] of payloads.entries()) {
      const withPayload = (each: StoredPayload): Copy => withEntry({ ...entry, payloads: payloads.with(n, each) })
      const { label, bytes, salt } = payload
      places.push({ what: label, seq, bytes, changed: (other) => withPayload({ ...payload, bytes: other }) })
      places.push({
        what: `salt of ${label}`,
        seq,
        bytes: salt,
        changed: (other) => withPayload({ ...payload, salt: other }),
      })
    }
  }
  // The line feeds that fill the file are no part of the note.
  const note = Buffer.from(copy.note ?? [])
    .toString('latin1')
    .replace(/\n+$/, '')
  const bytes = Buffer.from(note, 'latin1')
  places.push({
    what: 'head note',
    seq: undefined,
    bytes,
    changed: (other) => ({ ...copy, note: Buffer.concat([other, Buffer.from('\n\n\n')]) }),
  })
  return places
}

/** A place, and the log with one bit or more of one byte there changed. */
function changeOf(
  places: readonly Place[],
  n: number,
  random: (below: number) => number,
): { place: Place; at: number; copy: Copy } {
  const place = places[n % places.length] as Place
  const bytes = Uint8Array.from(place.bytes)
  const at = random(bytes.length)
  bytes[at] = (bytes[at] as number) ^ (1 + random(255))
  return { place, at, copy: place.changed(bytes) }
}

function isNamed({ seq }: Place, { verdict, findings }: VerifyReport): boolean {
  if (verdict === 'INTACT') return false
  return seq === undefined ? findings.every(({ code }) => code === 'HEAD_NOTE_WRONG') : findings[0]?.seq === seq
}

describe.each([
  ['memory', async () => memoryStore()],
  ['level', levelInTemporaryFolder],
])('a log from the %s store', (_, open) => {
  test(`of ${CHANGES / 2} changes of one byte each is found, and none is blamed on another record`, {
    timeout: 120_000,
  }, async () => {
    const { ann } = await openTown(open)
    const places = placesOf(await copyOf(ann))
    const random = randomOf(1911)
    for (let n = 0; n < CHANGES / 2; n++) {
      const { place, at, copy } = changeOf(places, n, random)
      const report = await verifyLog(sourceOf(copy))
      if (isNamed(place, report)) continue
      const { verdict, findings } = report
      expect.fail(`byte ${at} of ${place.what}, record ${place.seq}: ${verdict}, ${JSON.stringify(findings)}`)
    }
    const kinds = ['cosignature', 'receipt', 'record', 'text'].flatMap((label) => [label, `salt of ${label}`])
    expect(new Set(places.map(({ what }) => what))).toEqual(new Set(['line', 'head note', ...kinds]))
  })
})

test('a changed byte in one log is not held against the logs of colleagues', { timeout: 120_000 }, async () => {
  const { ann, bea, cid } = await openTown()
  const places = placesOf(await copyOf(ann))
  const random = randomOf(1912)
  for (let n = 0; n < CHANGES / 25; n++) {
    const { place, at, copy } = changeOf(places, n, random)
    const all = [sourceOf(copy), bea.store, cid.store].map((source, index) => ({ source, name: `log ${index}` }))
    const { logs } = await verifyLogs(all)
    const [own, ...others] = logs as [VerifyReport, ...VerifyReport[]]
    if (isNamed(place, own) && others.every(({ verdict }) => verdict === 'INTACT')) continue
    expect.fail(
      `byte ${at} of ${place.what}, record ${place.seq}: ${JSON.stringify(logs.map(({ findings }) => findings))}`,
    )
  }
})
