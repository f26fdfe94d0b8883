import type { Hash } from '@branchline/audit-sink'
import type { About } from '../content/content.ts'
import { MAX_MARKED } from '../limits.ts'
import type { ReceivedMessage } from '../messages.ts'
import type { Audience } from './letter.ts'

/** A message of somebody else's, as far as a mark needs it. */
export type Marked = Pick<ReceivedMessage, 'id' | 'from' | 'conversation'>

export interface MarkLetter {
  readonly where: Audience
  readonly about: Extract<About, { type: 'mark' }>
}

/** The marks that tell the authors of these messages: "to the author of each that it names, and to nobody else" (section 3). */
export function marksOf(messages: readonly Marked[], how: 'read' | 'acknowledged'): MarkLetter[] {
  const byAudience = Map.groupBy(messages, ({ from, conversation = '' }) => `${from} ${conversation}`)
  return [...byAudience.values()].flatMap((group) => {
    const { from, conversation } = group[0] as Marked
    const ids = [...new Set(group.map(({ id }) => id))]
    return chunks(ids, MAX_MARKED).map((some) => ({
      where: { conversation, peers: [from] },
      about: { type: 'mark' as const, read: how === 'read' ? some : [], acknowledged: how === 'read' ? [] : some },
    }))
  })
}

function chunks(ids: readonly Hash[], size: number): Hash[][] {
  return Array.from({ length: Math.ceil(ids.length / size) }, (_, n) => ids.slice(n * size, (n + 1) * size))
}
