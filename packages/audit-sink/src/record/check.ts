import { ALPHANUMERIC, HEX, isOf, LABEL, LETTER, NAME } from '../characters.ts'
import { AuditError } from '../errors.ts'
import { isHash } from '../hash.ts'
import * as limits from '../limits.ts'
import { continuationFlaw } from './continuation.ts'
import { KIND_CHECKS, type KindRule } from './kinds.ts'
import type { AuditRecord, PayloadCommitment } from './record.ts'

type Check = (value: unknown) => boolean
type Members = Record<string, unknown>

const ORIGIN = /^[!-*,-~]+$/

const isInteger: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0
export const isPeerId: Check = (value) => isString(value, ALPHANUMERIC, 1, limits.MAX_PEER_ID_CHARACTERS)
export const isLabel: Check = (value) => isName(value, LABEL)
export const isOrigin: Check = (value) =>
  typeof value === 'string' && value.length <= limits.MAX_ORIGIN_CHARACTERS && ORIGIN.test(value)

function isString(value: unknown, characters: number, min: number, max: number): value is string {
  return typeof value === 'string' && value.length >= min && value.length <= max && isOf(value, characters)
}

function isName(value: unknown, characters: number): boolean {
  return isString(value, characters, 1, limits.MAX_NAME_CHARACTERS) && isOf(value.charAt(0), LETTER)
}

function isText(value: unknown, maxBytes: number): boolean {
  if (typeof value !== 'string' || value.length > maxBytes) return false
  return value.isWellFormed() && (value.length * 3 <= maxBytes || Buffer.byteLength(value) <= maxBytes)
}

const isList = (value: unknown, max: number): value is unknown[] => Array.isArray(value) && value.length <= max

export function noTwoAlike(values: readonly unknown[]): boolean {
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
  isString(value[3], HEX, limits.SIGNATURE_DIGITS, limits.SIGNATURE_DIGITS)

const isDetailValue: Check = (value) => isInteger(value) || isText(value, limits.MAX_DETAIL_VALUE_BYTES)

function isDetail(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const detail = value as Members
  let members = 0
  for (const name in detail) {
    members += 1
    if (!isName(name, NAME) || !isDetailValue(detail[name])) return false
  }
  return members <= limits.MAX_DETAIL_MEMBERS
}

const isBoot: Check = (value) => isString(value, HEX, limits.BOOT_ID_DIGITS, limits.BOOT_ID_DIGITS)
const isConversation: Check = (value) => value !== '' && isText(value, limits.MAX_CONVERSATION_BYTES)
const isReason: Check = (value) => value !== '' && isText(value, limits.MAX_REASON_BYTES)
const isSeenList: Check = (value) => isList(value, limits.MAX_SEEN) && value.every(isSeen)

function isPayloadList(value: unknown): boolean {
  return isList(value, limits.MAX_PAYLOADS) && value.every(isPayload) && labelsDiffer(value as PayloadCommitment[])
}

/** @param payloads - each is one */
export function labelsDiffer(payloads: readonly PayloadCommitment[]): boolean {
  return payloads.length < 2 || noTwoAlike(payloads.map(([label]) => label))
}

function isPeerList(value: unknown): boolean {
  return isList(value, limits.MAX_PEERS) && value.every(isPeerId) && noTwoAlike(value)
}

const MEMBERS: ReadonlySet<string> = new Set<keyof AuditRecord>([
  'actor',
  'boot',
  'conversation',
  'detail',
  'kind',
  'message',
  'mono',
  'payloads',
  'peers',
  'prev',
  'reason',
  'ref',
  'seen',
  'seq',
  'time',
  'v',
])
const ALWAYS = ['actor', 'boot', 'kind', 'mono', 'prev', 'seq', 'time', 'v'] as const

/**
 * Narrows any value to a record (spec/audit-log.md sections 2 and 3); its line may still be another than the
 * canonical one.
 * @throws AuditError RECORD_MALFORMED, naming the member
 */
export function assertRecord(value: unknown): asserts value is AuditRecord {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse('a record is a JSON object')
  const record = value as Members
  for (const name in record) {
    if (!MEMBERS.has(name)) refuse(`a record has no member ${JSON.stringify(name.slice(0, 40))}`)
  }
  for (const name of ALWAYS) if (record[name] === undefined) refuse(`a record needs "${name}"`)
  assertMembers(value as AuditRecord)
}

/**
 * Type and bounds of each member (section 2), and what the kind demands (section 3), of a record that has no others and
 * all that every record has.
 * @throws AuditError RECORD_MALFORMED, naming the member
 */
export function assertMembers(record: AuditRecord): void {
  assertPlace(record)
  if (record.payloads !== undefined && !isPayloadList(record.payloads)) outOfBounds('payloads')
  assertContent(record)
}

/**
 * Of what a log adds to an entry: place, chain and clocks.
 * @throws AuditError RECORD_MALFORMED, naming the member
 */
export function assertPlace({ boot, mono, prev, seq, time, v }: AuditRecord): void {
  if (!isBoot(boot)) outOfBounds('boot')
  if (!isInteger(mono)) outOfBounds('mono')
  if (!isHash(prev)) outOfBounds('prev')
  if (!isInteger(seq)) outOfBounds('seq')
  if (!isInteger(time)) outOfBounds('time')
  if (v !== 1) outOfBounds('v')
}

/**
 * Of what an entry says, but for the payloads, and what its kind demands. Written out, since a table of checks takes
 * three times as long.
 * @throws AuditError RECORD_MALFORMED, naming the member
 */
export function assertContent(record: AuditRecord): void {
  const { conversation, detail, message, peers, reason, ref, seen } = record
  if (!isPeerId(record.actor)) outOfBounds('actor')
  if (conversation !== undefined && !isConversation(conversation)) outOfBounds('conversation')
  if (detail !== undefined && !isDetail(detail)) outOfBounds('detail')
  if (message !== undefined && !isHash(message)) outOfBounds('message')
  if (peers !== undefined && !isPeerList(peers)) outOfBounds('peers')
  if (reason !== undefined && !isReason(reason)) outOfBounds('reason')
  if (ref !== undefined && !isInteger(ref)) outOfBounds('ref')
  if (seen !== undefined && !isSeenList(seen)) outOfBounds('seen')
  assertKind(record)
}

function outOfBounds(name: keyof AuditRecord): never {
  refuse(`"${name}" has a wrong type or is out of bounds`)
}

/**
 * What section 3 demands of a record of which each member is within its bounds.
 * @throws AuditError RECORD_MALFORMED, naming the member
 */
export function assertKind(record: AuditRecord): void {
  const { kind } = record
  const rule = KIND_CHECKS.get(kind)
  if (rule === undefined) refuse('"kind" is not one that version 1 knows')
  for (const name of rule.barred) if (record[name] !== undefined) refuse(`a ${kind} record has no member "${name}"`)
  for (const name of rule.must) if (record[name] === undefined) refuse(`a ${kind} record needs "${name}"`)
  if (rule.detail !== undefined) assertDetail(record, rule.detail)
  if (record.ref !== undefined && record.ref >= record.seq) refuse('"ref" must be an earlier record')
  if ((kind === 'genesis') !== (record.seq === 0)) refuse('record 0, and no other, is the genesis')
  if (kind === 'sent' && (record.peers?.length === 0 || record.payloads?.length === 0)) {
    refuse('a sent record needs a peer and a payload')
  }
  if ((kind === 'refused' || kind === 'witnessed') && record.peers?.length !== 1) {
    refuse(`a ${kind} record has one peer`)
  }
  if (kind === 'witnessed' && record.seen?.length === 0) refuse('a witnessed record needs a checkpoint')
  if (kind === 'key-rotate' || kind === 'recovery') {
    const flaw = continuationFlaw(record)
    if (flaw !== undefined) refuse(flaw)
  }
  if (kind === 'received' && (record.peers?.length !== 1 || !record.payloads?.some(([l]) => l === 'record'))) {
    refuse("a received record has one peer, and the sender's record among its payloads")
  }
}

function assertDetail(record: AuditRecord, rule: NonNullable<KindRule['detail']>): void {
  for (const name in rule) {
    const value = record.detail?.[name]
    if (typeof value !== 'string') refuse(`a ${record.kind} record needs "detail.${name}"`)
    if (rule[name]?.includes(value) === false) refuse(`"detail.${name}" has an unknown value`)
  }
}

function refuse(why: string): never {
  throw new AuditError('RECORD_MALFORMED', why)
}
