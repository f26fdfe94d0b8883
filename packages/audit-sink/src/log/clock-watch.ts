import type { AuditClock } from '../clock.ts'
import { MAX_CLOCK_DRIFT_MS } from '../limits.ts'
import type { Draft } from './draft.ts'

/**
 * Holds the wall clock against the monotonic one, and at the start against the last record: when it was set, or the
 * machine slept, the log says so (spec/audit-log.md section 8).
 */
export class ClockWatch {
  readonly #clock: AuditClock
  readonly #owner: string
  /** Wall clock less monotonic clock when last looked at. */
  #offset: number | undefined
  #lastTime: number | undefined

  /** @param lastTime - wall clock of the last record of an earlier run, milliseconds */
  constructor(clock: AuditClock, owner: string, lastTime: number | undefined) {
    this.#clock = clock
    this.#owner = owner
    this.#lastTime = lastTime
  }

  /** @returns the record to write first, when the clock has jumped since the last look */
  look(): Draft | undefined {
    const found = this.#clock.wallMs()
    const offset = found - this.#clock.monoMs()
    const expected = this.#offset === undefined ? this.#earliest(found) : found - offset + this.#offset
    this.#offset = offset
    if (Math.abs(found - expected) <= MAX_CLOCK_DRIFT_MS) return undefined
    return { kind: 'clock-jump', actor: this.#owner, detail: { expected: Math.max(0, Math.round(expected)), found } }
  }

  /** After a pause of unknown length the clock may be anywhere but before the last record. */
  #earliest(found: number): number {
    return Math.max(found, this.#lastTime ?? 0)
  }
}
