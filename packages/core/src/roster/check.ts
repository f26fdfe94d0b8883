import { AuditError } from '@branchline/audit-sink'
import { COSIGNATURE_KEY, NOTE_KEY, parseVerifierKey } from '@branchline/audit-sink/tlog'
import { MessengerError } from '../errors.ts'
import * as limits from '../limits.ts'
import type { RosterContent } from './roster.ts'

type Check = (value: unknown) => boolean
interface Shape {
  readonly must: Readonly<Record<string, Check>>
  readonly may?: Readonly<Record<string, Check>>
}

const CONTROL = /\p{Cc}/u
const RELAY = /^(?:\/[0-9A-Za-z.:_-]+)+\/p2p\/[0-9A-Za-z]{1,128}$/
/** An origin, a key ID, and 33 bytes in base64. */
const VERIFIER_KEY = /^[!-*,-~]{1,255}\+[0-9a-f]{8}\+[0-9A-Za-z+/=]{44}$/

const matches =
  (pattern: RegExp): Check =>
  (value) =>
    typeof value === 'string' && pattern.test(value)

/** At least one byte. */
function text(maxBytes: number): Check {
  return (value) =>
    typeof value === 'string' &&
    value !== '' &&
    value.length <= maxBytes &&
    Buffer.byteLength(value) <= maxBytes &&
    value.isWellFormed() &&
    !CONTROL.test(value)
}

const isInteger: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0
const isSerial: Check = (value) => isInteger(value) && value !== 0
export const isPeer: Check = matches(/^[0-9A-Za-z]{1,128}$/)
export const isLogKey: Check = matches(/^[0-9a-f]{64}$/)
export const isMemberName: Check = text(limits.MAX_MEMBER_NAME_BYTES)
const isPlace: Check = text(limits.MAX_PLACE_BYTES)
const isRelay: Check = (value) => matches(RELAY)(value) && (value as string).length <= limits.MAX_RELAY_CHARACTERS

function isKey(type: typeof NOTE_KEY | typeof COSIGNATURE_KEY): Check {
  return (value) => {
    if (!matches(VERIFIER_KEY)(value)) return false
    try {
      return parseVerifierKey(value as string, type).type === type
    } catch (error) {
      if (error instanceof AuditError) return false
      throw error
    }
  }
}

/** @param alike - what no two of the list may have in common */
function listOf(check: Check, max: number, { min = 0, alike = [] as readonly string[] } = {}): Check {
  return (value) => {
    if (!Array.isArray(value) || value.length < min || value.length > max || !value.every(check)) return false
    return alike.every((name) => isDistinct(value.map((each: Record<string, unknown>) => each[name])))
  }
}

function listOfDistinct(check: Check, max: number, min = 0): Check {
  return (value) => listOf(check, max, { min })(value) && isDistinct(value as unknown[])
}

function isDistinct(values: readonly unknown[]): boolean {
  return new Set(values).size === values.length
}

/** @returns the name of the first member that is missing, not known, or not as it should be */
function flawIn(value: unknown, { must, may = {} }: Shape): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'an object'
  const members = value as Record<string, unknown>
  for (const name of Object.keys(members)) {
    if (!Object.hasOwn(must, name) && !Object.hasOwn(may, name)) return JSON.stringify(name.slice(0, 40))
  }
  for (const [name, check] of Object.entries(must)) {
    if (!Object.hasOwn(members, name) || !check(members[name])) return JSON.stringify(name)
  }
  for (const [name, check] of Object.entries(may)) {
    if (Object.hasOwn(members, name) && !check(members[name])) return JSON.stringify(name)
  }
  return undefined
}

const isShaped =
  (shape: Shape): Check =>
  (value) =>
    flawIn(value, shape) === undefined

const isDirectors: Check = listOfDistinct(isKey(NOTE_KEY), limits.MAX_DIRECTORS, 1)

const MEMBER: Shape = {
  must: {
    branch: isPlace,
    desks: listOfDistinct(isPlace, limits.MAX_DESKS),
    log: isLogKey,
    name: isMemberName,
    peer: isPeer,
    roles: listOfDistinct(matches(/^[a-z][a-z0-9-]{0,31}$/), limits.MAX_ROLES),
    rooms: listOfDistinct(isPlace, limits.MAX_ROOMS),
  },
  may: { from: isInteger, title: isMemberName, until: isInteger },
}

const REVOCATION: Shape = {
  must: { peer: isPeer, reason: text(limits.MAX_REVOCATION_REASON_BYTES), time: isInteger },
}

const SUCCESSION: Shape = {
  must: { by: isKey(NOTE_KEY), directors: isDirectors, serial: isSerial, signature: matches(/^[0-9a-f]{128}$/) },
}

const ROSTER: Shape = {
  must: {
    directors: isDirectors,
    expires: isInteger,
    issued: isInteger,
    lan: matches(/^[a-z0-9-]{1,40}$/),
    library: text(limits.MAX_LIBRARY_BYTES),
    members: listOf(isShaped(MEMBER), limits.MAX_MEMBERS, { alike: ['peer', 'log'] }),
    relays: listOfDistinct(isRelay, limits.MAX_RELAYS),
    revoked: listOf(isShaped(REVOCATION), limits.MAX_REVOKED, { alike: ['peer'] }),
    serial: isSerial,
    succession: listOf(isShaped(SUCCESSION), limits.MAX_SUCCESSIONS),
    v: (value) => value === 1,
    witnesses: listOfDistinct(isKey(COSIGNATURE_KEY), limits.MAX_WITNESSES),
  },
}

/**
 * Narrows any value to what a roster says (spec/roster.md section 1); its text may still be another than the canonical.
 * @throws MessengerError ROSTER_MALFORMED, naming the member
 */
export function assertRoster(value: unknown): asserts value is RosterContent {
  const flaw = flawIn(value, ROSTER)
  if (flaw !== undefined) malformed(`${flaw} is missing, not known, or out of bounds`)
  const { directors, expires, issued, members, revoked, serial, succession } = value as RosterContent
  if (expires <= issued) malformed('it expires before it is issued')
  if (members.some(({ from, until }) => from !== undefined && until !== undefined && until <= from)) {
    malformed('a member is there until before they come')
  }
  const isRevoked = new Set(revoked.map(({ peer }) => peer))
  if (members.some(({ peer }) => isRevoked.has(peer))) malformed('somebody is a member and revoked')
  if (new Set(members.flatMap(({ rooms }) => rooms)).size > limits.MAX_ROOMS) malformed('it names too many rooms')
  if (succession.some((each, n) => each.serial <= (succession[n - 1]?.serial ?? 0) || each.serial > serial)) {
    malformed('its successions are not in order')
  }
  const last = succession.at(-1)
  if (last !== undefined && last.directors.join('\n') !== directors.join('\n')) {
    malformed('its directors are not those of its last succession')
  }
}

export function malformed(why: string, cause?: unknown): never {
  throw new MessengerError('ROSTER_MALFORMED', `not a roster: ${why}`, { cause })
}
