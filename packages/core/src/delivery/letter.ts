import type { AuditEntry } from '@branchline/audit-sink'
import { assertMayBeSaid, detailOf, KEPT_DETAIL, type Members, type Place } from '../content/admission.ts'
import { type About, type Content, payloadsOf } from '../content/content.ts'
import { parseConversation, partnersIn } from '../content/conversation.ts'
import { MessengerError } from '../errors.ts'
import type { Roster } from '../roster/roster.ts'

/**
 * Where something is said: a peer ID; a room of the roster, `#reference`; a desk of it, `@Reference`; or the conversation
 * and everyone else in it, for groups and for what does not go to all.
 */
export type Where = string | Audience

export interface Audience {
  /** The member `conversation` of the record (spec/content.md section 1). */
  readonly conversation: string | undefined
  /** Peer IDs. */
  readonly peers: readonly string[]
}

/** What is said: a text, or what it does and the text that comes with it. */
export type What = string | Uint8Array | Deed

export interface Deed {
  readonly text?: string | Uint8Array | undefined
  readonly about: About
  /** What is passed on. */
  readonly origin?: Uint8Array | undefined
}

/** A `sent` record to be. */
export interface Letter extends Audience {
  readonly payloads: NonNullable<AuditEntry['payloads']>
  readonly detail: NonNullable<AuditEntry['detail']>
}

export interface LetterInit {
  readonly where: Where
  readonly what: What
  readonly place: Place
  /** `detail.draft` (spec/content.md section 5). */
  readonly draft?: string | undefined
  /** Whom a desk answers, beside those who may staff it. */
  readonly also?: readonly string[] | undefined
}

export interface Author {
  readonly self: string
  readonly roster: Members & { readonly current: Roster }
  /** @throws MessengerError PEER_INVALID */
  readonly parsePeer: (text: string) => string
}

/**
 * @throws MessengerError MESSAGE_EMPTY, MESSAGE_TOO_LARGE, CONTENT_MALFORMED, CONVERSATION_UNKNOWN, ROLE_MISSING,
 *   PEER_INVALID
 */
export function letterOf({ where, what, place, also, draft }: LetterInit, author: Author): Letter {
  const content = contentOf(what)
  const { conversation, peers } = audienceOf(where, also, author)
  const { self, roster } = author
  const reader = peers[0]
  if (reader === undefined) throw new MessengerError('CONVERSATION_UNKNOWN', 'nobody else is there to read it')
  const said = { conversation: parseConversation(conversation), content, place, author: self, self: reader, peers }
  assertMayBeSaid(said, roster)
  const detail = { ...detailOf(place), ...(draft !== undefined && { draft }), ...KEPT_DETAIL }
  return { conversation, peers, payloads: payloadsOf(content), detail }
}

/** The conversation, where several people may be in it: then what is said there comes after what was. */
export function threadOf(where: Where): string | undefined {
  if (typeof where !== 'string') return where.conversation
  return /^[#@+]/.test(where) ? where : undefined
}

function audienceOf(where: Where, also: readonly string[] | undefined, author: Author): Audience {
  const { self, roster, parsePeer } = author
  if (typeof where !== 'string') {
    const peers = [...new Set(where.peers.map(parsePeer))]
    return { conversation: where.conversation, peers }
  }
  if (threadOf(where) === undefined) return { conversation: undefined, peers: [parsePeer(where)] }
  const conversation = parseConversation(where)
  if (conversation.kind !== 'room' && conversation.kind !== 'desk') {
    throw new MessengerError('CONVERSATION_UNKNOWN', 'a group is no place of its own: say who is in it')
  }
  return { conversation: where, peers: partnersIn(roster.current, conversation, self, { also: also?.map(parsePeer) }) }
}

export function contentOf(what: What): Content {
  if (typeof what === 'string' || what instanceof Uint8Array) return { text: bytesOf(what), about: { type: 'text' } }
  const { text, about, origin } = what
  return { text: text === undefined ? undefined : bytesOf(text), about, ...(origin !== undefined && { origin }) }
}

/** A copy: the caller may use the bytes again while they are recorded and sent. */
function bytesOf(text: string | Uint8Array): Uint8Array {
  return typeof text === 'string' ? Buffer.from(text.toWellFormed()) : Buffer.from(text)
}
