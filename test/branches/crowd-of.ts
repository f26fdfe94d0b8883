import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Program } from '../support/program.ts'
import type { Bed } from './bed.ts'
import type { CrowdAlert, CrowdInit, CrowdLog, CrowdMark, CrowdSend, CrowdState, Line, Posting } from './say.ts'
import { listed } from '../support/library.ts'
import { ask, rosterIn } from './staff.ts'

const LOOK_EVERY_MS = 250
const ANSWER_MS = 120_000

export interface GatherInit extends Omit<CrowdInit, 'rosterFile'> {
  /** As it was enlisted; default: the name of the host. */
  readonly crowd?: string
}

/** Several members of staff in one process, on one host. */
export class Crowd {
  readonly host: string
  readonly #program: Program<Line>

  private constructor(host: string, program: Program<Line>) {
    this.host = host
    this.#program = program
  }

  /** Puts them on the roster, which must be before anybody on the bed starts. */
  static async enlist(folder: string, crowd: string, count: number, roles: readonly string[] = []): Promise<void> {
    for (let n = 0; n < count; n++) {
      const one = await listed(`${crowd} ${n}`, join(folder, `crowd-${crowd}`, String(n)))
      rosterIn(folder).people.push({ ...one, roles })
    }
  }

  /** They have come, and start when they are told to. */
  static async gather(bed: Bed, host: string, { crowd = host, ...init }: GatherInit): Promise<Crowd> {
    const folder = join(init.folder, `crowd-${crowd}`)
    const rosterFile = await rosterIn(init.folder).file()
    const program = bed.host(host).run<Line>('crowd.ts', JSON.stringify({ ...init, folder, rosterFile }))
    await program.until('ready')
    return new Crowd(host, program)
  }

  /** Resolves when all have started. */
  async start(): Promise<void> {
    await ask(this.#program, 'start', {}, ANSWER_MS)
  }

  async state(): Promise<CrowdState> {
    return ask(this.#program, 'state', {}, ANSWER_MS)
  }

  /** Resolves when the receipt is on record. @returns how long that took, in ms */
  async send(order: CrowdSend): Promise<number> {
    return ask(this.#program, 'send', order, ANSWER_MS)
  }

  /** An urgent message of one of them to everyone. */
  async alarm(from: number, text: string): Promise<Posting> {
    return ask(this.#program, 'alarm', { from, text }, ANSWER_MS)
  }

  /** What each was alerted of, each time. */
  async alerts(): Promise<CrowdAlert[][]> {
    return ask(this.#program, 'alerts', {}, ANSWER_MS)
  }

  /** Each marks what they were alerted of. */
  async mark(how: CrowdMark['how']): Promise<void> {
    await ask(this.#program, 'mark', { how }, ANSWER_MS)
  }

  /** Of a message of one of them: peer IDs of those for whom it was, by what became of it. */
  async rollCall(from: number, id: string): Promise<Record<string, readonly string[]>> {
    return ask(this.#program, 'roll-call', { from, id }, ANSWER_MS)
  }

  async logs(): Promise<CrowdLog[]> {
    return ask(this.#program, 'logs', {}, ANSWER_MS)
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
