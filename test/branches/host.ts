import { join, resolve } from 'node:path'
import { inNamespace, ip } from './ip.ts'
import { Program, type Said } from '../support/program.ts'
import type { Leg } from './leg.ts'
import { type Netem, SlowCable } from './slow-cable.ts'

export interface HostInit {
  readonly name: string
  readonly namespace: string
  readonly legs: readonly Leg[]
  /** Where what its programs say is kept. */
  readonly folder: string
}

interface Connect extends Said {
  readonly event: 'done'
  readonly result: string
  readonly ms: number
}

/** A machine of its own in one branch, or with a leg in several. */
export class Host {
  readonly name: string
  readonly #init: HostInit
  readonly #programs: Program[] = []
  readonly #slowCables: SlowCable[] = []

  constructor(init: HostInit) {
    this.name = init.name
    this.#init = init
  }

  /** A host of one branch need not say which. */
  address(branch?: string): string {
    return (this.#legs(branch)[0] as Leg).address
  }

  /**
   * Starts a Node program on this host.
   * @param file - in this folder, or absolute
   */
  run<S extends Said>(file: string, ...args: string[]): Program<S> {
    const { namespace, folder, name } = this.#init
    const command = ['netns', 'exec', namespace, process.execPath, resolve(import.meta.dirname, file), ...args]
    const program = new Program<S>('ip', command, join(folder, `${name}-${this.#programs.length}`))
    this.#programs.push(program as unknown as Program)
    return program
  }

  /** Tries a TCP connection from here. @returns 'connected' or the code of the error, and how long that took */
  async connect(address: string, port: number): Promise<Connect> {
    await using program = this.run<Connect>('connect.ts', address, String(port))
    return await program.until('done')
  }

  /** What a file of the host's own /proc/sys holds. */
  async sysctl(path: string): Promise<string> {
    return (await inNamespace(this.#init.namespace, 'cat', `/proc/sys/${path}`)).trim()
  }

  /** Pulls the cable out of the bridge. Without a branch: all cables. */
  async linkDown(branch?: string): Promise<void> {
    for (const { bridge, port } of this.#legs(branch)) await ip('-n', bridge, 'link', 'set', port, 'down')
  }

  async linkUp(branch?: string): Promise<void> {
    for (const { bridge, port } of this.#legs(branch)) await ip('-n', bridge, 'link', 'set', port, 'up')
  }

  /** Makes all its cables slow and lossy, each way; called again, otherwise so. */
  async netem(netem: Netem): Promise<void> {
    const { name, folder, legs } = this.#init
    await Promise.all(this.#slowCables.splice(0).map((cable) => cable.remove()))
    for (const leg of legs) {
      const cable = new SlowCable(leg, join(folder, `${name}-cable-${leg.port}`))
      this.#slowCables.push(cable)
      await cable.lay(netem)
    }
  }

  #legs(branch: string | undefined): readonly Leg[] {
    const legs = this.#init.legs.filter((leg) => branch === undefined || leg.branch === branch)
    if (legs.length === 0) throw new Error(`${this.name} has no leg in ${branch}`)
    return legs
  }

  /** Ends what runs here; without a turn of the event loop. */
  killNow(): void {
    for (const each of [...this.#programs, ...this.#slowCables]) each.killNow()
  }

  async kill(): Promise<void> {
    await Promise.all([...this.#programs, ...this.#slowCables].map((each) => each.kill()))
  }
}
