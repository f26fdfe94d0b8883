import { reasonOf } from '@branchline/audit-sink'
import type { AbstractLevel } from 'abstract-level'
import { MessengerError } from '../errors.ts'
import { under } from './keys.ts'

/** Keys and values are text (`utf8`), and it can `getSync`, as `memory-level` and `classic-level` can. */
export type IndexDb = AbstractLevel<string | Buffer | Uint8Array>

/** The last key under a prefix. */
export async function lastUnder(db: IndexDb, prefix: string): Promise<string | undefined> {
  const [last] = await db.keys({ ...under(prefix), reverse: true, limit: 1 }).all()
  return last
}

export async function firstUnder(db: IndexDb, prefix: string): Promise<string | undefined> {
  const [first] = await db.keys({ ...under(prefix), limit: 1 }).all()
  return first
}

/** @throws MessengerError HISTORY_FAILED for what the index throws; what has a code of ours stays as it is */
export async function orFailed<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw cause instanceof MessengerError ? cause : failed(cause)
  }
}

export function failed(cause: unknown): MessengerError {
  return new MessengerError('HISTORY_FAILED', `the index of the history failed: ${reasonOf(cause)}`, { cause })
}
