import type { AuditEntry, AuditReceipt, Hash } from '@branchline/audit-sink'
import { MessengerError } from '../errors.ts'
import { Recorded } from '../recorded.ts'
import type { DeliveryContext } from './context.ts'
import { refusedBy } from './no-delivery.ts'
import type { End } from './outbox.ts'
import { seenOf } from './seen.ts'

/** The `sent` record that an outcome is of. */
export interface OutcomeOf {
  readonly id: Hash
  readonly seq: number
}

const OUTCOME_UNRECORDED = 'the message is on record and may have arrived, but what became of it could not be recorded'

/**
 * What became of a message goes on record (spec/audit-log.md section 3).
 * @throws MessengerError NOT_CONFIRMED: the cause's own code would say that nothing was sent
 */
export async function recordOutcome(
  context: DeliveryContext,
  to: string,
  { id, seq }: OutcomeOf,
  end: End,
): Promise<AuditReceipt> {
  const { sink, self, recordTimeoutMs } = context
  const { result } = end
  const more = result === 'delivered' ? evidenceIn(end) : { reason: reasonOf(to, end) }
  const entry: AuditEntry = {
    kind: 'outcome',
    actor: self,
    peers: [to],
    message: id,
    ref: seq,
    detail: { result },
    ...more,
  }
  try {
    const outcome = await Recorded.mint(sink, entry, () => undefined, { timeoutMs: recordTimeoutMs })
    return outcome.receipt
  } catch (cause) {
    context.auditFailed(cause)
    throw new MessengerError('NOT_CONFIRMED', OUTCOME_UNRECORDED, { cause })
  }
}

/** For people, at most 1,024 bytes. */
function reasonOf(to: string, end: Exclude<End, { result: 'delivered' }>): string {
  switch (end.result) {
    case 'refused':
      return refusedBy(to, end.code, end.reason).message
    case 'expired':
      return end.reason
    case 'unconfirmed':
    case 'withheld':
      return end.error.message
  }
}

/** What a receipt proved of the peer's log, and the peer of ours. */
function evidenceIn({
  line,
  checkpoint,
  cosigned,
}: End & { result: 'delivered' }): Pick<AuditEntry, 'payloads' | 'seen'> {
  const payloads = [{ label: 'receipt', bytes: line }]
  if (cosigned !== undefined) payloads.push({ label: 'cosignature', bytes: Buffer.from(cosigned) })
  return { payloads, ...(checkpoint !== undefined && { seen: [seenOf(checkpoint)] }) }
}
