import type { AbortOptions } from '@branchline/audit-sink'
import { MessengerError } from './errors.ts'
import { MAX_EVENTS_HELD } from './limits.ts'

/** An event of one of these types, told by its `type`. */
export type EventOf<Events, T extends keyof Events> = {
  [K in T]: Events[K] extends CustomEvent<infer Detail> ? { readonly type: K; readonly detail: Detail } : never
}[T]

/** What comes, in its order. Whoever leaves the loop, or disposes of it, listens no more. */
export type EventStream<Event> = AsyncIterableIterator<Event, undefined> & AsyncDisposable

type End = { readonly error?: unknown }

/** Listens from now on, and not from when it is first read. */
export class StreamOf<Events extends object, T extends keyof Events & string>
  implements EventStream<EventOf<Events, T>>
{
  readonly #target: EventTarget
  readonly #types: readonly T[]
  readonly #signal: AbortSignal | undefined
  readonly #onEnd: (stream: { end(): void }) => void
  #held: EventOf<Events, T>[] = []
  #readers: PromiseWithResolvers<IteratorResult<EventOf<Events, T>, undefined>>[] = []
  #ended: End | undefined

  /** @param onEnd - called once, when it listens no more */
  constructor(
    target: EventTarget,
    types: readonly T[],
    { signal }: AbortOptions,
    onEnd: (stream: { end(): void }) => void,
  ) {
    signal?.throwIfAborted()
    this.#target = target
    this.#types = [...new Set(types)]
    this.#signal = signal
    this.#onEnd = onEnd
    for (const type of this.#types) target.addEventListener(type, this.#take)
    signal?.addEventListener('abort', this.#abort, { once: true })
  }

  readonly #take = (told: Event): void => {
    const { type, detail } = told as CustomEvent
    const event = { type, detail } as EventOf<Events, T>
    const reader = this.#readers.shift()
    if (reader !== undefined) return reader.resolve({ done: false, value: event })
    if (this.#held.length < MAX_EVENTS_HELD) return void this.#held.push(event)
    const message = `${MAX_EVENTS_HELD} events were not read, and more came; messages and outcomes are on record`
    this.#finish({ error: new MessengerError('READER_TOO_SLOW', message) })
  }

  readonly #abort = (): void => {
    this.#held = []
    this.#finish({ error: this.#signal?.reason })
  }

  /** What has come is still read. */
  end(): void {
    this.#finish({})
  }

  #finish(end: End): void {
    if (this.#ended !== undefined) return
    this.#ended = end
    for (const type of this.#types) this.#target.removeEventListener(type, this.#take)
    this.#signal?.removeEventListener('abort', this.#abort)
    this.#onEnd(this)
    const readers = this.#readers
    this.#readers = []
    for (const reader of readers) this.#last().then(reader.resolve, reader.reject)
  }

  /** The error once; then it is over, as iterators have it. */
  async #last(): Promise<IteratorReturnResult<undefined>> {
    const { error } = this.#ended ?? {}
    this.#ended = {}
    if (error !== undefined) throw error
    return { done: true, value: undefined }
  }

  async next(): Promise<IteratorResult<EventOf<Events, T>, undefined>> {
    const value = this.#held.shift()
    if (value !== undefined) return { done: false, value }
    if (this.#ended !== undefined) return this.#last()
    const reader = Promise.withResolvers<IteratorResult<EventOf<Events, T>, undefined>>()
    this.#readers.push(reader)
    return reader.promise
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    this.#held = []
    this.end()
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }
}
