import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Program } from '../support/program.ts'
import type { Bed } from './bed.ts'
import type { CrowdInit, CrowdState, Line } from './say.ts'
import { listed } from '../support/library.ts'
import { ask, rosterIn } from './staff.ts'

const LOOK_EVERY_MS = 250
const ANSWER_MS = 120_000

/** Several members of staff in one process, on one host. */
export class Crowd {
  readonly host: string
  readonly #program: Program<Line>
  readonly #team: string

  private constructor(host: string, program: Program<Line>, team: string) {
    this.host = host
    this.#program = program
    this.#team = team
  }

  /**
   * They have come, and start when they are told to.
   * @param team - folder of those on whose roster they are
   */
  static async gather(bed: Bed, host: string, init: CrowdInit, team = init.folder): Promise<Crowd> {
    const folder = join(init.folder, `crowd-${host}`)
    const people = Array.from({ length: init.count }, (_, n) => listed(`${host}-${n}`, join(folder, String(n))))
    rosterIn(team).people.push(...(await Promise.all(people)))
    const program = bed.host(host).run<Line>('crowd.ts', JSON.stringify({ ...init, folder }))
    await program.until('ready')
    return new Crowd(host, program, team)
  }

  /** Resolves when all have started. */
  async start(): Promise<void> {
    await ask(this.#program, 'start', { rosterFile: await rosterIn(this.#team).file() }, ANSWER_MS)
  }

  async state(): Promise<CrowdState> {
    return ask(this.#program, 'state', {}, ANSWER_MS)
  }

  /** @returns when each was linked to so many others; milliseconds since 1970 */
  async linkedTo(others: number, timeoutMs: number): Promise<number> {
    const deadline = Date.now() + timeoutMs
    for (;;) {
      const { linked } = await this.state()
      if (linked.every((count) => count >= others)) return Date.now()
      if (Date.now() > deadline)
        throw new Error(`on ${this.host}, of ${others} there were linked: ${linked.join(', ')}`)
      await pause(LOOK_EVERY_MS)
    }
  }

  async close(): Promise<void> {
    await ask(this.#program, 'close', {}, ANSWER_MS)
    await this.#program.end()
  }
}
