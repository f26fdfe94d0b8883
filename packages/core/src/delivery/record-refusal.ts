import type { AuditEntry, Hash, SignedCheckpoint } from '@branchline/audit-sink'
import { formatEvidence } from '@branchline/audit-sink/tlog'
import { ForkedError, MessengerError } from '../errors.ts'
import { Recorded } from '../recorded.ts'
import type { DeliveryContext } from './context.ts'
import { seenOf } from './seen.ts'

export interface Refused {
  readonly from: string
  readonly error: MessengerError
  /** Message ID, when it had one. */
  readonly message?: Hash | undefined
  /** Of the peer's log, proven by what is refused, and on record nowhere else. */
  readonly checkpoint?: SignedCheckpoint | undefined
  /** How many of the peer's were refused before this one and are in no record. */
  readonly unrecorded?: number | undefined
}

/**
 * That something was not taken goes on record (spec/wire.md section 4), with the evidence when there is some.
 * @throws MessengerError AUDIT_UNAVAILABLE, AUDIT_RECEIPT_WRONG
 */
export async function recordRefusal(context: DeliveryContext, refused: Refused): Promise<Recorded<void>> {
  const { from, error, message, checkpoint, unrecorded = 0 } = refused
  const entry: AuditEntry = {
    kind: 'refused',
    actor: context.self,
    peers: [from],
    message,
    reason: error.message.slice(0, 256).toWellFormed(),
    detail: { code: error.code, ...(unrecorded > 0 && { unrecorded }) },
    ...(checkpoint !== undefined && { seen: [seenOf(checkpoint)] }),
    ...(error instanceof ForkedError && {
      payloads: [{ label: 'evidence', bytes: Buffer.from(formatEvidence(error.evidence)) }],
    }),
  }
  return Recorded.mint(context.sink, entry, () => undefined, { timeoutMs: context.recordTimeoutMs })
}

/**
 * What was counted and is in no record yet.
 * @throws MessengerError AUDIT_UNAVAILABLE, AUDIT_RECEIPT_WRONG
 */
export async function recordUnrecorded(context: DeliveryContext): Promise<void> {
  for (const [from, unrecorded] of context.refusals.takeUnrecorded()) {
    await recordRefusal(context, { from, error: tooOften(), unrecorded })
  }
}

export function tooOften(): MessengerError {
  return new MessengerError('REFUSED_TOO_OFTEN', 'so much of this peer was refused that the rest is counted alone')
}

/**
 * What was proven of a peer's log goes on record by itself when no message brings it there: then the peer has sent one
 * again, whose record is older; or a director let the log go on from less than is on record.
 * @param continuation - line of the director's statement, in the second case
 * @throws MessengerError AUDIT_UNAVAILABLE, AUDIT_RECEIPT_WRONG
 */
export async function recordSeen(
  context: DeliveryContext,
  from: string,
  checkpoint: SignedCheckpoint,
  continuation?: Uint8Array,
): Promise<void> {
  const entry: AuditEntry = {
    kind: 'witnessed',
    actor: context.self,
    peers: [from],
    seen: [seenOf(checkpoint)],
    ...(continuation !== undefined && { payloads: [{ label: 'continuation', bytes: continuation }] }),
  }
  await Recorded.mint(context.sink, entry, () => undefined, { timeoutMs: context.recordTimeoutMs })
}
