import type { HostedMessenger, Marked } from '@branchline/core'
import type { Session } from '../profile/open.ts'

const EVERY_MS = 3_000
const AT_ONCE = 256

export interface ReadingInit {
  readonly session: Pick<Session, 'roster'> & { readonly messenger: Pick<HostedMessenger, 'mark'> }
  readonly onFailed: (error: unknown) => void
}

/** Tells authors that what they wrote was shown here: several messages in one mark, so that a lively room stays quiet. */
export class Reading {
  readonly #init: ReadingInit
  #shown: Marked[] = []
  #timer: NodeJS.Timeout | undefined
  #telling: Promise<void> = Promise.resolve()

  constructor(init: ReadingInit) {
    this.#init = init
  }

  take({ id, from, conversation }: Marked): void {
    this.#shown.push({ id, from, conversation })
    if (this.#shown.length >= AT_ONCE) this.#tell()
    else this.#timer ??= setTimeout(() => this.#tell(), EVERY_MS).unref()
  }

  #tell(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const { session, onFailed } = this.#init
    // Whoever was taken off the roster meanwhile is told nothing any more.
    const shown = this.#shown.filter(({ from }) => session.roster.whyNot(from) === undefined)
    this.#shown = []
    if (shown.length === 0) return
    const telling = session.messenger.mark(shown, 'read').catch(onFailed)
    this.#telling = Promise.all([this.#telling, telling]).then(() => undefined)
  }

  /** Resolves when all that was shown is on record as read. */
  async close(): Promise<void> {
    this.#tell()
    await this.#telling
  }
}
