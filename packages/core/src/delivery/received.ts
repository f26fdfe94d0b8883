import type { AuditEntry, AuditReceipt, SignedCheckpoint } from '@branchline/audit-sink'
import type { ReceivedMessage } from '../messages.ts'
import type { CheckedMessage } from './check-message.ts'
import { seenOf } from './seen.ts'

/** The `received` record of a message (spec/audit-log.md section 3). */
export function receivedEntry(
  { id, line, record, payloads }: CheckedMessage,
  self: string,
  seen: SignedCheckpoint | undefined,
): AuditEntry {
  return {
    kind: 'received',
    actor: self,
    peers: [record.actor],
    message: id,
    conversation: record.conversation,
    detail: record.detail,
    payloads: [...payloads, { label: 'record', bytes: line }],
    ...(seen !== undefined && { seen: [seenOf(seen)] }),
  }
}

/**
 * What the application is shown.
 * @param name - what the roster calls the author
 */
export function receivedMessage(
  { id, record, content, place }: CheckedMessage,
  receipt: AuditReceipt,
  name: string | undefined,
): ReceivedMessage {
  return {
    id,
    from: record.actor,
    name,
    conversation: record.conversation,
    to: record.peers ?? [],
    as: place.as,
    after: place.after,
    about: content.about,
    text: Buffer.from(content.text ?? []).toString('utf8'),
    bytes: content.text ?? new Uint8Array(),
    sentAt: record.time,
    receivedAt: receipt.record.time,
  }
}
