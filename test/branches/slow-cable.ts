import { join } from 'node:path'
import { ip } from './ip.ts'
import { addBridge, BRIDGE, type Leg, plug } from './leg.ts'
import { Program } from '../support/program.ts'

export interface Netem {
  readonly delayMs?: number
  /** At most so much more or less, so that packets overtake each other. */
  readonly jitterMs?: number
  readonly lossPercent?: number
  /** Each way; what is more waits, as in a modem that buffers without end. Default: as fast as it goes. */
  readonly megabits?: number
}

/**
 * A program between a port and its bridge: the host's own end stays as it is, and so do its connections. (The kernel's
 * netem is a module that many machines have not got.)
 */
export class SlowCable {
  readonly #leg: Leg
  readonly #output: string
  #program: Program | undefined

  /** @param output - begins the names of the files that keep what the program says */
  constructor(leg: Leg, output: string) {
    this.#leg = leg
    this.#output = output
  }

  get #between(): string {
    return `${this.#leg.port}-bridge`
  }

  async lay({ delayMs = 0, jitterMs = 0, lossPercent = 0, megabits = 0 }: Netem): Promise<void> {
    const { bridge, port } = this.#leg
    const [near, far] = [`${port}-near`, `${port}-far`]
    const script = join(import.meta.dirname, 'slow-cable.py')
    const numbers = [delayMs, jitterMs, lossPercent, megabits].map(String)
    const command = ['python3', script, near, far, ...numbers]
    this.#program = new Program('ip', ['netns', 'exec', bridge, ...command], this.#output)
    await this.#program.until('ready')
    await addBridge(bridge, this.#between)
    await plug(bridge, near, this.#between)
    await plug(bridge, far, BRIDGE)
    await ip('-n', bridge, 'link', 'set', port, 'master', this.#between)
  }

  /** The port goes back into the bridge. */
  async remove(): Promise<void> {
    const { bridge, port } = this.#leg
    await ip('-n', bridge, 'link', 'set', port, 'master', BRIDGE)
    await ip('-n', bridge, 'link', 'del', this.#between)
    await this.kill()
  }

  killNow(): void {
    this.#program?.killNow()
  }

  async kill(): Promise<void> {
    await this.#program?.kill()
  }
}
