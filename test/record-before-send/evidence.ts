import type { StoredEntry } from '@branchline/audit-sink'
import { randomBytes } from 'node:crypto'
import {
  commitTo,
  type Field,
  type HandFrame,
  type HandOpening,
  type HandRecord,
  HELLO,
  leafOf,
  MESSAGE,
  openingsOf,
  readFrames,
} from './by-hand.ts'

/** A text that comes nowhere by chance, with as many more bytes as wanted. */
export function canaryText(more = 0): string {
  const canary = `canary-${randomBytes(16).toString('hex')}`
  return `${canary} ${'.'.repeat(more)}`
}

export function canariesIn(bytes: Uint8Array): string[] {
  return (
    Buffer.from(bytes)
      .toString('latin1')
      .match(/canary-[0-9a-f]{32}/g) ?? []
  )
}

export interface Kept {
  readonly line: Buffer
  readonly record: HandRecord
  readonly payloads: readonly HandOpening[]
}

/** What lies in a store, read without the code under test, by leaf hash. */
export type Evidence = ReadonlyMap<string, Kept>

interface Readable {
  read(): AsyncIterable<readonly StoredEntry[]>
}

export async function evidenceOf(source: Readable): Promise<Evidence> {
  const kept = new Map<string, Kept>()
  for await (const piece of source.read()) {
    for (const entry of piece) {
      const line = Buffer.from(entry.line)
      const payloads = entry.payloads.map(({ label, salt, bytes }) => ({
        label,
        salt: Buffer.from(salt),
        payload: Buffer.from(bytes),
      }))
      kept.set(leafOf(line), { line, record: JSON.parse(line.toString()) as HandRecord, payloads })
    }
  }
  return kept
}

export function ofKind(evidence: Evidence, kind: string): Kept[] {
  return [...evidence.values()].filter(({ record }) => record.kind === kind)
}

/**
 * Holds every byte of one tapped stream against the sender's log: each frame, and what came of one that was cut short,
 * must be of a `sent` record that is there, and each word must open its commitment there.
 * @returns what does not, in words; empty when all is on record
 */
export function offTheRecord(bytes: Buffer, evidence: Evidence): string[] {
  const complaints: string[] = []
  const onRecord = new Set<string>()
  for (const frame of readFrames(bytes).frames) {
    const kept = recordOf(frame, evidence)
    if (typeof kept === 'string') complaints.push(kept)
    else if (kept !== undefined) {
      complaints.push(...openingComplaints(frame, kept))
      for (const { payload } of kept.payloads) for (const canary of canariesIn(payload)) onRecord.add(canary)
    }
  }
  for (const canary of canariesIn(bytes)) {
    if (!onRecord.has(canary)) complaints.push(`${canary} was on the wire and is on no record`)
  }
  return complaints
}

/** @returns undefined when nothing of the record has come yet */
function recordOf(frame: HandFrame, evidence: Evidence): Kept | string | undefined {
  if (frame.body === undefined) return undefined
  if (frame.body === HELLO) return helloComplaint(frame, evidence)
  if (frame.body !== MESSAGE) return `a frame with body ${frame.body} was on the wire`
  const record = frame.fields.find(({ number }) => number === 1)
  if (record === undefined) return frame.fields.length > 0 ? 'words came before their record' : undefined
  const kept = record.whole ? evidence.get(leafOf(record.value)) : beginningWith(record, evidence)
  if (kept?.record.kind !== 'sent') return `the record ${leafOf(record.value)} was on the wire and is not in the log`
  return kept
}

/** It tells who we are, by the first record of our log, and which of the other's checkpoints we hold. */
function helloComplaint({ fields }: HandFrame, evidence: Evidence): string | undefined {
  const genesis = fields.find(({ number }) => number === 1)
  const kept = genesis && (genesis.whole ? evidence.get(leafOf(genesis.value)) : beginningWith(genesis, evidence))
  const isGenesis = genesis === undefined || (kept !== undefined && kept.record.seq === 0)
  return isGenesis && fields.every(({ number }) => number <= 2) ? undefined : 'a hello told something else'
}

function beginningWith({ value }: Field, evidence: Evidence): Kept | undefined {
  return [...evidence.values()].find(({ line }) => line.subarray(0, value.length).equals(value))
}

function openingComplaints(frame: HandFrame, { record, payloads }: Kept): string[] {
  const complaints: string[] = []
  for (const [n, { label, salt, payload }] of openingsOf(frame).entries()) {
    const kept = payloads[n]
    const begins =
      kept !== undefined &&
      (frame.whole ? kept.label === label : kept.label.startsWith(label)) &&
      kept.salt.subarray(0, salt.length).equals(salt) &&
      kept.payload.subarray(0, payload.length).equals(payload)
    if (!begins) complaints.push(`record ${record.seq}: the wire carried other words than the log holds`)
    else if (frame.whole && !(salt.equals(kept.salt) && payload.equals(kept.payload))) {
      complaints.push(`record ${record.seq}: the wire carried only a part of the words`)
    } else if (commitTo(kept) !== record.payloads?.[n]?.[2]) {
      complaints.push(`record ${record.seq}: its words do not open its commitment`)
    }
  }
  return complaints
}
