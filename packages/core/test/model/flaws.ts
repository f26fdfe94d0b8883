import { type AuditSink, parseRecord, type StoreBatch, type StoredEntry } from '@branchline/audit-sink'
import { pullState } from '../../src/content/pull.ts'
import { changed } from '../support.ts'
import type { Flaw } from './world.ts'

const kindOf = ({ line }: StoredEntry): string => parseRecord(line).kind

/** A disk that says of batches with such records that they are durable, and keeps them later. */
export function hasty(kind: 'sent' | 'received'): Flaw {
  return { isHasty: ({ entries }: StoreBatch) => entries.some((entry) => kindOf(entry) === kind) }
}

/** A store that does not know what came before, where a network may bring it again. */
export const FORGETFUL: Flaw = {
  sinkOf: (sink) => changed(sink, { lookup: async () => undefined }),
}

/** @param change - of all that there is, which is read at a start, and of nothing else */
function readingAll(sink: AuditSink, change: (entries: readonly StoredEntry[]) => readonly StoredEntry[]): AuditSink {
  return changed(sink, {
    read: async function* (range) {
      if (range !== undefined) return yield* sink.read(range)
      const pieces: StoredEntry[] = []
      for await (const piece of sink.read()) pieces.push(...piece)
      return yield change(pieces)
    },
  })
}

/** A start that overlooks a message that was never delivered. */
export const OVERLOOKING: Flaw = {
  sinkOf: (sink) => readingAll(sink, (entries) => entries.filter((entry) => kindOf(entry) !== 'sent')),
}

/** A start that goes on with what waits from its end. */
export const BACKWARDS: Flaw = {
  sinkOf: (sink) =>
    readingAll(sink, (entries) => {
      const sent = entries.filter((entry) => kindOf(entry) === 'sent')
      return [...sent.toReversed(), ...entries.filter((entry) => kindOf(entry) !== 'sent')]
    }),
}

/** Machines on which whichever step came first counts first. */
export const BY_ARRIVAL: Flaw = {
  pullStateOf: (pull, [first]) => pullState(pull, first === undefined ? [] : [{ ...first, after: [] }]),
}
