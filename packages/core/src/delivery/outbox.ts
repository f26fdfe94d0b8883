import type { Hash } from '@branchline/audit-sink'
import { MessengerError } from '../errors.ts'
import { MAX_KEPT_MESSAGES, MAX_KEPT_MS } from '../limits.ts'
import type { SentMessage } from '../messages.ts'
import type { Recorded } from '../recorded.ts'
import type { Lane } from './lane.ts'
import type { Answer } from './under-way.ts'

/** A message that the log holds, and that is on its way to somebody for as long as it takes. */
export interface Kept {
  readonly id: Hash
  readonly seq: number
  /** When it was recorded, milliseconds since 1970. */
  readonly time: number
}

/** What became of it in the end. */
export type End = Exclude<Answer, { result: 'kept' }> | { readonly result: 'expired'; readonly reason: string }

export interface OutboxInit {
  readonly lane: Lane
  /** Reads a message back from the log. */
  readonly recall: (kept: Kept) => Promise<Recorded<SentMessage>>
  /** Told once of each message; never rejects. */
  readonly onEnd: (kept: Kept, end: End) => Promise<void>
  /** A message could not be read back: nothing more leaves until somebody comes again, or `expire` is called. */
  readonly onFailed: (error: unknown) => void
}

/**
 * What waits for one peer, in the order of the log (spec/content.md section 5). Only as much of it as may be under way is
 * in memory; the rest is a place in the log.
 */
export class Outbox {
  readonly #init: OutboxInit
  #waiting: Kept[] = []
  readonly #onItsWay = new Map<number, Kept>()
  readonly #expired = new Map<number, string>()
  /** Messages that are being recorded, and will wait. */
  #coming = 0
  #isRestored = false
  /** Up to this `seq` a byte may have left before a restart: the log does not say. */
  #unknownTo = -1
  #isFilling = false
  readonly #closing = new AbortController()
  #idle: PromiseWithResolvers<void> | undefined

  constructor(init: OutboxInit) {
    this.#init = init
  }

  /** Whether a message that is recorded from now on may leave at once without overtaking another. */
  get isIdle(): boolean {
    return this.#isRestored && this.#waiting.length === 0 && this.#coming === 0
  }

  get isEmpty(): boolean {
    return this.isIdle && this.#onItsWay.size === 0
  }

  /** Resolves when it may be idle. */
  async idle(): Promise<void> {
    if (this.isIdle) return
    this.#idle ??= Promise.withResolvers()
    await this.#idle.promise
  }

  /** Takes a message that is about to be recorded. */
  async take(recording: Promise<Recorded<SentMessage>>, bytes: number): Promise<void> {
    const isNext = this.isIdle && this.#init.lane.window.tryEnter(bytes)
    if (!isNext) this.#coming += 1
    let message: Recorded<SentMessage>
    try {
      message = await recording
    } catch {
      // Whoever records it is told.
      if (isNext) this.#init.lane.window.leave(bytes)
      else this.#came()
      return
    }
    const kept = keptOf(message)
    if (isNext) void this.#deliver(kept, message, bytes)
    else {
      this.#insert(kept)
      this.#came()
    }
  }

  #came(): void {
    this.#coming -= 1
    this.#expireSurplus()
    this.fill()
  }

  /** @param kept - what the log holds from before, in rising order of `seq` */
  restore(kept: readonly Kept[]): void {
    this.#waiting = [...kept, ...this.#waiting]
    this.#unknownTo = kept.at(-1)?.seq ?? -1
    this.#isRestored = true
    this.#expireSurplus()
    this.fill()
  }

  #insert(kept: Kept): void {
    const after = this.#waiting.findLastIndex(({ seq }) => seq < kept.seq)
    this.#waiting.splice(after + 1, 0, kept)
  }

  /** Lets as much leave as may be under way. */
  fill(): void {
    if (!this.#isFilling) void this.#fill()
  }

  async #fill(): Promise<void> {
    this.#isFilling = true
    const { lane, onFailed } = this.#init
    try {
      while (this.#isRestored && !this.#closing.signal.aborted) {
        const [next] = this.#waiting
        if (next === undefined) break
        const message = await this.#read(next)
        if (message === undefined) continue
        const { bytes } = message.value
        await lane.window.enter(bytes, undefined, this.#closing.signal)
        // Meanwhile it may have expired.
        if (this.#waiting[0] === next) {
          this.#waiting.shift()
          void this.#deliver(next, message, bytes)
        } else lane.window.leave(bytes)
      }
    } catch (error) {
      if (!this.#closing.signal.aborted) onFailed(error)
    }
    this.#isFilling = false
    if (!this.isIdle) return
    this.#idle?.resolve()
    this.#idle = undefined
  }

  /** @returns undefined when its words were erased: then that was the end of it */
  async #read(next: Kept): Promise<Recorded<SentMessage> | undefined> {
    try {
      return await this.#init.recall(next)
    } catch (error) {
      if (!(error instanceof MessengerError) || error.code !== 'MESSAGE_ERASED') throw error
      if (this.#waiting[0] === next) this.#waiting.shift()
      await this.#init.onEnd(next, { result: 'withheld', error })
      return undefined
    }
  }

  async #deliver(kept: Kept, message: Recorded<SentMessage>, bytes: number): Promise<void> {
    this.#onItsWay.set(kept.seq, kept)
    const { lane, onEnd } = this.#init
    const answer = await lane.deliver(message)
    this.#onItsWay.delete(kept.seq)
    lane.window.leave(bytes)
    const reason = this.#expired.get(kept.seq)
    this.#expired.delete(kept.seq)
    if (answer.result === 'kept') return
    const isExpired = reason !== undefined && (answer.result === 'withheld' || answer.result === 'unconfirmed')
    const end = answer.result === 'withheld' ? this.#givenUp(kept, answer.error) : answer
    await onEnd(kept, isExpired ? { result: 'expired', reason } : end)
  }

  /**
   * Ends what is too old, and tries again where something could not be read back.
   * @param now - milliseconds since 1970
   */
  expire(now: number): void {
    const days = MAX_KEPT_MS / 86_400_000
    this.#expire(({ time }) => time + MAX_KEPT_MS <= now, `it could not be delivered within ${days} days`)
    this.fill()
  }

  #expireSurplus(): void {
    const all = [...this.#onItsWay.values(), ...this.#waiting]
    const surplus = new Set(all.slice(0, Math.max(0, all.length - MAX_KEPT_MESSAGES)))
    if (surplus.size === 0) return
    this.#expire((kept) => surplus.has(kept), `more than ${MAX_KEPT_MESSAGES} messages waited for the same colleague`)
  }

  #expire(isOver: (kept: Kept) => boolean, reason: string): void {
    const over = this.#waiting.filter(isOver)
    if (over.length > 0) this.#waiting = this.#waiting.filter((kept) => !isOver(kept))
    for (const kept of over) void this.#init.onEnd(kept, { result: 'expired', reason })
    const leaving = new Set([...this.#onItsWay.values()].filter(isOver).map(({ seq }) => seq))
    for (const seq of leaving) this.#expired.set(seq, reason)
    if (leaving.size > 0) this.#init.lane.withdraw(({ seq }) => leaving.has(seq))
  }

  /** Not a byte of it left in this session. */
  #givenUp({ seq }: Kept, error: MessengerError): End {
    return { result: seq <= this.#unknownTo ? 'unconfirmed' : 'withheld', error }
  }

  /** The peer will never take it: what waits has not left, of what is on its way nobody knows. */
  giveUp(error: MessengerError): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const kept of waiting) void this.#init.onEnd(kept, this.#givenUp(kept, error))
    this.#init.lane.withdraw(({ seq }) => this.#onItsWay.has(seq))
  }

  close(): void {
    this.#closing.abort(new Error('the outbox is closed'))
  }
}

function keptOf({ value: { id, seq }, receipt }: Recorded<SentMessage>): Kept {
  return { id, seq, time: receipt.record.time }
}
