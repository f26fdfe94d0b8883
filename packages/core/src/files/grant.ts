import type { AuditReceipt } from '@branchline/audit-sink'
import { type About, parseContent } from '../content/content.ts'
import { MessengerError, type MessengerErrorCode } from '../errors.ts'
import { Recorded } from '../recorded.ts'
import type { FileRequest } from '../wire/file-request.ts'
import type { FilesContext } from './context.ts'
import type { Offer } from './ledger.ts'

/** By what a file may leave: its offer and the acceptance of whoever asks, read back from our log. */
export interface Grant {
  readonly offer: Offer
  readonly said: Recorded<About>
  readonly accepted: Recorded<About>
}

/** @throws MessengerError: the code with which the request is refused (spec/files.md section 2); AUDIT_UNAVAILABLE */
export async function grantOf(
  { offer: id, offset }: FileRequest,
  peer: string,
  { ledger, self, sink }: Pick<FilesContext, 'ledger' | 'self' | 'sink'>,
): Promise<Grant> {
  if (!ledger.isComplete) refuse('BUSY')
  const offer = ledger.offer(id)
  if (offer?.from !== self || !offer.to.includes(peer) || offset >= offer.size) return refuse('FILE_UNKNOWN')
  if (ledger.isWithdrawn(offer)) refuse('FILE_WITHDRAWN')
  const answered = ledger.answer(offer, peer)
  if (answered?.answer !== 'accept') return refuse('FILE_NOT_ACCEPTED')
  try {
    const said = await Recorded.recall(sink, { kind: 'sent', seq: offer.seq, message: id }, aboutOf)
    const { seq, id: message } = answered
    return { offer, said, accepted: await Recorded.recall(sink, { kind: 'received', seq, message }, aboutOf) }
  } catch (error) {
    if (error instanceof MessengerError && error.code === 'MESSAGE_ERASED') refuse('FILE_MISSING')
    throw error
  }
}

function aboutOf({ payloads }: AuditReceipt): About {
  return parseContent(payloads.filter(({ label }) => label !== 'record' && label !== 'proof')).about
}

function refuse(code: MessengerErrorCode): never {
  throw new MessengerError(code, 'the file is not given')
}
