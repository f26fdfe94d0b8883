import type { Hash } from '@branchline/audit-sink'
import { MessengerError } from '../errors.ts'
import type { PageOptions } from './conversations.ts'
import type { DeskOptions } from './desks.ts'
import { type History, type HistoryInit, openHistory } from './history.ts'
import type { PullOptions } from './pulls.ts'
import type { SearchOptions } from './search.ts'
import type { ConversationView, PullView, Said, StateView, Undelivered } from './views.ts'

export interface LiveHistoryInit extends HistoryInit {
  /** Whom the roster lets sit at a desk. */
  readonly maySit: (peer: string, desk: string) => boolean
}

/**
 * The history of a log that is being written: every question is answered from all that was durable when it was asked. It
 * is opened by the first one; that one waits until the index has come up to the log.
 */
export class LiveHistory implements Omit<History, 'follow'> {
  readonly #init: LiveHistoryInit
  #opened: Promise<History> | undefined
  #isClosed = false

  constructor(init: LiveHistoryInit) {
    this.#init = init
  }

  async #upToDate(): Promise<History> {
    if (this.#isClosed) throw new MessengerError('MESSENGER_CLOSED', 'the messenger is closed, and its history with it')
    this.#opened ??= openHistory(this.#init)
    let history: History
    try {
      history = await this.#opened
    } catch (error) {
      this.#opened = undefined
      throw error
    }
    await history.follow()
    return history
  }

  async *undelivered(): AsyncIterable<Undelivered> {
    yield* (await this.#upToDate()).undelivered()
  }

  async conversations(): Promise<ConversationView[]> {
    return (await this.#upToDate()).conversations()
  }

  async read(conversation: string, options?: PageOptions): Promise<Said[]> {
    return (await this.#upToDate()).read(conversation, options)
  }

  async message(id: Hash): Promise<Said | undefined> {
    return (await this.#upToDate()).message(id)
  }

  async states(id: Hash): Promise<StateView[]> {
    return (await this.#upToDate()).states(id)
  }

  async search(words: string, options?: SearchOptions): Promise<Said[]> {
    return (await this.#upToDate()).search(words, options)
  }

  async pulls(options?: PullOptions): Promise<PullView[]> {
    return (await this.#upToDate()).pulls(options)
  }

  async desk(name: string, options?: DeskOptions): Promise<{ readonly staff: readonly string[] }> {
    const { maySit } = this.#init
    return (await this.#upToDate()).desk(name, { maySit: (peer) => maySit(peer, name), ...options })
  }

  async alerts(): Promise<Said[]> {
    return (await this.#upToDate()).alerts()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    const history = await this.#opened?.catch(() => undefined)
    await history?.[Symbol.asyncDispose]()
  }
}
