import { CodedError, reasonOf } from '@branchline/audit-sink'
import { QueuedError } from '@branchline/core'
import { MAX_WORDS } from './limits.ts'

export interface Failure {
  readonly code: string
  readonly message: string
  /** What was posted and waits to be recorded is called so. */
  readonly draft?: string
}

/** An error as a line tells it; FAILED when it has no code of ours. */
export function failureOf(error: unknown): Failure {
  const code = error instanceof CodedError ? String(error.code) : 'FAILED'
  const draft = error instanceof QueuedError ? { draft: error.draft } : {}
  return { code, message: reasonOf(error).slice(0, MAX_WORDS), ...draft }
}
