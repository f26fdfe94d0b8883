import { AuditError, type LogSigner, originOf, reasonOf, verifierKey } from '@branchline/audit-sink'
import { formatNote, NOTE_KEY, type Note, parseNote, parseVerifierKey } from '@branchline/audit-sink/tlog'
import { MAX_ROSTER_BYTES } from '../limits.ts'
import { canonicalJson, type Json } from './canonical.ts'
import { assertRoster, malformed } from './check.ts'

/** Somebody on the roster. Times in milliseconds since 1970. */
export interface Member {
  readonly branch: string
  readonly desks: readonly string[]
  readonly from?: number
  /** Ed25519 public key that signs for their log, in hex. */
  readonly log: string
  readonly name: string
  readonly peer: string
  readonly roles: readonly string[]
  readonly rooms: readonly string[]
  readonly title?: string
  readonly until?: number
}

export interface Revocation {
  readonly peer: string
  readonly reason: string
  readonly time: number
}

/** "From the roster SERIAL on, the directors are these", by one who was a director until then. */
export interface Succession {
  /** Verifier key. */
  readonly by: string
  readonly directors: readonly string[]
  readonly serial: number
  /** 128 hex digits. */
  readonly signature: string
}

/** What a roster says (spec/roster.md section 1). */
export interface RosterContent {
  /** Verifier keys. */
  readonly directors: readonly string[]
  readonly expires: number
  readonly issued: number
  /** Name of the mDNS service. */
  readonly lan: string
  readonly library: string
  readonly members: readonly Member[]
  /** Multiaddrs, each with a peer ID at its end. */
  readonly relays: readonly string[]
  readonly revoked: readonly Revocation[]
  readonly serial: number
  readonly succession: readonly Succession[]
  readonly v: 1
  /** Verifier keys of type 0x04. */
  readonly witnesses: readonly string[]
}

/** One that could be read; who signed it is for `verifyRoster` and `nextRoster` to say. */
export interface Roster extends RosterContent {
  readonly note: Note
  /** As it was signed. */
  readonly signed: Uint8Array
}

/**
 * Reads a roster that may come from anyone.
 * @param signed - at most 524,288 bytes
 * @throws MessengerError ROSTER_MALFORMED
 */
export function parseRoster(signed: Uint8Array): Roster {
  const note = readNote(signed)
  let content: unknown
  try {
    content = JSON.parse(note.text)
  } catch (cause) {
    malformed('its text is not JSON', cause)
  }
  assertRoster(content)
  if (textOf(content) !== note.text) malformed('its text is not the canonical form (RFC 8785) of what it says')
  return { ...content, note, signed: Uint8Array.from(signed) }
}

/** What a director signs. */
function textOf(content: RosterContent): string {
  return `${canonicalJson(content as unknown as Json)}\n`
}

const DAY_MS = 86_400_000
const MAX_LAN_CHARACTERS = 40

/**
 * What a library's first roster says, to be changed and signed: nobody is on it yet.
 * @param director - verifier key
 * @param days - how long it is in force
 */
export function firstRoster(
  library: string,
  director: string,
  { days = 365, lan = lanNameOf(library) } = {},
): RosterContent {
  const issued = Date.now()
  const nobody = { members: [], relays: [], revoked: [], succession: [], witnesses: [] }
  return { ...nobody, directors: [director], expires: issued + days * DAY_MS, issued, lan, library, serial: 1, v: 1 }
}

/** Of the library's own, so that two libraries in one network do not look for each other. */
function lanNameOf(library: string): string {
  const plain = library.normalize('NFKD').toLowerCase().replace(/\p{M}/gu, '')
  const name = plain.replace(/[^a-z0-9]+/g, '-').slice(0, MAX_LAN_CHARACTERS)
  return name.replace(/^-|-$/g, '') || 'branchline'
}

/**
 * Signs a roster.
 * @throws MessengerError ROSTER_MALFORMED when it says what no roster may, or the signer is none of its directors
 */
export async function signRoster(content: RosterContent, signer: LogSigner): Promise<Roster> {
  assertRoster(content)
  if (!content.directors.includes(signer.vkey)) malformed(`${signer.name} is not one of its directors`)
  const text = textOf(content)
  const { name, keyId } = parseVerifierKey(signer.vkey, NOTE_KEY)
  const signature = { name, keyId, bytes: await signer.sign(Buffer.from(text)) }
  return parseRoster(Buffer.from(formatNote({ text, signatures: [signature] })))
}

/** Verifier key of a member's log. */
export function logKeyOf({ peer, log }: Pick<Member, 'peer' | 'log'>): string {
  return verifierKey(originOf(peer), Buffer.from(log, 'hex'))
}

/** A log key as the roster has it, of its verifier key. */
export function rosterLogKey(vkey: string): string {
  const { x } = parseVerifierKey(vkey, NOTE_KEY).key.export({ format: 'jwk' })
  return Buffer.from(x as string, 'base64url').toString('hex')
}

function readNote(signed: Uint8Array): Note {
  try {
    return parseNote(signed, MAX_ROSTER_BYTES)
  } catch (cause) {
    if (!(cause instanceof AuditError)) throw cause
    malformed(reasonOf(cause), cause)
  }
}
