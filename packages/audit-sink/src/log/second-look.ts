import { AuditError } from '../errors.ts'
import type { AuditStore, Head } from '../store.ts'
import type { FindingCode } from '../verify/report.ts'
import { verifyLog } from '../verify/verify-log.ts'

/**
 * A text may be erased, on record, while it is looked for; and that a director let the log go on without records that it
 * had is known.
 */
const EXPECTED: ReadonlySet<FindingCode> = new Set(['PAYLOAD_MISSING', 'RECORDS_LOST'])

/**
 * Reads a whole log while it is in use already: a start looks at the newest records alone, and at no text. A disk that
 * spoils what is older is found so in seconds, and not when the director verifies.
 * @param head - of the log as it was opened
 * @throws AuditError AUDIT_LOG_DAMAGED; what `signal` aborts with
 */
export async function assertWhole(store: AuditStore, head: Head, origin: string, signal?: AbortSignal): Promise<void> {
  const source = {
    head: async () => head,
    read: () => store.read({ to: head.size }),
  }
  const { findings } = await verifyLog(source, { origin, signal })
  const first = findings.find(({ code }) => !EXPECTED.has(code))
  if (first === undefined) return
  const message = `the log is not as it was written: ${first.text} See "branchline audit verify"`
  throw new AuditError('AUDIT_LOG_DAMAGED', message)
}
