import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const LAUNCHER = fileURLToPath(new URL('../bin/branchline.cjs', import.meta.url))
const END_TIMEOUT_MS = 8_000

export interface MemberEvent {
  readonly event: string
  readonly [member: string]: unknown
}

export class DemoError extends Error {
  override readonly name = 'DemoError'
}

/** One Branchline process of the demo, driven as any program would drive it: lines in, JSON lines out. */
export class Member {
  readonly name: string
  readonly #child: ChildProcess
  readonly #events: MemberEvent[] = []
  readonly #errors: string[] = []
  readonly #ended: Promise<unknown>
  #changed: () => void = () => undefined

  constructor(name: string, args: readonly string[]) {
    this.name = name
    this.#child = spawn(process.execPath, [LAUNCHER, ...args], { stdio: ['pipe', 'pipe', 'pipe'] })
    this.#ended = once(this.#child, 'close').then(() => this.#changed())
    const { stdout, stderr } = this.#child
    if (stdout === null || stderr === null) throw new DemoError('a process without output cannot be followed')
    createInterface({ input: stdout }).on('line', (line) => {
      this.#events.push(JSON.parse(line) as MemberEvent)
      this.#changed()
    })
    createInterface({ input: stderr }).on('line', (line) => this.#errors.push(line))
  }

  /** The first event of that kind that fits, also one that has come already. */
  async event(kind: string, fits: (event: MemberEvent) => boolean, timeoutMs: number): Promise<MemberEvent> {
    const found = await this.look(kind, fits, timeoutMs)
    if (found !== undefined) return found
    const told = this.#errors.length > 0 ? `: ${this.#errors.join(' ')}` : ''
    throw new DemoError(`${this.name} did not get as far as "${kind}" within ${timeoutMs / 1_000} s${told}`)
  }

  async look(kind: string, fits: (e: MemberEvent) => boolean, timeoutMs: number): Promise<MemberEvent | undefined> {
    const deadline = Date.now() + timeoutMs
    for (;;) {
      const found = this.#events.find((each) => each.event === kind && fits(each))
      const left = deadline - Date.now()
      if (found !== undefined || left <= 0 || this.#child.exitCode !== null) return found
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left)
        this.#changed = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  say(line: string): void {
    this.#child.stdin?.write(`${line}\n`)
  }

  /** Asks the process to end, and insists when it does not. */
  async end(): Promise<void> {
    if (this.#child.exitCode === null) {
      this.#child.stdin?.end()
      this.#child.kill('SIGTERM')
      const insist = setTimeout(() => this.#child.kill('SIGKILL'), END_TIMEOUT_MS)
      await this.#ended
      clearTimeout(insist)
    }
  }
}
