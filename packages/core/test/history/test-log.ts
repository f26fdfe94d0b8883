import { createHash } from 'node:crypto'
import {
  type AuditRecord,
  commitmentOf,
  type Detail,
  encodeRecord,
  type EntryRange,
  type Hash,
  leafHash,
  type StoredEntry,
} from '@branchline/audit-sink'
import type { About } from '../../src/content/content.ts'
import { payloadsOf } from '../../src/content/content.ts'
import type { IndexDb } from '../../src/history/db.ts'
import { type HistoryInit, openHistory } from '../../src/history/history.ts'

export const SELF = 'Self1111'
export const ANA = 'Ana11111'
export const BEA = 'Bea11111'

const SALT = new Uint8Array(32)
const ZERO = '0'.repeat(64)

export interface Spoken {
  readonly peers?: readonly string[]
  readonly conversation?: string | undefined
  readonly after?: readonly Hash[]
  readonly as?: string
  readonly text?: string | undefined
  readonly about?: About
  readonly time?: number
}

interface Payload {
  readonly label: string
  readonly bytes: Uint8Array
}

/** A log as a sink would keep it, without its keys: real lines, real IDs, made at once. */
export class TestLog {
  readonly entries: StoredEntry[] = []
  readonly origin: string
  #clock = 1_000_000
  #foreign = 0

  constructor(origin = `branchline/${SELF}`) {
    this.origin = origin
    this.append({ kind: 'genesis', detail: { origin, key: 'key' } })
  }

  get size(): number {
    return this.entries.length
  }

  head = async () => ({ size: this.size, leaf: leafHash((this.entries.at(-1) as StoredEntry).line) })

  /** At most so many entries a piece. */
  piece = 1_000

  read = ({ from = 0, to = this.size }: EntryRange = {}): AsyncIterable<readonly StoredEntry[]> =>
    piecesOf(this.entries.slice(from, to), this.piece)

  append(record: Partial<AuditRecord>, payloads: readonly Payload[] = []): StoredEntry {
    this.#clock += 1_000
    const seq = this.size
    const line = lineOf({ actor: SELF, seq, time: this.#clock, ...record }, payloads)
    const entry = { seq, line, payloads: payloads.map(({ label, bytes }) => ({ label, bytes, salt: SALT })) }
    this.entries.push(entry)
    return entry
  }

  sent({ peers = [ANA], time, isKept = true, ...spoken }: Spoken & { readonly isKept?: boolean }): Hash {
    const { conversation, detail } = placeOf(spoken)
    const said = { ...detail, ...(isKept && { kept: 1 }) }
    const more = { ...(Object.keys(said).length > 0 && { detail: said }), ...(time !== undefined && { time }) }
    const record = { kind: 'sent', peers, conversation, ...more } as const
    return leafHash(this.append(record, payloadsFor(spoken)).line)
  }

  /** What somebody else wrote, as they recorded it. */
  received(from: string, { peers = [SELF], time = 0, ...spoken }: Spoken): Hash {
    const { message, payloads, place } = this.written(from, { peers, time, ...spoken })
    this.take(from, message, payloads, place)
    return message.id
  }

  /** A message that has not come yet. */
  written(from: string, { peers = [SELF], time = 0, ...spoken }: Spoken) {
    const payloads = payloadsFor(spoken)
    const place = placeOf(spoken)
    this.#foreign += 1
    const line = lineOf({ actor: from, kind: 'sent', peers, seq: this.#foreign, time, ...place }, payloads)
    return { message: { id: leafHash(line), line }, payloads, place }
  }

  take(from: string, { id, line }: { id: Hash; line: Uint8Array }, payloads: readonly Payload[], place: object): void {
    const all = [...payloads, { label: 'record', bytes: line }]
    this.append({ kind: 'received', peers: [from], message: id, ...place }, all)
  }

  outcome(seq: number, peer: string, result: string, reason?: string): void {
    const message = leafHash((this.entries[seq] as StoredEntry).line)
    this.append({ kind: 'outcome', peers: [peer], message, ref: seq, detail: { result }, reason })
  }

  redact(seq: number, label: string): void {
    this.append({ kind: 'redact', ref: seq, detail: { label }, reason: 'asked' })
    const entry = this.entries[seq] as StoredEntry
    this.entries[seq] = { ...entry, payloads: entry.payloads.filter((payload) => payload.label !== label) }
  }

  seqOf(id: Hash): number {
    return this.entries.findIndex(
      ({ line }) => leafHash(line) === id || Buffer.from(line).includes(`"message":"${id}"`),
    )
  }

  history(more: Partial<HistoryInit> & { index?: IndexDb } = {}) {
    return openHistory({ sink: this, self: SELF, ...more })
  }
}

async function* piecesOf(entries: readonly StoredEntry[], piece: number): AsyncIterable<readonly StoredEntry[]> {
  for (let at = 0; at < entries.length; at += piece) yield entries.slice(at, at + piece)
}

function placeOf({ conversation, after = [], as }: Spoken) {
  const detail: Detail = { ...(after.length > 0 && { after: after.join(' ') }), ...(as !== undefined && { as }) }
  return { conversation, ...(Object.keys(detail).length > 0 && { detail }) }
}

function payloadsFor({ text, about = { type: 'text' } }: Spoken): Payload[] {
  return payloadsOf({ text: text === undefined ? undefined : Buffer.from(text), about })
}

function lineOf(record: Partial<AuditRecord>, payloads: readonly Payload[]): Uint8Array {
  const seq = record.seq as number
  return encodeRecord({
    boot: '0'.repeat(32),
    mono: seq,
    prev: seq === 0 ? ZERO : createHash('sha256').update(`${record.actor}${seq}`).digest('hex'),
    v: 1,
    ...(payloads.length > 0 && {
      payloads: payloads.map(({ label, bytes }) => [label, bytes.length, commitmentOf(SALT, label, bytes)] as const),
    }),
    ...record,
  } as AuditRecord)
}

export async function dumpOf(db: IndexDb, without = ''): Promise<[string, string][]> {
  const all = await db.iterator().all()
  return all.filter(([key]) => !without.includes(key.charAt(0)))
}
