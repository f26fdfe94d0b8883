import { MessengerError } from '../errors.ts'
import { QUEUE_PAUSES_MS } from '../limits.ts'
import type { Posted } from '../messages.ts'
import type { QueueFile } from './queue-file.ts'
import type { Queued } from './queued.ts'

export interface QueueInit {
  readonly file: QueueFile
  /**
   * Records it by this draft, unless that is on record already; settles when that has ended, however long it takes.
   */
  readonly record: (queued: Queued) => Promise<Posted>
  readonly onRecorded: (draft: string, posted: Posted) => void
  /** It may not be said any more: it stays until whoever wrote it throws it away. */
  readonly onRefused: (queued: Queued, error: MessengerError) => void
  /** The file could not be written. */
  readonly onFailed: (error: unknown) => void
}

interface Item {
  readonly queued: Queued
  /** The first attempt, which may still end well: nothing is recorded a second time. */
  attempt: Promise<Posted> | undefined
  isRefused: boolean
}

/** Whoever asks such a sink again may have the same words recorded twice: nothing more is, until the next start. */
const LIED = 'AUDIT_RECEIPT_WRONG'
/** Errors after which the same words may be recorded later: it is the log that does not take them. */
const PASSING: ReadonlySet<string> = new Set(['AUDIT_UNAVAILABLE', LIED, 'ROSTER_EXPIRED'])

/** What was composed and is not on record yet, in its order (spec/queue.md section 3). */
export class Queue {
  readonly #init: QueueInit
  #items: Item[]
  #isRunning = false
  #isStarted = false
  readonly #closing = new AbortController()

  constructor(init: QueueInit) {
    this.#init = init
    this.#items = init.file.found.map((queued) => ({ queued, attempt: undefined, isRefused: false }))
  }

  /** Whether what is composed now may be recorded at once, without overtaking anything. */
  get isClear(): boolean {
    return this.#items.every(({ isRefused }) => isRefused)
  }

  list(): Queued[] {
    return this.#items.map(({ queued }) => queued)
  }

  has(draft: string): boolean {
    return this.#items.some(({ queued }) => queued.draft === draft)
  }

  /** @param recorded - drafts that the log holds */
  async start(recorded: ReadonlySet<string>): Promise<void> {
    this.#isStarted = true
    for (const { queued } of this.#items.filter((item) => recorded.has(item.queued.draft)))
      await this.discard(queued.draft)
    void this.#run()
  }

  /**
   * Resolves when it would survive loss of power.
   * @param attempt - to record it, which was begun and has not ended
   * @throws MessengerError QUEUE_FULL, QUEUE_FAILED
   */
  async add(queued: Queued, attempt?: Promise<Posted>): Promise<void> {
    const item = { queued, attempt, isRefused: false }
    // From now on nothing overtakes it, also while it is being written.
    this.#items.push(item)
    try {
      await this.#init.file.add(queued)
    } catch (error) {
      this.#items = this.#items.filter((each) => each !== item)
      throw error
    }
    void this.#run()
  }

  /**
   * Throws away what is not on record.
   * @throws MessengerError QUEUE_FAILED
   */
  async discard(draft: string): Promise<void> {
    await this.#init.file.done(draft)
    this.#items = this.#items.filter(({ queued }) => queued.draft !== draft)
  }

  async #run(): Promise<void> {
    if (this.#isRunning || !this.#isStarted) return
    this.#isRunning = true
    for (let failures = 0; !this.#closing.signal.aborted; ) {
      const next = this.#items.find(({ isRefused }) => !isRefused)
      if (next === undefined) break
      const isOver = await this.#record(next)
      failures = isOver ? 0 : failures + 1
      if (!isOver) await this.#pause(failures)
    }
    this.#isRunning = false
  }

  /** @returns whether the next may be taken */
  async #record(item: Item): Promise<boolean> {
    const { queued } = item
    const { record, onRecorded, onRefused, onFailed } = this.#init
    let posted: Posted
    try {
      posted = await (item.attempt ?? record(queued))
    } catch (error) {
      item.attempt = undefined
      if (error instanceof MessengerError && error.code === LIED) this.close()
      if (!(error instanceof MessengerError) || PASSING.has(error.code) || this.#closing.signal.aborted) return false
      item.isRefused = true
      onRefused(queued, error)
      return true
    }
    this.#items = this.#items.filter((each) => each !== item)
    onRecorded(queued.draft, posted)
    // What stays in the file is found on record by the next start.
    await this.#init.file.done(queued.draft).catch(onFailed)
    return true
  }

  async #pause(failures: number): Promise<void> {
    const pauseMs = QUEUE_PAUSES_MS[Math.min(failures, QUEUE_PAUSES_MS.length) - 1] as number
    const { signal } = this.#closing
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', end)
        resolve()
      }
      const timer = setTimeout(end, pauseMs)
      timer.unref()
      signal.addEventListener('abort', end)
      if (signal.aborted) end()
    })
  }

  /** Nothing more is recorded; what waits stays in the file. */
  close(): void {
    this.#closing.abort()
  }
}
