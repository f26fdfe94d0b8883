import {
  type AuditRecord,
  commitmentOf,
  type EntryPayload,
  type Hash,
  leafHash,
  parseRecord,
  SALT_BYTES,
} from '@branchline/audit-sink'
import { MessengerError, type MessengerErrorCode } from '../errors.ts'
import { MAX_SENT_BYTES, MAX_TEXT_BYTES } from '../limits.ts'
import type { Message, Opening } from '../wire/frame.ts'

/** A message that has passed every check of spec/wire.md section 3, and is not recorded yet. */
export interface CheckedMessage {
  readonly id: Hash
  readonly line: Uint8Array
  readonly record: AuditRecord
  readonly payloads: readonly EntryPayload[]
  readonly text: Uint8Array
}

/** @throws MessengerError with the codes of spec/wire.md section 3, looked for in that order */
export function checkMessage({ record: line, openings }: Message, from: string, self: string): CheckedMessage {
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
  const [text, ...others] = payloads
  if (text === undefined || text.label !== 'text' || others.length > 0) refuse('MESSAGE_UNKNOWN', 'it is no text')
  if (text.bytes.length > MAX_TEXT_BYTES) refuse('MESSAGE_TOO_LARGE', `a text has at most ${MAX_TEXT_BYTES} bytes`)
  if (line.length > MAX_SENT_BYTES) refuse('MESSAGE_TOO_LARGE', `its record has at most ${MAX_SENT_BYTES} bytes`)
  return { id: leafHash(line), line, record, payloads, text: text.bytes }
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
