import { AuditError, reasonOf } from '../errors.ts'
import type { Waiting } from './queue.ts'

export function reject(waiting: readonly Waiting[], error: AuditError): void {
  for (const each of waiting) each.reject(error)
}

/** What every append gets after the one that failed. */
export function failedBefore(cause: AuditError): AuditError {
  const message = `the log failed before (${cause.code}: ${cause.message}); close it and open it again`
  return new AuditError('AUDIT_FAILED', message, { cause })
}

/** @param what - what the log was doing when a store threw this */
export function asAuditError(thrown: unknown, what: 'read' | 'written' = 'written'): AuditError {
  if (thrown instanceof AuditError) return thrown
  return new AuditError('AUDIT_STORE_FAILED', `the log could not be ${what}: ${reasonOf(thrown)}`, { cause: thrown })
}
