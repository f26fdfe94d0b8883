import { setImmediate as turn } from 'node:timers/promises'
import { vi } from 'vitest'
import { skewHere, stayingHere } from './machine.ts'

/** Who waits for a signature or a frame waits so many turns at most in which nothing else happens. */
const QUIET_TURNS = 6
const MAX_TURNS = 50_000
const STEPS_MS = [
  [1_000, 20],
  [10_000, 250],
  [120_000, 2_000],
  [Number.POSITIVE_INFINITY, 10_000],
] as const
const FAKED = ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'] as const

/** The only time that there is: no timer of the real clock is waited for. */
export class Activity {
  #noted = 0

  /** Something moved. */
  note(): void {
    this.#noted++
  }

  async turns(count: number): Promise<void> {
    for (let n = 0; n < count; n++) await turn()
  }

  /** Until nothing moves that does not wait for a timer. */
  async settle(): Promise<void> {
    let quiet = 0
    for (let turns = 0, seen = this.#noted; quiet < QUIET_TURNS; turns++) {
      if (turns > MAX_TURNS) throw new Error('it never comes to rest')
      await turn()
      quiet = seen === this.#noted ? quiet + 1 : 0
      seen = this.#noted
    }
  }

  /** Lets time pass in ever larger steps, so that a day does not take one; timers within a step are as late as it is. */
  async pass(ms: number, isOver: () => boolean = () => false): Promise<void> {
    await this.settle()
    for (let passed = 0; passed < ms && !isOver(); ) {
      const [, step] = STEPS_MS.find(([until]) => passed < until) as (typeof STEPS_MS)[number]
      vi.advanceTimersByTime(Math.min(step, ms - passed))
      passed += step
      await this.settle()
    }
  }

  /** All machines sleep, and their wall clocks go on. */
  sleep(ms: number): void {
    vi.setSystemTime(Date.now() + ms)
  }
}

/** Takes the clocks of this process until `end`; timers stay on the machine that set them. */
export function fakeTime(start: number): { readonly end: () => void } {
  vi.useFakeTimers({ toFake: [...FAKED], now: start })
  const { now } = Date
  Date.now = () => now() + skewHere()
  const { setTimeout: later, setInterval: again } = globalThis
  const timers = {
    setTimeout: (work: () => void, ms: number) => later(stayingHere(work), ms),
    setInterval: (work: () => void, ms: number) => again(stayingHere(work), ms),
  }
  Object.assign(globalThis, timers)
  const timeout = vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
    const late = new AbortController()
    setTimeout(() => late.abort(new DOMException('it took too long', 'TimeoutError')), ms)
    return late.signal
  })
  return {
    end: () => {
      timeout.mockRestore()
      vi.clearAllTimers()
      vi.useRealTimers()
    },
  }
}
