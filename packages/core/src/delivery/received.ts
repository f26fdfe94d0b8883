import type { AuditEntry, AuditReceipt, SignedCheckpoint } from '@branchline/audit-sink'
import { isProvenBy, type Origin } from '../content/origin.ts'
import type { ReceivedMessage, ShownOrigin } from '../messages.ts'
import { logKeyOf, type Member } from '../roster/roster.ts'
import type { CheckedMessage } from './check-message.ts'
import { seenOf } from './seen.ts'

/**
 * The `received` record of a message (spec/audit-log.md section 3).
 * @param proof - text of a tlog-proof, of its place in its author's log
 */
export function receivedEntry(
  { id, line, record, payloads }: CheckedMessage,
  proof: string,
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
    payloads: [...payloads, { label: 'record', bytes: line }, { label: 'proof', bytes: Buffer.from(proof) }],
    ...(seen !== undefined && { seen: [seenOf(seen)] }),
  }
}

/** What the application is shown. */
export function receivedMessage(
  { id, record, content, place, origin }: CheckedMessage,
  receipt: AuditReceipt,
  roster: Named,
): ReceivedMessage {
  return {
    id,
    from: record.actor,
    name: roster.member(record.actor)?.name,
    conversation: record.conversation,
    to: record.peers ?? [],
    as: place.as,
    after: place.after,
    about: content.about,
    text: Buffer.from(content.text ?? []).toString('utf8'),
    bytes: content.text ?? new Uint8Array(),
    origin: origin && shownOrigin(origin, roster),
    sentAt: record.time,
    receivedAt: receipt.record.time,
  }
}

export interface Named {
  member(peer: string): Pick<Member, 'name' | 'peer' | 'log'> | undefined
}

/** With what the roster in force says of its author: whoever left the library is not known any more. */
function shownOrigin(origin: Origin, roster: Named): ShownOrigin {
  const author = roster.member(origin.from)
  return { ...origin, name: author?.name, isProven: author !== undefined && isProvenBy(origin, logKeyOf(author)) }
}
