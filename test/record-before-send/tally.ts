import { expect } from 'vitest'
import { type Fault, FAULTS } from './faults.ts'
import { FULL } from '../support/trial.ts'

const OF_EACH_SORT = FULL ? 200 : 60
/** Several times what it takes, unless something is wrong. */
const LONGEST_MS = 80_000 + OF_EACH_SORT * 500
/** For the test that counts, with what it does before and after. */
export const TALLY_TIMEOUT_MS = LONGEST_MS + 30_000

/** Counts until there is enough of everything, and keeps what was wrong. */
export class Tally {
  readonly #least: number
  readonly #began = Date.now()
  readonly #succeeded = new Set<string>()
  readonly #failed = new Map<Fault, Set<string>>(FAULTS.map((fault) => [fault, new Set()]))
  readonly #all = new Set<string>()
  readonly #complaints: string[] = []

  constructor(least: number) {
    this.#least = least
  }

  succeeded(what: string): void {
    this.#all.add(what)
    this.#succeeded.add(what)
  }

  /** @param fault - why; undefined when it does not count */
  failed(what: string, fault: Fault | undefined): void {
    this.#all.add(what)
    if (fault !== undefined) this.#failed.get(fault)?.add(what)
  }

  complain(...complaints: readonly (string | undefined)[]): void {
    this.#complaints.push(...complaints.filter((complaint) => complaint !== undefined))
  }

  /** The faults of which there were not enough yet. */
  wanted(): Fault[] {
    return FAULTS.filter((fault) => (this.#failed.get(fault)?.size ?? 0) < OF_EACH_SORT)
  }

  goesOn(): boolean {
    if (this.#complaints.length > 0 || Date.now() - this.#began > LONGEST_MS) return false
    return this.#all.size < this.#least || this.#succeeded.size < OF_EACH_SORT || this.wanted().length > 0
  }

  /** @param what - became of those that failed, in words */
  check(what: string): void {
    const failed = [...this.#failed].map(([fault, those]) => [fault, those.size] as const)
    console.log(
      `${this.#succeeded.size} of ${this.#all.size} succeeded; ${what} because the log`,
      Object.fromEntries(failed),
    )
    expect(this.#complaints).toEqual([])
    expect(this.#all.size).toBeGreaterThanOrEqual(this.#least)
    expect(Math.min(this.#succeeded.size, ...failed.map(([, count]) => count))).toBeGreaterThanOrEqual(OF_EACH_SORT)
  }
}
