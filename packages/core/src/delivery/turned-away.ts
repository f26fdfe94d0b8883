import type { MessengerError } from '../errors.ts'
import { MAX_STRANGERS_RECORDED } from '../limits.ts'
import type { DeliveryContext } from './context.ts'
import { recordRefusal } from './record-refusal.ts'

/**
 * Puts on record who was turned away (spec/roster.md section 7): once a session for each peer and code, and of strangers
 * only the first, since there may be any number of them.
 */
export class TurnedAway {
  readonly #context: DeliveryContext
  readonly #onRefused: (from: string, error: MessengerError) => void
  readonly #noted = new Set<string>()
  #strangers = 0

  constructor(context: DeliveryContext, onRefused: (from: string, error: MessengerError) => void) {
    this.#context = context
    this.#onRefused = onRefused
  }

  note(from: string, error: MessengerError): void {
    const what = `${from} ${error.code}`
    if (this.#noted.has(what)) return
    if (!this.#context.roster.isNamed(from) && this.#strangers++ >= MAX_STRANGERS_RECORDED) return
    this.#noted.add(what)
    this.#onRefused(from, error)
    recordRefusal(this.#context, { from, error }).catch((ours: unknown) => this.#context.auditFailed(ours))
  }
}
