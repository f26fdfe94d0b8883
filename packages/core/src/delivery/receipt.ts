import { type AuditRecord, type Hash, parseRecord, type PayloadCommitment } from '@branchline/audit-sink'
import { MessengerError } from '../errors.ts'
import type { SentMessage } from '../messages.ts'
import type { Recorded } from '../recorded.ts'
import type { LogProof } from '../wire/proof.ts'
import type { Leaf, PeerLog } from './peer-log.ts'

/**
 * Reads the receiver's `received` record (spec/wire.md section 5).
 * @throws MessengerError RECEIPT_WRONG
 */
export function parseReceipt(line: Uint8Array): AuditRecord & { readonly message: Hash } {
  let record: AuditRecord
  try {
    record = parseRecord(line)
  } catch (cause) {
    throw new MessengerError('RECEIPT_WRONG', 'a receipt is no record', { cause })
  }
  if (record.kind !== 'received' || record.message === undefined) {
    throw new MessengerError('RECEIPT_WRONG', 'a receipt is no record of something received')
  }
  return { ...record, message: record.message }
}

/**
 * @param who - peer IDs: whom the receipt comes from, and who wrote the message
 * @throws MessengerError RECEIPT_WRONG when the receipt is not this peer's for these very words
 */
export function assertReceiptFor(
  message: Recorded<SentMessage>,
  receipt: AuditRecord,
  { from, self }: { readonly from: string; readonly self: string },
): void {
  const { record } = message.receipt
  const own = (record.payloads ?? []).every((payload) => includes(receipt.payloads ?? [], payload))
  if (receipt.actor !== from || receipt.peers?.[0] !== self || !own) {
    throw new MessengerError('RECEIPT_WRONG', 'a receipt is for other words, or from another peer')
  }
}

function includes(payloads: readonly PayloadCommitment[], [label, length, commitment]: PayloadCommitment): boolean {
  return payloads.some((each) => each[0] === label && each[1] === length && each[2] === commitment)
}

/**
 * A receipt that is not proven is wrong; a log that was forked or rolled back is worse, and keeps its code.
 * @throws MessengerError RECEIPT_WRONG, LOG_UNSIGNED, LOG_ROLLED_BACK; ForkedError
 */
export function proveReceipt(theirs: PeerLog, leaf: Leaf, proof: LogProof | undefined): void {
  try {
    theirs.prove(leaf, proof)
  } catch (error) {
    if (!(error instanceof MessengerError) || error.code !== 'MESSAGE_UNPROVEN') throw error
    throw new MessengerError('RECEIPT_WRONG', `a receipt is not proven: ${error.message}`, { cause: error })
  }
}
