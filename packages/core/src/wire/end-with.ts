import { addAbortListener } from 'node:events'
import { reasonOf } from '@branchline/audit-sink'
import type { Stream } from '@libp2p/interface'

/** Ends a stream when a signal aborts, until what this gives is disposed of: reads of it then fail. */
export function endWith(signal: AbortSignal, stream: Stream, why?: string): Disposable {
  return addAbortListener(signal, () => stream.abort(new Error(why ?? reasonOf(signal.reason))))
}
