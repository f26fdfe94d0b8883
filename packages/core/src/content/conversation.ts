import { MessengerError } from '../errors.ts'
import { MAX_PLACE_BYTES } from '../limits.ts'
import type { RosterContent } from '../roster/roster.ts'
import { Standing } from '../roster/standing.ts'
import { isInRoom, unknown } from './admission.ts'
import { isPlain } from './plain.ts'

export {
  assertMayBeSaid,
  detailOf,
  isPassing,
  type Members,
  parsePlace,
  type Place,
  type Said,
} from './admission.ts'

/** Where something is said (spec/content.md section 1). */
export type Conversation =
  | { readonly kind: 'direct' }
  | { readonly kind: 'room' | 'desk'; readonly name: string }
  | { readonly kind: 'group'; readonly id: string }

const DIRECT: Conversation = { kind: 'direct' }
const GROUP = /^[0-9a-f]{32}$/
const SIGNS = { room: '#', desk: '@', group: '+' } as const

/**
 * Reads the member `conversation` of a record.
 * @throws MessengerError CONTENT_MALFORMED
 */
export function parseConversation(conversation: string | undefined): Conversation {
  if (conversation === undefined) return DIRECT
  const name = conversation.slice(1)
  switch (conversation[0]) {
    case SIGNS.room:
      if (isPlain(name, MAX_PLACE_BYTES)) return { kind: 'room', name }
      break
    case SIGNS.desk:
      if (isPlain(name, MAX_PLACE_BYTES)) return { kind: 'desk', name }
      break
    case SIGNS.group:
      if (GROUP.test(name)) return { kind: 'group', id: name }
      break
    default:
  }
  throw new MessengerError('CONTENT_MALFORMED', 'its conversation is no room, no desk and no group')
}

/**
 * The member `conversation` of a record.
 * @throws MessengerError CONTENT_MALFORMED when there is no such name or ID
 */
export function formatConversation(conversation: Conversation): string | undefined {
  if (conversation.kind === 'direct') return undefined
  const name = conversation.kind === 'group' ? conversation.id : conversation.name
  const formatted = `${SIGNS[conversation.kind]}${name}`
  parseConversation(formatted)
  return formatted
}

/**
 * To whom a message in a room or at a desk goes: all who take part in it at a time, in the order of the roster.
 * @param self - peer ID of the author
 * @param now - milliseconds since 1970
 * @param also - peer IDs of those who are answered at a desk; who is no member now is left out
 * @returns peer IDs without the author's; none where nobody else is there
 * @throws MessengerError CONVERSATION_UNKNOWN: the author is not of the room, or nobody may staff the desk
 */
export function partnersIn(
  roster: RosterContent,
  { kind, name }: Extract<Conversation, { readonly kind: 'room' | 'desk' }>,
  self: string,
  { now = Date.now(), also = [] as readonly string[] } = {},
): string[] {
  const standing = new Standing(roster)
  const here = roster.members.filter(({ peer }) => standing.whyNot(peer, now) === undefined)
  if (kind === 'room') {
    const members = here.filter((member) => isInRoom(member, name))
    if (!members.some(({ peer }) => peer === self)) unknown(`you are not in room ${name} on the roster`)
    return members.map(({ peer }) => peer).filter((peer) => peer !== self)
  }
  const staff = here.filter(({ desks }) => desks.includes(name))
  if (staff.length === 0) unknown(`nobody on the roster staffs desk ${name}`)
  return here
    .filter((member) => staff.includes(member) || also.includes(member.peer))
    .map(({ peer }) => peer)
    .filter((peer) => peer !== self)
}
