import type { Hash } from '@branchline/audit-sink'
import { MAX_STEP_AFTER } from '../limits.ts'
import type { PullStep } from './about.ts'
import { depths, inOrder } from './depth.ts'

/** A `pull-step` (spec/content.md section 4). */
export interface PullMove {
  /** Message ID. */
  readonly id: Hash
  /** Peer ID. */
  readonly author: string
  readonly step: PullStep
  /** Steps of the same request that its author had. */
  readonly after: readonly Hash[]
}

export type PullStage = 'open' | 'claimed' | 'pulled' | 'not-found' | 'sent' | 'cancelled'

export interface PullState {
  readonly state: PullStage
  /** Peer ID of whoever has it in hand: while it is claimed, pulled or sent. */
  readonly by: string | undefined
  /** What a new step names as `after`, at most 8: the steps that no other comes after. */
  readonly heads: readonly Hash[]
  /** In the order in which they were taken. */
  readonly counted: readonly Hash[]
  /** Of those, the ones that were not allowed any more. */
  readonly tooLate: readonly Hash[]
  /** Not counted: what they come after is not there. */
  readonly waiting: readonly Hash[]
}

/**
 * How far a request is, by these steps in whatever order and however often they came.
 * @param pull - the request: its author is who asked
 * @param steps - of this request, by people who were party to it
 */
export function pullState(pull: { readonly author: string }, steps: Iterable<PullMove>): PullState {
  const all = new Map(Array.from(steps, (step) => [step.id, step]))
  const { depthOf, stuck } = depths(all)
  const counted = inOrder(depthOf)
  const tooLate: Hash[] = []
  let now: Stand = OPEN
  for (const id of counted) {
    const next = moved(now, all.get(id) as PullMove, pull.author)
    if (next === undefined) tooLate.push(id)
    else now = next
  }
  const before = new Set(counted.flatMap((id) => (all.get(id) as PullMove).after))
  const heads = counted.filter((id) => !before.has(id)).slice(-MAX_STEP_AFTER)
  return { ...now, heads, counted, tooLate, waiting: stuck.toSorted() }
}

type Stand = Pick<PullState, 'state' | 'by'>
const OPEN: Stand = { state: 'open', by: undefined }

/** @returns undefined when the step is not allowed from there */
function moved({ state, by }: Stand, { step, author }: PullMove, asker: string): Stand | undefined {
  const isTheirs = state === 'claimed' && author === by
  switch (step) {
    case 'claim':
      return state === 'open' ? { state: 'claimed', by: author } : undefined
    case 'release':
      return isTheirs || (state === 'claimed' && author === asker) ? OPEN : undefined
    case 'pulled':
      return isTheirs ? { state: 'pulled', by } : undefined
    case 'not-found':
      return state === 'open' || isTheirs ? { state: 'not-found', by: undefined } : undefined
    case 'send':
      return state === 'pulled' && author === by ? { state: 'sent', by } : undefined
    case 'cancel':
      return state !== 'sent' && state !== 'cancelled' && author === asker
        ? { state: 'cancelled', by: undefined }
        : undefined
    case 'reopen':
      return (state === 'not-found' || state === 'cancelled') && author === asker ? OPEN : undefined
    default:
      return step satisfies never
  }
}
