import { reasonOf } from '@branchline/audit-sink'
import { MessengerError } from '../errors.ts'

const LISTENING = /\b(EADDRINUSE|EADDRNOTAVAIL|EACCES)\b[^\n]*|could not listen[^\n]*|No transports[^\n]*/i

/** What kept a node from starting, in one line when it is an address that cannot be listened on. */
export function startError(cause: unknown): unknown {
  if (cause instanceof MessengerError) return cause
  const all: unknown[] = cause instanceof AggregateError ? cause.errors : [cause]
  const why = all.map((error) => LISTENING.exec(reasonOf(error))?.[0]).find((found) => found !== undefined)
  if (why === undefined) return cause
  const message = `cannot listen on the address given (${why}); choose another port, or end who uses it`
  return new MessengerError('LISTEN_FAILED', message, { cause })
}
