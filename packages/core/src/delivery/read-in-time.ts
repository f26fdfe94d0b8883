import { reasonOf } from '@branchline/audit-sink'
import { MessengerError } from '../errors.ts'
import { inTime } from '../in-time.ts'

/** @throws MessengerError AUDIT_UNAVAILABLE when the log cannot be read, or takes too long */
export async function readInTime<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  try {
    return await inTime(work, { timeoutMs, late: () => new Error(`it did not answer within ${timeoutMs} ms`) })
  } catch (cause) {
    if (cause instanceof MessengerError) throw cause
    throw new MessengerError('AUDIT_UNAVAILABLE', `the log cannot be read: ${reasonOf(cause)}`, { cause })
  }
}
