import { AuditError } from '../errors.ts'
import type { Hash } from '../hash.ts'
import { MAX_PAYLOADS, MAX_RECORD_BYTES } from '../limits.ts'
import { canonicalText } from './canonical.ts'
import { assertContent, assertKind, assertMembers, assertPlace, assertRecord, labelsDiffer } from './check.ts'
import type { RecordKind } from './kinds.ts'
import { readPlainLine } from './plain-line.ts'

/** `[label, length in bytes, commitment]` (spec/audit-log.md section 4). */
export type PayloadCommitment = readonly [label: string, length: number, commitment: Hash]

/** A checkpoint of another log: `[origin, size, root, signature as 128 hex digits]`. */
export type SeenCheckpoint = readonly [origin: string, size: number, root: Hash, signature: string]

export type Detail = Readonly<Record<string, string | number>>

/** One record, as its line says it (spec/audit-log.md section 2). Times in milliseconds. */
export interface AuditRecord {
  readonly actor: string
  readonly boot: string
  readonly conversation?: string | undefined
  readonly detail?: Detail | undefined
  readonly kind: RecordKind
  readonly message?: Hash | undefined
  readonly mono: number
  readonly payloads?: readonly PayloadCommitment[] | undefined
  readonly peers?: readonly string[] | undefined
  readonly prev: Hash
  readonly reason?: string | undefined
  readonly ref?: number | undefined
  readonly seen?: readonly SeenCheckpoint[] | undefined
  readonly seq: number
  readonly time: number
  readonly v: 1
}

/**
 * A record's line.
 * @param record - one that has no members but those of its type
 * @throws AuditError RECORD_MALFORMED or RECORD_TOO_LARGE
 */
export function encodeRecord(record: AuditRecord): Uint8Array {
  assertMembers(record)
  return lineOf(record)
}

/**
 * The line of a record whose place the log gave, and whose payloads it committed to: only what the entry says is checked.
 * @throws AuditError RECORD_MALFORMED or RECORD_TOO_LARGE
 */
export function encodeDraft(record: AuditRecord): Uint8Array {
  const { payloads = [] } = record
  if (payloads.length > MAX_PAYLOADS || !labelsDiffer(payloads)) {
    throw new AuditError('RECORD_MALFORMED', `a record has at most ${MAX_PAYLOADS} payloads, of different labels`)
  }
  assertContent(record)
  return lineOf(record)
}

/**
 * The line that an entry of ours has at a place which somebody else names: only the place is checked.
 * @throws AuditError RECORD_MALFORMED or RECORD_TOO_LARGE
 */
export function encodePlaced(record: AuditRecord): Uint8Array {
  assertPlace(record)
  return lineOf(record)
}

function lineOf(record: AuditRecord): Uint8Array {
  const line = Buffer.from(canonicalText(record))
  assertSize(line)
  return line
}

/**
 * Reads a line that may come from anyone.
 * @throws AuditError RECORD_TOO_LARGE, RECORD_MALFORMED or RECORD_NOT_CANONICAL, looked for in this order
 */
export function parseRecord(line: Uint8Array): AuditRecord {
  assertSize(line)
  const bytes = Buffer.from(line.buffer, line.byteOffset, line.byteLength)
  return parsePlainRecord(bytes) ?? parseAnyRecord(bytes)
}

/** Most lines; see plain-line.ts. What is not taken here may be right or wrong: the general reader says which. */
function parsePlainRecord(line: Buffer): AuditRecord | undefined {
  const value = readPlainLine(line)
  try {
    if (value !== undefined) assertKind(value)
    return value
  } catch {
    return undefined
  }
}

function parseAnyRecord(line: Buffer): AuditRecord {
  let value: unknown
  try {
    value = JSON.parse(line.toString('utf8'))
  } catch (cause) {
    throw new AuditError('RECORD_MALFORMED', 'the line is not JSON', { cause })
  }
  assertRecord(value)
  if (!line.equals(Buffer.from(canonicalText(value)))) {
    throw new AuditError('RECORD_NOT_CANONICAL', 'the line is not the canonical form (RFC 8785) of what it says')
  }
  return value
}

function assertSize(line: Uint8Array): void {
  if (line.length > MAX_RECORD_BYTES) {
    throw new AuditError('RECORD_TOO_LARGE', `a record has at most ${MAX_RECORD_BYTES} bytes, not ${line.length}`)
  }
}
