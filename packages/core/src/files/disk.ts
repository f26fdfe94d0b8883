import { reasonOf } from '@branchline/audit-sink'
import { MessengerError } from '../errors.ts'

const FULL: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

/** @throws MessengerError FILE_STORE_FULL, FILE_STORE_FAILED */
export async function inStore<T>(what: 'opened' | 'read' | 'written', work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof MessengerError) throw cause
    const code = FULL.has((cause as NodeJS.ErrnoException).code) ? 'FILE_STORE_FULL' : 'FILE_STORE_FAILED'
    throw new MessengerError(code, `the folder for files cannot be ${what}: ${reasonOf(cause)}`, { cause })
  }
}
