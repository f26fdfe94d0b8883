import { hash } from 'node:crypto'
import { AuditError } from '@branchline/audit-sink'
import { NOTE_KEY, parseVerifierKey, verifySignatures } from '@branchline/audit-sink/tlog'
import { MessengerError, type MessengerErrorCode } from '../errors.ts'
import type { Roster, RosterContent } from './roster.ts'
import { leadsOn } from './succession.ts'

const FINGERPRINT_DIGITS = 32

/** By which people know a director's key again: eight groups of four hex digits (spec/roster.md section 4). */
export function fingerprintOf(director: string): string {
  const digits = hash('sha256', director, 'hex').slice(0, FINGERPRINT_DIGITS)
  return (digits.match(/.{4}/g) as string[]).join(' ')
}

/**
 * That one of its own directors signed it. Whether to believe them is for whoever compares the fingerprint to say.
 * @throws MessengerError ROSTER_UNSIGNED, ROSTER_EXPIRED
 */
export function verifyRoster(roster: Roster, now: number): void {
  assertSigned(roster)
  assertInForce(roster, now)
}

/**
 * Whether to take a roster after the one that is held.
 * @returns false when it is the one that is held
 * @throws MessengerError ROSTER_FOREIGN, ROSTER_STALE, ROSTER_UNSIGNED, ROSTER_FORKED, ROSTER_EXPIRED; in this order
 */
export function isNewer(held: Roster, offered: Roster, now: number): boolean {
  if (offered.library !== held.library)
    refuse('ROSTER_FOREIGN', `it is that of ${offered.library}, not of ${held.library}`)
  if (offered.serial < held.serial) {
    refuse('ROSTER_STALE', `it is number ${offered.serial}, and number ${held.serial} is held here`)
  }
  if (!leadsOn(held, offered)) refuse('ROSTER_UNSIGNED', 'its directors are not those who are known here')
  assertSigned(offered)
  if (offered.serial === held.serial) {
    if (offered.note.text === held.note.text) return false
    refuse('ROSTER_FORKED', `a director signed two rosters under number ${held.serial}; keep both, and ask`)
  }
  assertInForce(offered, now)
  return true
}

/** @throws MessengerError ROSTER_UNSIGNED */
export function assertSigned({ directors, note }: Roster): void {
  try {
    verifySignatures(
      note,
      directors.map((vkey) => parseVerifierKey(vkey, NOTE_KEY)),
    )
  } catch (cause) {
    if (!(cause instanceof AuditError)) throw cause
    throw new MessengerError('ROSTER_UNSIGNED', `the roster is refused: ${cause.message}`, { cause })
  }
}

/** @throws MessengerError ROSTER_EXPIRED */
export function assertInForce({ expires }: RosterContent, now: number): void {
  if (now >= expires) {
    const when = new Date(expires).toISOString()
    refuse('ROSTER_EXPIRED', `it was in force until ${when}; ask the director for a new one`)
  }
}

function refuse(code: MessengerErrorCode, why: string): never {
  throw new MessengerError(code, `the roster is refused: ${why}`)
}
