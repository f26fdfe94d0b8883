import { type Detail, type Hash, isHash } from '@branchline/audit-sink'
import { MessengerError, type MessengerErrorCode } from '../errors.ts'
import { MAX_AFTER, MAX_GROUP_PEERS, MAX_PLACE_BYTES } from '../limits.ts'
import type { Member } from '../roster/roster.ts'
import type { Content } from './about.ts'
import type { Conversation } from './conversation.ts'
import { isPlain } from './plain.ts'

/** Where a message stands in its conversation, and for whom it speaks (spec/content.md section 1). */
export interface Place {
  /** Message IDs that it comes after; none at depth 0. */
  readonly after: readonly Hash[]
  /** The desk that it is from. */
  readonly as: string | undefined
}

/** `detail.kept` of a message that is kept until delivered (section 5). */
const KEPT = 1

/** Whether a `sent` record is kept until delivered, by its detail. */
export function isKept(detail: Detail | undefined): boolean {
  return detail?.['kept'] === KEPT
}

/** What its detail then has. */
export const KEPT_DETAIL = { kept: KEPT } as const

/** The room of every member, which no roster lists. */
const ALL_STAFF = 'all-staff'
const MAY_URGENT = 'may-urgent'
const HASH_AND_SPACE = 65

/**
 * Reads the place of a message from its record.
 * @throws MessengerError CONTENT_MALFORMED
 */
export function parsePlace(detail: Detail | undefined): Place {
  const { after, as } = detail ?? {}
  if (as !== undefined && !isPlain(as, MAX_PLACE_BYTES)) refuse('CONTENT_MALFORMED', 'detail.as is no desk')
  return { after: after === undefined ? [] : idsIn(after), as }
}

/** The members of `detail` that say it. */
export function detailOf({ after, as }: Place): Detail {
  return { ...(after.length > 0 && { after: after.join(' ') }), ...(as !== undefined && { as }) }
}

function idsIn(after: string | number): Hash[] {
  const ids = typeof after === 'string' && after.length < MAX_AFTER * HASH_AND_SPACE ? after.split(' ') : []
  if (ids.length === 0 || !ids.every(isHash) || new Set(ids).size < ids.length) {
    refuse('CONTENT_MALFORMED', `detail.after is not 1 to ${MAX_AFTER} message IDs`)
  }
  return ids
}

/** Whom the roster names: a `RosterKeeper`, or a `Standing`. */
export interface Members {
  member(peer: string): Pick<Member, 'desks' | 'roles' | 'rooms'> | undefined
}

export function isInRoom({ rooms }: Pick<Member, 'rooms'>, room: string): boolean {
  return room === ALL_STAFF || rooms.includes(room)
}

export interface Said {
  readonly conversation: Conversation
  readonly content: Content
  readonly place: Place
  /** Peer IDs. */
  readonly author: string
  readonly self: string
  readonly peers: readonly string[]
}

/**
 * Whether a message may be said where it is said, by its author: the checks of spec/content.md sections 1 and 2 that
 * the words alone do not answer. That author and acceptor take part now was checked before.
 * @throws MessengerError CONTENT_MALFORMED, CONVERSATION_UNKNOWN, ROLE_MISSING; in this order
 */
export function assertMayBeSaid(said: Said, roster: Members): void {
  assertBelongs(said)
  const { conversation, content, place, author, self } = said
  const writer = roster.member(author)
  const reader = roster.member(self)
  const staffs = (member: typeof writer, desk: string): boolean => member?.desks.includes(desk) === true
  if (conversation.kind === 'room') {
    const isOf = (member: typeof writer): boolean => member !== undefined && isInRoom(member, conversation.name)
    if (!isOf(writer) || !isOf(reader)) unknown(`room ${conversation.name} is not for both of us, by the roster here`)
  }
  if (conversation.kind === 'desk') {
    const { name } = conversation
    if (!staffs(writer, name) && !staffs(reader, name)) unknown(`neither of us staffs desk ${name}, by the roster here`)
    if (content.about.type === 'desk' && !staffs(writer, name))
      refuse('ROLE_MISSING', `its author is not of desk ${name}`)
  }
  if (place.as !== undefined && !staffs(writer, place.as))
    refuse('ROLE_MISSING', `its author is not of desk ${place.as}`)
  if (content.about.type === 'urgent' && writer?.roles.includes(MAY_URGENT) !== true) {
    refuse('ROLE_MISSING', `its author has not the role ${MAY_URGENT}`)
  }
}

function assertBelongs({ conversation: { kind }, content, peers }: Said): void {
  if (kind === 'direct' && peers.length > 1) refuse('CONTENT_MALFORMED', 'what is between two goes to one')
  if (kind === 'group' && peers.length > MAX_GROUP_PEERS) refuse('CONTENT_MALFORMED', 'its group is too large')
  const { type } = content.about
  if ((type === 'group' || type === 'desk') && kind !== type) {
    refuse('CONTENT_MALFORMED', `a message of type ${type} is only for a ${type}`)
  }
}

/**
 * Codes of refusals that another roster or a little time may undo: the rosters of two people may differ for a while, and
 * a disk or a queue may be full.
 */
const PASSING: ReadonlySet<string> = new Set<MessengerErrorCode>([
  'AUDIT_UNAVAILABLE',
  'BUSY',
  'CONVERSATION_UNKNOWN',
  'MEMBER_EXPIRED',
  'MEMBER_UNKNOWN',
  'REFUSED_TOO_OFTEN',
  'ROLE_MISSING',
  'ROSTER_EXPIRED',
])

/** Whether a message that a peer refused with this code, which may be any string, is tried again (section 1). */
export function isPassing(code: string): boolean {
  return PASSING.has(code)
}

export function unknown(why: string): never {
  throw new MessengerError('CONVERSATION_UNKNOWN', why)
}

function refuse(code: MessengerErrorCode, why: string): never {
  throw new MessengerError(code, `the message is refused: ${why}`)
}
