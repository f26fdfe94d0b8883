import type { PullView, Said } from '@branchline/core'
import type { Session } from '../profile/open.ts'
import { shownOrigin } from '../shown-origin.ts'
import { hash, integer, object, oneOf, optional } from './check.ts'
import { originOf } from './events.ts'
import { fitting } from './fitting.ts'
import { MAX_LIMIT, PAGE } from './limits.ts'
import type { Past } from './past.ts'
import { conversation as conversationName, threadOf } from './whom.ts'

const limit = optional(integer(1, MAX_LIMIT))
const listing = object({ limit })
const paging = object({ conversation: conversationName, before: optional(hash), limit })
const asking = object({ id: hash })
const pulling = object({
  state: optional(oneOf('open', 'claimed', 'pulled', 'not-found', 'sent', 'cancelled')),
  limit,
})

/** What was said before, as the log has it (spec/stdio.md section 4). */
export class Reading {
  readonly #roster: Session['roster']
  readonly #past: Past

  constructor(roster: Session['roster'], past: Past) {
    this.#roster = roster
    this.#past = past
  }

  async conversations(params: unknown, signal: AbortSignal): Promise<object> {
    const { limit: most = PAGE } = listing(params, 'params')
    const history = await this.#past.upToNow(signal)
    const { kept, more } = fitting(await history.conversations(), most)
    return { conversations: kept, more }
  }

  /** The newest fit first. */
  async messages(params: unknown, signal: AbortSignal): Promise<object> {
    const { conversation, before, limit: most = PAGE } = paging(params, 'params')
    const thread = threadOf(this.#roster, conversation)
    const history = await this.#past.upToNow(signal)
    const page: Said[] = await history.read(thread, { before, limit: most + 1 })
    const { kept, more } = fitting(page.toReversed(), most)
    return { messages: kept.toReversed().map((said) => this.#shown(said)), more }
  }

  #shown({ origin, ...said }: Said): object {
    return { ...said, origin: origin && originOf(shownOrigin(origin, this.#roster)) }
  }

  async states(params: unknown, signal: AbortSignal): Promise<object> {
    const { id } = asking(params, 'params')
    const history = await this.#past.upToNow(signal)
    return { states: await history.states(id) }
  }

  async pulls(params: unknown, signal: AbortSignal): Promise<object> {
    const { state, limit: most = PAGE } = pulling(params, 'params')
    const history = await this.#past.upToNow(signal)
    const { kept, more } = fitting((await history.pulls({ state, limit: most + 1 })).map(pullOf), most)
    return { pulls: kept, more }
  }
}

function pullOf({ request, item, branch, state, by, heads }: PullView): object {
  const { id, from, conversation } = request
  return { id, item, branch, from, conversation, state, by, heads }
}
