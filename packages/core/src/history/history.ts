import type { AbortOptions, Hash } from '@branchline/audit-sink'
import { MemoryLevel } from 'memory-level'
import { listAlerts, listConversations, type PageOptions, readPage } from './conversations.ts'
import { failed, type IndexDb, orFailed } from './db.ts'
import { type DeskOptions, staffOf } from './desks.ts'
import { Follower, type LogToFollow } from './follower.ts'
import { listPulls, type PullOptions } from './pulls.ts'
import { Reader } from './reader.ts'
import { type SearchOptions, searchMessages } from './search.ts'
import { listStates, listUndelivered } from './states.ts'
import type { ConversationView, PullView, Said, StateView, Undelivered } from './views.ts'

export interface HistoryInit {
  /** The log of which this is the history. */
  readonly sink: LogToFollow
  /** Peer ID of the log's owner. */
  readonly self: string
  /**
   * Where the index is kept, and nothing else; the history closes it. What is there of another log is thrown away.
   * Default: in memory.
   */
  readonly index?: IndexDb | undefined
}

/**
 * What was said, and what became of it, as the log has it (spec/content.md). It is an index and can be lost: it is made
 * anew from the log. Every question is answered from what `follow` has taken; every one, and `follow`, throws
 * MessengerError HISTORY_FAILED when the index cannot be read or written, and AUDIT_UNAVAILABLE when the log cannot.
 */
export interface History extends AsyncDisposable {
  /** Takes all that was durable in the log when it was called. An abort ends the waiting, and not the taking. */
  follow(options?: AbortOptions): Promise<void>
  /** Messages of ours that are kept until delivered and have no outcome yet, by peer, then in the order of the log. */
  undelivered(): AsyncIterable<Undelivered>
  conversations(): Promise<ConversationView[]>
  /**
   * One page, the last by default, in the order in which it is read (section 1).
   * @throws MessengerError HISTORY_UNKNOWN: `before` is no message that is here
   */
  read(conversation: string, options?: PageOptions): Promise<Said[]>
  message(id: Hash): Promise<Said | undefined>
  /** How far a message of ours is with each recipient; of an urgent one this is the roll-call (section 3). */
  states(id: Hash): Promise<StateView[]>
  /**
   * Messages that have all these words as they read now; those whose words were recorded last first. Case and accents do
   * not count; the last word may go on. It looks at 20,000 places at most: of very common words only the newest are found.
   */
  search(words: string, options?: SearchOptions): Promise<Said[]>
  /** Requests to pull an item (section 4), the newest first. */
  pulls(options?: PullOptions): Promise<PullView[]>
  /** Peer IDs of those who sit at a desk. */
  desk(name: string, options?: DeskOptions): Promise<{ readonly staff: readonly string[] }>
  /** Urgent messages to us that we have not acknowledged. */
  alerts(): Promise<Said[]>
}

/** @throws MessengerError HISTORY_FAILED */
export async function openHistory({ sink, self, index }: HistoryInit): Promise<History> {
  const db = index ?? new MemoryLevel<string>({ storeEncoding: 'utf8' })
  await orFailed(() => db.open())
  return new LogHistory(sink, self, db)
}

class LogHistory implements History {
  readonly #db: IndexDb
  readonly #follower: Follower
  readonly #reader: Reader
  #running: Promise<void> = Promise.resolve()
  #next: Promise<void> | undefined
  #isClosed = false

  constructor(sink: LogToFollow, self: string, db: IndexDb) {
    this.#db = db
    this.#follower = new Follower(sink, self, db)
    this.#reader = new Reader(db, self, sink)
  }

  async follow({ signal }: AbortOptions = {}): Promise<void> {
    signal?.throwIfAborted()
    this.#next ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#running = this.#next as Promise<void>
        this.#next = undefined
        return orFailed(() => this.#follower.follow(() => this.#isClosed))
      })
    return orAborted(this.#next, signal)
  }

  async *undelivered(): AsyncIterable<Undelivered> {
    try {
      yield* listUndelivered(this.#reader)
    } catch (cause) {
      throw failed(cause)
    }
  }

  async conversations(): Promise<ConversationView[]> {
    return orFailed(() => listConversations(this.#reader))
  }

  async read(conversation: string, options?: PageOptions): Promise<Said[]> {
    return orFailed(() => readPage(this.#reader, conversation, options))
  }

  async message(id: Hash): Promise<Said | undefined> {
    return orFailed(async () => {
      const row = this.#reader.row(id)
      return row === undefined ? undefined : this.#reader.said(row)
    })
  }

  async states(id: Hash): Promise<StateView[]> {
    return orFailed(() => listStates(this.#reader, id))
  }

  async search(words: string, options?: SearchOptions): Promise<Said[]> {
    return orFailed(() => searchMessages(this.#reader, words, options))
  }

  async pulls(options?: PullOptions): Promise<PullView[]> {
    return orFailed(() => listPulls(this.#reader, options))
  }

  async desk(name: string, options?: DeskOptions): Promise<{ readonly staff: readonly string[] }> {
    return orFailed(() => staffOf(this.#reader, name, options))
  }

  async alerts(): Promise<Said[]> {
    return orFailed(() => listAlerts(this.#reader))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    await (this.#next ?? this.#running).catch(() => undefined)
    await orFailed(() => this.#db.close())
  }
}

async function orAborted(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return work
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
