import type { AbortOptions, AuditSink } from '@branchline/audit-sink'
import type { ComponentLogger, PeerId } from '@libp2p/interface'
import type { ConnectionManager, Registrar } from '@libp2p/interface-internal'
import type { TypedEventTarget } from 'main-event'
import type { AlertEvent } from './delivery/alerts.ts'
import type { Reach } from './delivery/connecting.ts'
import type { What, Where } from './delivery/letter.ts'
import type { Marked } from './delivery/marks.ts'
import type { SendOptions } from './delivery/outgoing.ts'
import type { OnRecord } from './delivery/pass-on.ts'
import type { PassOnOptions, PostOptions } from './delivery/posting.ts'
import { MessengerError } from './errors.ts'
import type { Delivery, MessageLedger, Outcome, Posted, ReceivedMessage } from './messages.ts'
import type { QueueFile } from './queue/queue-file.ts'
import type { Queued } from './queue/queued.ts'
import type { Recorded } from './recorded.ts'
import type { RosterGate } from './roster/gate.ts'
import { RosterKeeper } from './roster/keeper.ts'

export interface MessengerInit {
  /** Where every message is recorded before it is sent, and before it is shown. There is no default. */
  readonly audit: AuditSink
  /** Who takes part: `await openRoster(file)`. There is no default. */
  readonly roster: RosterKeeper
  /** The `connectionGater` of the node, so that whom it turns away is told of and recorded. */
  readonly gate?: RosterGate | undefined
  /** What we call ourselves, told to peers and recorded with each message; default: what the roster calls us. */
  readonly name?: string | undefined
  /**
   * Verifier keys of directors, beside those on the roster: by their signed word the log of a colleague may go on where
   * it would not else be believed (spec/audit-log.md section 12).
   */
  readonly directors?: readonly string[] | undefined
  /** How a peer is reached whom a message is for; default: libp2p dials where it knows them to be. */
  readonly reach?: Reach | undefined
  /** Where what is posted and cannot be recorded waits: `await openQueue(file)`; default: it is given back. */
  readonly queue?: QueueFile | undefined
  /** Told of every message that is on record. */
  readonly ledger?: MessageLedger | undefined
  /** How long the audit sink may take over one record. */
  readonly recordTimeoutMs?: number
}

export interface MessengerComponents {
  readonly peerId: PeerId
  readonly registrar: Registrar
  readonly connectionManager: ConnectionManager
  readonly logger: ComponentLogger
}

/** The events of a type wait, at most 1,024 of them, until somebody listens for it. */
export interface MessengerEvents {
  /** A message has come, and its record is durable. */
  message: CustomEvent<Recorded<ReceivedMessage>>
  /** An urgent message to us that we have not acknowledged: at once, and again every five minutes. */
  alert: CustomEvent<AlertEvent>
  /** What became of a message that was posted, for one of those whom it was for, is on record. */
  outcome: CustomEvent<Outcome>
  /** What waited in the queue is on record now, and on its way. */
  'queue:recorded': CustomEvent<Posted & { readonly draft: string }>
  /** What waits in the queue may not be said any more: it stays there until `discard`. */
  'queue:refused': CustomEvent<{ readonly queued: Queued; readonly error: MessengerError }>
  /** The record could not be kept: nothing is sent, shown or acknowledged until that is mended. */
  'audit:failed': CustomEvent<{ readonly error: unknown }>
  /** A peer sent something that was refused; spec/wire.md has the codes. */
  refused: CustomEvent<{ readonly from: string; readonly error: MessengerError }>
}

export interface Messenger extends TypedEventTarget<MessengerEvents> {
  /**
   * Records the text, sends it, and resolves when the peer's receipt has come and is on record, too: the peer's own
   * record of the message is then durable. A message leaves only when its record is durable. An abort counts until
   * then; afterwards the message cannot be called back.
   * @param to - peer ID
   * @param text - 1 to 32,768 bytes of UTF-8
   * @throws MessengerError. Nothing was sent: MESSAGE_EMPTY, MESSAGE_TOO_LARGE, PEER_INVALID, PEER_UNREACHABLE, BUSY,
   *   ROSTER_EXPIRED, MEMBER_UNKNOWN, MEMBER_REVOKED and MEMBER_EXPIRED (of the peer, or of ourselves), AUDIT_UNAVAILABLE,
   *   AUDIT_RECEIPT_WRONG, MESSENGER_CLOSED. On record, and perhaps there: NOT_CONFIRMED.
   *   On record, and not taken: REFUSED.
   */
  send(to: PeerId | string, text: string | Uint8Array, options?: SendOptions): Promise<Delivery>

  /**
   * Records what is said, and resolves when that is durable: from then on it is on its way to everyone there for as long
   * as it takes, across restarts, and `outcome` tells what became of it (spec/content.md section 5). What waits for
   * somebody is delivered in the order in which it was posted.
   * @param where - peer ID, `#room`, `@desk`, or a conversation with everyone else in it
   * @param what - a text of 1 to 32,768 bytes of UTF-8, or what the message does, with or without one
   * @throws MessengerError. Nothing was recorded or sent: MESSAGE_EMPTY, MESSAGE_TOO_LARGE, CONTENT_MALFORMED,
   *   CONVERSATION_UNKNOWN, ROLE_MISSING, PEER_INVALID, ROSTER_EXPIRED, MEMBER_UNKNOWN, MEMBER_REVOKED, MEMBER_EXPIRED,
   *   MESSENGER_CLOSED; AUDIT_UNAVAILABLE, AUDIT_RECEIPT_WRONG: when its record turns up after all it is `withheld`.
   *   QueuedError MESSAGE_QUEUED, where there is a queue: it waits there, and is recorded and sent as soon as that can be
   */
  post(where: PeerId | Where, what: What, options?: PostOptions): Promise<Posted>

  /**
   * Passes on what somebody said, as their own record has it, with what proves that; of what is itself passed on, its
   * origin.
   * @throws as `post`; HISTORY_UNKNOWN: no such message is on record here; MESSAGE_ERASED; CONTENT_MALFORMED: it is of a
   *   kind that is not passed on (spec/content.md section 2)
   */
  passOn(message: OnRecord, where: PeerId | Where, options?: PassOnOptions): Promise<Posted>

  /**
   * Tells the authors of messages that they were before our eyes, or that we say so ourselves; on both records, like all
   * that is posted. What we acknowledge is alerted no more.
   * @throws as `post`
   */
  mark(messages: readonly Marked[], how: 'read' | 'acknowledged', options?: AbortOptions): Promise<void>

  /** What was posted and is not on record yet, in its order: it is shown as queued (spec/queue.md). */
  queued(): Queued[]

  /**
   * Throws away what waits in the queue.
   * @throws MessengerError QUEUE_FAILED, MESSENGER_CLOSED
   */
  discard(draft: string): Promise<void>

  /**
   * Takes a roster that came by another way than from a peer, and brings it to all who are here.
   * An abort counts until it is being recorded.
   * @param signed - as the director signed it
   * @returns false when it is the one that is in force
   * @throws MessengerError ROSTER_MALFORMED, ROSTER_FOREIGN, ROSTER_STALE, ROSTER_UNSIGNED, ROSTER_FORKED, ROSTER_EXPIRED,
   *   AUDIT_UNAVAILABLE, MESSENGER_CLOSED
   */
  takeRoster(signed: Uint8Array, options?: AbortOptions): Promise<boolean>
}

/** @throws MessengerError AUDIT_SINK_MISSING */
export function assertSink(audit: AuditSink | undefined): void {
  if (typeof audit?.append !== 'function' || typeof audit.read !== 'function' || typeof audit.lookup !== 'function') {
    const message = 'a messenger needs an audit sink: pass { audit: await auditLog({ … }) } of @branchline/audit-sink'
    throw new MessengerError('AUDIT_SINK_MISSING', message)
  }
}

/** @throws MessengerError ROSTER_MISSING */
export function assertRoster(roster: RosterKeeper | undefined): void {
  if (!(roster instanceof RosterKeeper)) {
    const message = 'a messenger needs the roster of its library: pass { roster: await openRoster(file) }'
    throw new MessengerError('ROSTER_MISSING', message)
  }
}
