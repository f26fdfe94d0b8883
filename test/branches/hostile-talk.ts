import { expect } from 'vitest'
import type { Staff } from './staff.ts'

type Pair = readonly [from: Staff, to: Staff]

/** From the call to the receipt on record. */
export interface Latency {
  readonly count: number
  readonly p50Ms: number
  readonly p95Ms: number
  readonly maxMs: number
}

const BATCH = 10
const EVERY_MS = 50
const ANSWER_MS = 60_000
/** Whoever attacks, whom they attack and who talks share two cores, and other tests run beside; people wait a second. */
const P95_MS = 1_000

/** Honest colleagues who write to each other all the time, each way; what does not arrive fails the test. */
export class Talk {
  readonly #pairs: readonly Pair[]
  readonly #talking: Promise<unknown>
  readonly #end = new AbortController()

  constructor(...pairs: readonly Pair[]) {
    this.#pairs = pairs.flatMap(([one, other]): Pair[] => [
      [one, other],
      [other, one],
    ])
    this.#talking = Promise.all(this.#pairs.map((pair) => this.#talk(pair)))
    this.#talking.catch(() => undefined) // told by `end`
  }

  async #talk([from, to]: Pair): Promise<void> {
    for (let n = 0; !this.#end.signal.aborted; n++) {
      await from.send(to, `Is it on your shelf? (${n})`, { repeat: BATCH, everyMs: EVERY_MS, timeoutMs: ANSWER_MS })
    }
  }

  /** Of what was written between two times, milliseconds since 1970. */
  latency(from: number, until = Date.now()): Latency {
    const times = this.#pairs
      .flatMap(([one, other]) => one.program.all('delivered').filter(({ to }) => to === other.peer))
      .filter(({ at, ms }) => at - ms >= from && at - ms < until)
      .map(({ ms }) => ms)
      .toSorted((a, b) => a - b)
    const atRank = (share: number): number => times[Math.ceil(share * times.length) - 1] ?? Number.NaN
    return { count: times.length, p50Ms: atRank(0.5), p95Ms: atRank(0.95), maxMs: atRank(1) }
  }

  /** Resolves when all that was written has arrived. @throws when something did not */
  async end(): Promise<void> {
    this.#end.abort()
    await this.#talking
  }
}

/** Says how the talk went before something and during it, in a line, and that it went on. */
export function expectUnaffected(what: string, before: Latency, during: Latency): void {
  const told = ({ p50Ms, p95Ms }: Latency): string => `p50 ${p50Ms} p95 ${p95Ms}`
  console.log(
    `${what}: before ${told(before)} during ${told(during)} (ms, ${during.count} messages, at most ${during.maxMs})`,
  )
  expect(before.count, `messages before ${what}`).toBeGreaterThan(BATCH)
  expect(during.count, `messages during ${what}`).toBeGreaterThan(BATCH)
  expect(during.p95Ms, `latency during ${what}`).toBeLessThan(P95_MS)
}
