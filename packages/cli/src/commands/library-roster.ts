import { dirname, join } from 'node:path'
import { type LogSigner, openDirectorKey } from '@branchline/audit-sink'
import {
  fingerprintOf,
  readRoster,
  type Roster,
  type RosterContent,
  signRoster,
  writeRoster,
} from '@branchline/core/roster'
import { sanitiseLine } from '@branchline/core/sanitise'
import { type CliIO, print } from '../io.ts'
import type { DirectorFlags } from './library.ts'
import { passphraseFor } from './passphrase.ts'

const DAY_MS = 86_400_000
const DEFAULT_DAYS = 365

/** Beside the key, unless it is named. */
export function rosterFileOf({ key, roster }: Pick<DirectorFlags, 'key' | 'roster'>): string {
  return roster ?? join(dirname(key), 'library.roster')
}

/** What a director changes; issue and expiry are set anew each time. */
export type RosterChange = Partial<Omit<RosterContent, 'issued' | 'expires' | 'serial' | 'v'>>

/**
 * Signs the next roster of a library and puts it in the place of the one before.
 * @param change - makes it of the one before
 * @param signedBy - file with the key of a director who takes the place of the one who makes the change
 * @throws MessengerError ROSTER_MISSING, ROSTER_MALFORMED; AuditError
 */
export async function signNext(
  io: CliIO,
  flags: DirectorFlags,
  change: (roster: Roster, signer: LogSigner) => RosterChange | Promise<RosterChange>,
  signedBy?: string,
): Promise<Roster> {
  const file = rosterFileOf(flags)
  const before = await readRoster(file)
  const signer = await openDirectorKey(flags.key, passphraseFor(io))
  const { note: _note, signed: _signed, ...content } = before
  const now = Date.now()
  const next = { ...content, ...(await change(before, signer)), serial: before.serial + 1, ...validity(flags, now) }
  const roster = await signRoster(
    next,
    signedBy === undefined ? signer : await openDirectorKey(signedBy, passphraseFor(io)),
  )
  await writeRoster(file, roster)
  return roster
}

function validity(
  { days = DEFAULT_DAYS }: Pick<DirectorFlags, 'days'>,
  now: number,
): { issued: number; expires: number } {
  return { issued: now, expires: now + days * DAY_MS }
}

/** What everybody must see before they believe a roster. */
export function printWhose(io: CliIO, { library, serial, directors, expires }: RosterContent): void {
  print(io, `Library      ${sanitiseLine(library)}`)
  for (const director of directors) {
    print(io, `Director     ${director.slice(0, director.indexOf('+'))}`)
    print(io, `Fingerprint  ${fingerprintOf(director)}`)
  }
  print(io, `Roster       number ${serial}, until ${new Date(expires).toISOString().slice(0, 10)}`)
}

export function whoseAsJson({ library, serial, directors, issued, expires }: RosterContent): object {
  const named = directors.map((key) => ({ key, fingerprint: fingerprintOf(key) }))
  return { library, serial, issued, expires, directors: named }
}

/** What comes next, for a person at the director's machine. */
export function printSpread(io: CliIO, file: string): void {
  print(io, `Signed: ${file}. Give it to whoever joins; on one machine that takes part already, so that it spreads:`)
  print(io, `  branchline join ${file}`)
}
