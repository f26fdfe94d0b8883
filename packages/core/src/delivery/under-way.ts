import type { AuditRecord, Hash, SignedCheckpoint } from '@branchline/audit-sink'
import { MessengerError } from '../errors.ts'
import { SWEEP_INTERVAL_MS } from '../limits.ts'
import type { SentMessage } from '../messages.ts'
import type { Recorded } from '../recorded.ts'

export type Answer =
  | ({ readonly result: 'delivered'; readonly line: Uint8Array; readonly record: AuditRecord } & Seen)
  | { readonly result: 'refused'; readonly code: string; readonly reason: string }
  | { readonly result: 'unconfirmed' | 'withheld'; readonly error: MessengerError }
  /** We ended first, and it waits in the log for the next start. */
  | { readonly result: 'kept' }

/** What a receipt told of the two logs, as far as it is new. */
interface Seen {
  /** The peer's, larger than any on record. */
  readonly checkpoint: SignedCheckpoint | undefined
  /** One of ours as a signed note, with the peer's signature under it. */
  readonly cosigned: string | undefined
}

export interface OnItsWay {
  readonly message: Recorded<SentMessage>
  /** By `performance.now()`, which nobody sets; none: it waits until it is answered or withdrawn. */
  readonly deadline: number | undefined
  readonly answer: (answer: Answer) => void
  /** Whether a byte of it has been given to a stream. */
  written: boolean
  /** The checkpoint that was sent with it last. */
  checkpoint: SignedCheckpoint | undefined
}

/** The messages that wait for the answers of one peer, in the order in which they leave. */
export class UnderWay {
  readonly #peer: string
  readonly #messages = new Map<Hash, OnItsWay>()
  #sweeper: NodeJS.Timeout | undefined

  constructor(peer: string) {
    this.#peer = peer
  }

  get isEmpty(): boolean {
    return this.#messages.size === 0
  }

  /** Whether every one of them may wait for as long as it takes. */
  get isPatient(): boolean {
    return this.all().every(({ deadline }) => deadline === undefined)
  }

  all(): readonly OnItsWay[] {
    return [...this.#messages.values()]
  }

  get(id: Hash): OnItsWay | undefined {
    return this.#messages.get(id)
  }

  has(one: OnItsWay): boolean {
    return this.#messages.get(one.message.value.id) === one
  }

  add(one: OnItsWay): void {
    this.#messages.set(one.message.value.id, one)
    if (one.deadline !== undefined) this.#sweeper ??= setInterval(() => this.#sweep(), SWEEP_INTERVAL_MS)
  }

  settle(one: OnItsWay, answer: Answer): void {
    this.#messages.delete(one.message.value.id)
    if (this.isEmpty) {
      clearInterval(this.#sweeper)
      this.#sweeper = undefined
    }
    one.answer(answer)
  }

  /** Says no more than is known: what was given to a stream may have arrived. */
  giveUp(one: OnItsWay): void {
    const { written } = one
    const what = written
      ? `no receipt came from ${this.#peer}; the message is on record and may have arrived`
      : `${this.#peer} could not be reached; the message is on record, and not a byte of it was sent`
    const error = new MessengerError('NOT_CONFIRMED', what)
    this.settle(one, { result: written ? 'unconfirmed' : 'withheld', error })
  }

  /** For good. What may wait is given up by nobody: the log holds it, and the next start goes on with it. */
  end(): void {
    for (const one of this.all()) {
      if (one.deadline === undefined) this.settle(one, { result: 'kept' })
      else this.giveUp(one)
    }
  }

  #sweep(): void {
    const now = performance.now()
    for (const one of this.#messages.values()) if (one.deadline !== undefined && one.deadline <= now) this.giveUp(one)
  }
}
