import { CodedError } from '@branchline/audit-sink'
import type { Evidence } from '@branchline/audit-sink/tlog'

/** Every code that this package throws or records; docs/errors.md says of each what to do. */
export const MESSENGER_ERROR_CODES = [
  'ADDRESS_INVALID',
  'AUDIT_RECEIPT_WRONG',
  'AUDIT_SINK_MISSING',
  'AUDIT_UNAVAILABLE',
  'BUSY',
  'CONTENT_MALFORMED',
  'CONVERSATION_UNKNOWN',
  'FILE_MISSING',
  'FILE_NOT_ACCEPTED',
  'FILE_QUOTA_REACHED',
  'FILE_STORE_FAILED',
  'FILE_STORE_FULL',
  'FILE_STORE_MISSING',
  'FILE_TOO_LARGE',
  'FILE_UNKNOWN',
  'FILE_UNREADABLE',
  'FILE_WITHDRAWN',
  'FILE_WRONG',
  'FRAME_MALFORMED',
  'FRAME_STALLED',
  'FRAME_TOO_LARGE',
  'FRAME_UNEXPECTED',
  'HISTORY_FAILED',
  'HISTORY_UNKNOWN',
  'LISTEN_FAILED',
  'LOG_DIRECTOR_UNKNOWN',
  'LOG_FORKED',
  'LOG_KEY_CHANGED',
  'LOG_ROLLED_BACK',
  'LOG_UNKNOWN',
  'LOG_UNLISTED',
  'LOG_UNSIGNED',
  'MEMBER_EXPIRED',
  'MEMBER_REVOKED',
  'MEMBER_UNKNOWN',
  'MESSAGE_EMPTY',
  'MESSAGE_ERASED',
  'MESSAGE_FORGED',
  'MESSAGE_MALFORMED',
  'MESSAGE_NOT_FOR_US',
  'MESSAGE_QUEUED',
  'MESSAGE_TOO_LARGE',
  'MESSAGE_UNKNOWN',
  'MESSAGE_UNPROVEN',
  'MESSENGER_CLOSED',
  'NAME_INVALID',
  'NOT_CONFIRMED',
  'PEER_FLOODS',
  'PEER_INVALID',
  'PEER_UNREACHABLE',
  'QUEUE_FAILED',
  'QUEUE_FULL',
  'READER_TOO_SLOW',
  'RECEIPT_WRONG',
  'REFUSED',
  'REFUSED_TOO_OFTEN',
  'REQUEST_MALFORMED',
  'ROLE_MISSING',
  'ROSTER_EXPIRED',
  'ROSTER_FOREIGN',
  'ROSTER_FORKED',
  'ROSTER_MALFORMED',
  'ROSTER_MISSING',
  'ROSTER_STALE',
  'ROSTER_UNSIGNED',
] as const

export type MessengerErrorCode = (typeof MESSENGER_ERROR_CODES)[number]

export class MessengerError extends CodedError<MessengerErrorCode> {
  override readonly name = 'MessengerError'
}

/** MESSAGE_QUEUED: it could not be recorded, and waits on this machine until it can be; nothing of it has left. */
export class QueuedError extends MessengerError {
  /** Its `detail.draft` when it will be recorded, 32 hex digits. */
  readonly draft: string

  constructor(draft: string, cause: unknown) {
    const why =
      'it cannot be recorded at present, so nothing was sent; it is kept here, and is recorded and sent when it can be'
    super('MESSAGE_QUEUED', why, { cause })
    this.draft = draft
  }
}

/** LOG_FORKED: the peer's log key signed two histories. */
export class ForkedError extends MessengerError {
  /** Proves it to anyone (spec/audit-log.md section 7). */
  readonly evidence: Evidence

  constructor(message: string, evidence: Evidence) {
    super('LOG_FORKED', message)
    this.evidence = evidence
  }
}
