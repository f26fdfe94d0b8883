import type { AbortOptions } from '@branchline/audit-sink'
import type { Posted } from '../messages.ts'
import type { Heads } from './heads.ts'
import { type Author, letterOf, threadOf, type What, type Where } from './letter.ts'
import { type Marked, marksOf } from './marks.ts'
import type { Outgoing } from './outgoing.ts'

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

/** What is posted in one conversation comes one after the other: each names the one before. */
export class Posting {
  readonly #author: Author
  readonly #outgoing: Outgoing
  readonly #heads: Heads
  readonly #last = new Map<string, Promise<unknown>>()

  constructor(author: Author, outgoing: Outgoing, heads: Heads) {
    this.#author = author
    this.#outgoing = outgoing
    this.#heads = heads
  }

  /** See `Messenger.post`. */
  async post(where: Where, what: What, options: PostOptions = {}): Promise<Posted> {
    const thread = threadOf(where)
    if (thread === undefined) return this.#post(where, what, options)
    const before = this.#last.get(thread) ?? this.#outgoing.restored()
    const posting = before.then(() => this.#post(where, what, options, thread))
    const settled = posting.catch(() => undefined)
    this.#last.set(thread, settled)
    void settled.then(() => this.#last.get(thread) === settled && this.#last.delete(thread))
    return posting
  }

  /** See `Messenger.mark`. */
  async mark(messages: readonly Marked[], how: 'read' | 'acknowledged', options: AbortOptions = {}): Promise<void> {
    await Promise.all(marksOf(messages, how).map(({ where, about }) => this.#post(where, { about }, options)))
  }

  async #post(where: Where, what: What, options: PostOptions, thread?: string): Promise<Posted> {
    const { as, also, signal } = options
    signal?.throwIfAborted()
    const after = thread === undefined ? [] : this.#heads.of(thread)
    const letter = letterOf({ where, what, place: { after, as }, also }, this.#author)
    const { id, seq, to, conversation } = (await this.#outgoing.post(letter, { signal })).value
    if (thread !== undefined) this.#heads.take(thread, id, after)
    return { id, seq, to, conversation }
  }
}
