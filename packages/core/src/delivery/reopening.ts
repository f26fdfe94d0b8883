import { PATIENT_PAUSES_MS, REOPEN_PAUSES_MS } from '../limits.ts'

export interface ReopeningInit {
  /** Whether there is no stream, and something to be sent on it. */
  readonly isNeeded: () => boolean
  /** Whether all of that may wait. */
  readonly isPatient: () => boolean
  readonly open: () => Promise<void>
  readonly onFailed: (error: unknown) => void
}

/**
 * Opens a stream again for as long as one is needed. The first attempt after an answer is made at once; a peer that takes
 * streams and ends them is asked as seldom as one that is away.
 */
export class Reopening {
  readonly #init: ReopeningInit
  /** Streams that were opened, or could not be, since the last answer. */
  #attempts = 0
  #isUnderWay = false
  #endPause: (() => void) | undefined

  constructor(init: ReopeningInit) {
    this.#init = init
  }

  /** An answer came. */
  succeeded(): void {
    this.#attempts = 0
  }

  /** The next attempt is made now, and the pauses begin anew. */
  hurry(): void {
    this.#attempts = 0
    this.#endPause?.()
  }

  begin(): void {
    if (!this.#isUnderWay && this.#init.isNeeded()) void this.#goOn()
  }

  async #goOn(): Promise<void> {
    this.#isUnderWay = true
    const { isNeeded, open, onFailed } = this.#init
    while (isNeeded()) {
      const attempt = this.#attempts++
      if (attempt > 0) await this.#pause(attempt)
      if (!isNeeded()) break
      await open().catch(onFailed)
    }
    this.#isUnderWay = false
  }

  /** Somebody who may not wait may come while those who may are waited for: so a pause is looked at anew every two seconds. */
  async #pause(attempt: number): Promise<void> {
    const began = performance.now()
    let isOver = false
    while (!isOver && this.#init.isNeeded()) {
      const left = this.#pauseOf(attempt) - (performance.now() - began)
      if (left <= 0) break
      isOver = await new Promise<boolean>((resolve) => {
        const timer = setTimeout(() => resolve(false), Math.min(left, REOPEN_PAUSES_MS.at(-1) as number))
        this.#endPause = () => {
          clearTimeout(timer)
          resolve(true)
        }
      })
    }
    this.#endPause = undefined
  }

  #pauseOf(attempt: number): number {
    const pauses = this.#init.isPatient() ? PATIENT_PAUSES_MS : REOPEN_PAUSES_MS
    return pauses[Math.min(attempt, pauses.length) - 1] as number
  }
}
