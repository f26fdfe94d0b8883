import { AuditError } from '../errors.ts'
import { isHash } from '../hash.ts'
import * as limits from '../limits.ts'
import { isRecordKind, KIND_RULES, type KindRule } from './kinds.ts'
import type { AuditRecord } from './record.ts'

type Check = (value: unknown) => boolean
type Members = Record<string, unknown>

const PEER_ID = /^[0-9A-Za-z]{1,128}$/
const LABEL = /^[a-z][a-z0-9.-]{0,31}$/
const DETAIL_NAME = /^[a-z][a-z0-9-]{0,31}$/
const ORIGIN = /^[!-*,-~]{1,255}$/
const SIGNATURE = /^[0-9a-f]{128}$/
const BOOT = /^[0-9a-f]{32}$/

export const isInteger: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0
export const isPeerId: Check = (value) => typeof value === 'string' && PEER_ID.test(value)
export const isLabel: Check = (value) => typeof value === 'string' && LABEL.test(value)
export const isOrigin: Check = (value) => typeof value === 'string' && ORIGIN.test(value)

function isText(value: unknown, maxBytes: number): boolean {
  if (typeof value !== 'string' || value.length > maxBytes) return false
  return value.isWellFormed() && (value.length * 3 <= maxBytes || Buffer.byteLength(value) <= maxBytes)
}

const isList = (value: unknown, max: number): value is unknown[] => Array.isArray(value) && value.length <= max

function noTwoAlike(values: readonly unknown[]): boolean {
  return values.length < 2 || new Set(values).size === values.length
}

const isPayload: Check = (value) =>
  isList(value, 3) && value.length === 3 && isLabel(value[0]) && isInteger(value[1]) && isHash(value[2])

const isSeen: Check = (value) =>
  isList(value, 4) &&
  value.length === 4 &&
  isOrigin(value[0]) &&
  isInteger(value[1]) &&
  isHash(value[2]) &&
  typeof value[3] === 'string' &&
  SIGNATURE.test(value[3])

const isDetailValue: Check = (value) => isInteger(value) || isText(value, limits.MAX_DETAIL_VALUE_BYTES)

function isDetail(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const detail = value as Members
  let members = 0
  for (const name in detail) {
    members += 1
    if (!DETAIL_NAME.test(name) || !isDetailValue(detail[name])) return false
  }
  return members <= limits.MAX_DETAIL_MEMBERS
}

/** Type and bounds of each member (spec/audit-log.md section 2). */
const MEMBERS: Record<keyof AuditRecord, Check> = {
  actor: isPeerId,
  boot: (value) => typeof value === 'string' && BOOT.test(value),
  conversation: (value) => value !== '' && isText(value, limits.MAX_CONVERSATION_BYTES),
  detail: isDetail,
  kind: isRecordKind,
  message: isHash,
  mono: isInteger,
  payloads: (value) =>
    isList(value, limits.MAX_PAYLOADS) &&
    value.every(isPayload) &&
    noTwoAlike(value.map((payload) => (payload as unknown[])[0])),
  peers: (value) => isList(value, limits.MAX_PEERS) && value.every(isPeerId) && noTwoAlike(value),
  prev: isHash,
  reason: (value) => value !== '' && isText(value, limits.MAX_REASON_BYTES),
  ref: isInteger,
  seen: (value) => isList(value, limits.MAX_SEEN) && value.every(isSeen),
  seq: isInteger,
  time: isInteger,
  v: (value) => value === 1,
}

const ALWAYS = new Set(['actor', 'boot', 'kind', 'mono', 'prev', 'seq', 'time', 'v'])
const ADMITTED = new Map(
  Object.entries(KIND_RULES).map(([kind, rule]) => [kind, new Set<string>([...ALWAYS, ...rule.must, ...rule.may])]),
)

/**
 * Narrows any value to a record (spec/audit-log.md sections 2 and 3); its line may still be another than the
 * canonical one.
 * @throws AuditError RECORD_MALFORMED, naming the member
 */
export function assertRecord(value: unknown): asserts value is AuditRecord {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse('a record is a JSON object')
  const record = value as Members
  if (!isRecordKind(record['kind'])) refuse('"kind" is not one that version 1 knows')
  const kind = record['kind']
  const admitted = ADMITTED.get(kind) as Set<string>
  let always = 0
  for (const name in record) {
    const member = record[name]
    if (member === undefined) continue
    if (!admitted.has(name)) refuse(`a ${kind} record has no member ${JSON.stringify(name.slice(0, 40))}`)
    if (!MEMBERS[name as keyof AuditRecord](member)) refuse(`"${name}" has a wrong type or is out of bounds`)
    if (ALWAYS.has(name)) always++
  }
  if (always !== ALWAYS.size) refuse(`one of ${[...ALWAYS].join(', ')} is missing`)
  assertKind(value as AuditRecord, KIND_RULES[kind])
}

function assertKind(record: AuditRecord, rule: KindRule): void {
  for (const name of rule.must) {
    if (record[name] === undefined) refuse(`a ${record.kind} record needs "${name}"`)
  }
  if (rule.detail !== undefined) assertDetail(record, rule.detail)
  if (record.ref !== undefined && record.ref >= record.seq) refuse('"ref" must be an earlier record')
  if ((record.kind === 'genesis') !== (record.seq === 0)) refuse('record 0, and no other, is the genesis')
  if (record.kind === 'sent' && (record.peers?.length === 0 || record.payloads?.length === 0)) {
    refuse('a sent record needs a peer and a payload')
  }
  if (record.kind === 'received' && (record.peers?.length !== 1 || !record.payloads?.some(([l]) => l === 'record'))) {
    refuse("a received record has one peer, and the sender's record among its payloads")
  }
}

function assertDetail(record: AuditRecord, rule: NonNullable<KindRule['detail']>): void {
  for (const name of Object.keys(rule)) {
    const value = record.detail?.[name]
    if (typeof value !== 'string') refuse(`a ${record.kind} record needs "detail.${name}"`)
    if (rule[name]?.includes(value) === false) refuse(`"detail.${name}" has an unknown value`)
  }
}

function refuse(why: string): never {
  throw new AuditError('RECORD_MALFORMED', why)
}
