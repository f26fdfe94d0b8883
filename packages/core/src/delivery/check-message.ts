import {
  type AuditRecord,
  commitmentOf,
  type EntryPayload,
  type Hash,
  leafHash,
  parseRecord,
  SALT_BYTES,
} from '@branchline/audit-sink'
import { assertMayBeSaid, type Members, parsePlace, type Place } from '../content/admission.ts'
import { type Content, parseContent } from '../content/content.ts'
import { parseConversation } from '../content/conversation.ts'
import { type Origin, originIn } from '../content/origin.ts'
import { MessengerError, type MessengerErrorCode } from '../errors.ts'
import { MAX_SENT_BYTES } from '../limits.ts'
import type { Message, Opening } from '../wire/frame.ts'

/** A message that is from whom it says, for us, and opens what its author committed to. */
export interface OpenedMessage {
  readonly id: Hash
  readonly line: Uint8Array
  readonly record: AuditRecord
  readonly payloads: readonly EntryPayload[]
}

/** A message that has passed every check of spec/wire.md section 4 but that of its place, and is not recorded yet. */
export interface CheckedMessage extends OpenedMessage {
  readonly content: Content
  readonly origin: Origin | undefined
  readonly place: Place
}

/**
 * The checks of spec/wire.md section 4 before that of the message's place in its author's log.
 * @throws MessengerError MESSAGE_MALFORMED, MESSAGE_FORGED, MESSAGE_NOT_FOR_US, MESSAGE_UNPROVEN; in this order
 */
export function openMessage({ record: line, openings }: Message, from: string, self: string): OpenedMessage {
  const record = readSent(line)
  if (record.actor !== from) refuse('MESSAGE_FORGED', 'its author is not the peer who sent it')
  if (record.peers?.includes(self) !== true) refuse('MESSAGE_NOT_FOR_US', 'it is addressed to others')
  const committed = record.payloads ?? []
  if (openings.length !== committed.length) refuse('MESSAGE_UNPROVEN', 'words are missing, or too many')
  const payloads = committed.map(([label, length, commitment], n) => {
    const opening = openings[n] as Opening
    const { salt, payload: bytes } = opening
    const opens =
      opening.label === label &&
      salt.length === SALT_BYTES &&
      bytes.length === length &&
      commitmentOf(salt, label, bytes) === commitment
    if (!opens) refuse('MESSAGE_UNPROVEN', 'its words are not the ones that its author recorded')
    return { label, salt, bytes }
  })
  return { id: leafHash(line), line, record, payloads }
}

/**
 * The checks after it: what it says, and whether its author may say it there.
 * @throws MessengerError MESSAGE_UNKNOWN, MESSAGE_TOO_LARGE, CONTENT_MALFORMED, CONVERSATION_UNKNOWN, ROLE_MISSING
 */
export function readContent(message: OpenedMessage, self: string, roster: Members): CheckedMessage {
  const { line, payloads, record } = message
  const content = parseContent(payloads)
  if (line.length > MAX_SENT_BYTES) refuse('MESSAGE_TOO_LARGE', `its record has at most ${MAX_SENT_BYTES} bytes`)
  const origin = originIn(content)
  const place = parsePlace(record.detail)
  const conversation = parseConversation(record.conversation)
  assertMayBeSaid({ conversation, content, place, author: record.actor, self, peers: record.peers ?? [] }, roster)
  return { ...message, content, origin, place }
}

function readSent(line: Uint8Array): AuditRecord {
  let record: AuditRecord
  try {
    record = parseRecord(line)
  } catch (cause) {
    throw new MessengerError('MESSAGE_MALFORMED', 'it holds no record', { cause })
  }
  if (record.kind !== 'sent') refuse('MESSAGE_MALFORMED', 'its record is of another kind')
  return record
}

function refuse(code: MessengerErrorCode, why: string): never {
  throw new MessengerError(code, `the message is refused: ${why}`)
}
