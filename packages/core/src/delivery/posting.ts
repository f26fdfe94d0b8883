import { randomBytes } from 'node:crypto'
import { type AbortOptions, reasonOf } from '@branchline/audit-sink'
import { MessengerError, QueuedError } from '../errors.ts'
import { inTime } from '../in-time.ts'
import { NEVER_MS } from '../limits.ts'
import type { Posted, SentMessage } from '../messages.ts'
import { Queue, type QueueInit } from '../queue/queue.ts'
import type { Queued } from '../queue/queued.ts'
import type { Heads } from './heads.ts'
import type { Recorded } from '../recorded.ts'
import { type Author, contentOf, letterOf, threadOf, type What, type Where } from './letter.ts'
import { type Marked, marksOf } from './marks.ts'
import type { Outgoing } from './outgoing.ts'
import type { RecordOptions } from './sent-records.ts'

export interface PostOptions extends AbortOptions {
  /** The desk that says it; we may staff it. */
  readonly as?: string | undefined
  /** Peer IDs of those who are answered at a desk, beside those who may staff it. */
  readonly also?: readonly string[] | undefined
}

export interface PassOnOptions extends PostOptions {
  /** What we say to it ourselves. */
  readonly text?: string | Uint8Array | undefined
}

/** Where what cannot be recorded waits, and who is told of it. */
export type Waiting = Omit<QueueInit, 'record'>

export interface PostingInit {
  readonly author: Author & { readonly recordTimeoutMs: number }
  readonly outgoing: Outgoing
  readonly heads: Heads
  /** Where what cannot be recorded waits; without one it is given back. */
  readonly queue?: Waiting | undefined
}

/** What is posted in one conversation comes one after the other: each names the one before. */
export class Posting {
  readonly #init: PostingInit
  readonly #last = new Map<string, Promise<unknown>>()
  readonly #closing = new AbortController()
  readonly #queue: Queue | undefined

  constructor(init: PostingInit) {
    this.#init = init
    const { queue, outgoing } = init
    if (queue === undefined) return
    const { file, onRecorded, onRefused, onFailed } = queue
    const record = async (queued: Queued): Promise<Posted> => this.#recordQueued(queued)
    this.#queue = new Queue({ file, record, onRecorded, onRefused, onFailed })
    void outgoing.restored().then((restored) => restored && this.#queue?.start(restored.drafts).catch(onFailed))
  }

  /** See `Messenger.post`. */
  async post(where: Where, what: What, options: PostOptions = {}): Promise<Posted> {
    return this.#inThread(where, (thread) => this.#compose(where, what, options, thread))
  }

  /** See `Messenger.mark`. */
  async mark(messages: readonly Marked[], how: 'read' | 'acknowledged', options: AbortOptions = {}): Promise<void> {
    await Promise.all(marksOf(messages, how).map(({ where, about }) => this.#post(where, { about }, options)))
  }

  /** See `Messenger.queued`. */
  queued(): Queued[] {
    return this.#queue?.list() ?? []
  }

  /** See `Messenger.discard`. */
  async discard(draft: string): Promise<void> {
    await this.#queue?.discard(draft)
  }

  async #inThread(where: Where, work: (thread: string | undefined) => Promise<Posted>): Promise<Posted> {
    const thread = threadOf(where)
    if (thread === undefined) return work(undefined)
    const before: Promise<unknown> = this.#last.get(thread) ?? this.#init.outgoing.restored()
    const posting = before.then(() => work(thread))
    const settled = posting.catch(() => undefined)
    this.#last.set(thread, settled)
    void settled.then(() => this.#last.get(thread) === settled && this.#last.delete(thread))
    return posting
  }

  /** What cannot be recorded waits in the queue, and so does what is composed after it. */
  async #compose(where: Where, what: What, options: PostOptions, thread: string | undefined): Promise<Posted> {
    const queue = this.#queue
    if (queue === undefined || !isComposed(what)) return this.#post(where, what, options, { thread })
    const { as, also } = options
    const queued = { draft: newDraft(), time: Date.now(), where: placeOf(where), as, also, content: contentOf(what) }
    if (!queue.isClear) {
      letterOf({ where, what, place: { after: [], as }, also }, this.#init.author)
      return this.#wait(queue, queued, undefined, laterThanOthers())
    }
    const attempt = this.#post(where, what, options, { thread, draft: queued.draft })
    try {
      return await inTime(attempt, { timeoutMs: this.#init.author.recordTimeoutMs, late: tooLate })
    } catch (error) {
      if (!isUnavailable(error)) throw error
      return this.#wait(queue, queued, attempt, error)
    }
  }

  /** @throws QueuedError when it waits; AUDIT_UNAVAILABLE when it cannot even do that */
  async #wait(queue: Queue, queued: Queued, attempt: Promise<Posted> | undefined, why: MessengerError): Promise<never> {
    // Whoever records it from the queue hears how it ends.
    attempt?.catch(() => undefined)
    try {
      await queue.add(queued, attempt)
    } catch (cause) {
      throw new MessengerError('AUDIT_UNAVAILABLE', `${why.message}; nor can it wait: ${reasonOf(cause)}`, {
        cause: why,
      })
    }
    throw new QueuedError(queued.draft, why)
  }

  /** An append that failed may have been durable all the same: then its record is the one. */
  async #recordQueued({ draft, where, as, also, content: { text, about, origin } }: Queued): Promise<Posted> {
    return this.#inThread(where, async (thread) => {
      const there = await this.#init.outgoing.takeOnRecord(draft)
      if (there !== undefined) return postedOf(there)
      return this.#post(where, { text, about, origin }, { as, also }, { thread, draft })
    })
  }

  async #post(where: Where, what: What, options: PostOptions, { thread, draft }: Turn = {}): Promise<Posted> {
    const { as, also, signal } = options
    signal?.throwIfAborted()
    const { author, heads, outgoing } = this.#init
    const after = thread === undefined ? [] : heads.of(thread)
    const letter = letterOf({ where, what, place: { after, as }, also, draft }, author)
    const keep = draft === undefined ? { signal } : this.#patiently(draft, signal)
    const posted = postedOf(await outgoing.post(letter, keep))
    if (thread !== undefined) heads.take(thread, posted.id, after)
    return posted
  }

  /** Nobody gives up a record that may wait in the queue: it would be recorded twice. */
  #patiently(draft: string, signal: AbortSignal | undefined): RecordOptions {
    const { signal: closing } = this.#closing
    return {
      signal: signal === undefined ? closing : AbortSignal.any([signal, closing]),
      timeoutMs: NEVER_MS,
      isAwaited: () => this.#queue?.has(draft) === true,
    }
  }

  close(): void {
    this.#queue?.close()
    this.#closing.abort(new MessengerError('MESSENGER_CLOSED', 'the messenger is closed'))
  }
}

function postedOf({ value: { id, seq, to, conversation } }: Recorded<SentMessage>): Posted {
  return { id, seq, to, conversation }
}

interface Turn {
  readonly thread?: string | undefined
  readonly draft?: string | undefined
}

/** Marks are nothing that anybody wrote, and a file is offered by whoever still has it. */
function isComposed(what: What): boolean {
  const { type } = contentOf(what).about
  return type !== 'mark' && type !== 'file' && type !== 'file-answer'
}

const newDraft = (): string => randomBytes(16).toString('hex')

function placeOf(where: Where): Queued['where'] {
  return typeof where === 'string' ? where : { conversation: where.conversation, peers: where.peers }
}

function isUnavailable(error: unknown): error is MessengerError {
  return error instanceof MessengerError && (error.code === 'AUDIT_UNAVAILABLE' || error.code === 'AUDIT_RECEIPT_WRONG')
}

const tooLate = (): MessengerError => new MessengerError('AUDIT_UNAVAILABLE', 'the record is not kept in time')
const laterThanOthers = (): MessengerError =>
  new MessengerError('AUDIT_UNAVAILABLE', 'others wait to be recorded, and this one comes after them')
