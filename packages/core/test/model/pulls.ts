import type { PullMove } from '../../src/content/pull.ts'
import type { Said } from './ledger.ts'

export interface Step extends Said {
  readonly move: PullMove
}

/** The steps of a request, in the order given, by people who were party to it and where it was said. */
export function stepsIn(held: Iterable<Said>, pull: Said): Step[] {
  const parties = new Set([pull.from, ...pull.peers])
  return Array.from(held).flatMap((said) => {
    const { id, from, about, conversation } = said
    if (about.type !== 'pull-step' || about.of !== pull.id) return []
    if (!parties.has(from) || conversation !== pull.conversation) return []
    return [{ ...said, move: { id, author: from, step: about.step, after: about.after } }]
  })
}
