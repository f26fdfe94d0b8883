import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, closeSync, openSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

const WAIT_MS = 30_000

/** What programs say: a line of JSON each. */
export interface Said {
  readonly event?: string
}

interface Waiting<S> {
  hear(said: S): void
  fail(error: Error): void
}

/** A process that a test started: hears and speaks lines of JSON. */
export class Program<S extends Said = Said> implements AsyncDisposable {
  readonly said: S[] = []
  readonly startedAt = Date.now()
  readonly #child: ChildProcess
  readonly #closed: Promise<unknown>
  readonly #output: string
  readonly #waiting = new Set<Waiting<S>>()
  #requests = 0

  /** @param output - begins the names of the two files that keep what it says and its errors */
  constructor(command: string, args: readonly string[], output: string) {
    this.#output = output
    const errors = openSync(`${output}.err`, 'a')
    this.#child = spawn(command, args, { stdio: ['pipe', 'pipe', errors] })
    closeSync(errors)
    this.#closed = once(this.#child, 'close')
    this.#child.stdin?.on('error', () => undefined) // it ended: whoever waits for an answer is told below
    if (this.#child.stdout !== null) createInterface({ input: this.#child.stdout }).on('line', this.#hear)
    void this.#closed.finally(() => {
      const { exitCode, signalCode } = this.#child
      for (const waiting of this.#waiting) waiting.fail(new Error(`the program ended (${signalCode ?? exitCode})`))
    })
  }

  get pid(): number {
    return this.#child.pid as number
  }

  readonly #hear = (line: string): void => {
    appendFileSync(`${this.#output}.out`, `${line}\n`)
    const said = JSON.parse(line) as S
    this.said.push(said)
    for (const waiting of this.#waiting) waiting.hear(said)
  }

  /** All that it said of one kind. */
  all<E extends NonNullable<S['event']>>(event: E): Extract<S, { event: E }>[] {
    return this.said.filter((each): each is Extract<S, { event: E }> => each.event === event)
  }

  /**
   * The first thing it said, or says, that fits.
   * @throws when it ends first, or does not say so in time
   */
  async until<E extends NonNullable<S['event']>>(
    event: E,
    fits: (said: Extract<S, { event: E }>) => boolean = () => true,
    timeoutMs = WAIT_MS,
  ): Promise<Extract<S, { event: E }>> {
    type Wanted = Extract<S, { event: E }>
    const isWanted = (said: S): said is Wanted => said.event === event && fits(said as Wanted)
    return this.first(`"${event}"`, isWanted, timeoutMs)
  }

  /**
   * The same of anything that it says.
   * @param what - in words
   */
  async first<T extends S>(what: string, fits: (said: S) => said is T, timeoutMs = WAIT_MS): Promise<T> {
    const found = this.said.find(fits)
    if (found !== undefined) return found
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(waiting)
        clearTimeout(timer)
      }
      const fail = ({ message }: Error): void => {
        leave()
        reject(new Error(`waited for ${what}: ${message}; see ${this.#output}.out and .err`))
      }
      const hear = (said: S): void => {
        if (!fits(said)) return
        leave()
        resolve(said)
      }
      const waiting = { hear, fail }
      const timer = setTimeout(() => fail(new Error(`nothing in ${timeoutMs} ms`)), timeoutMs)
      this.#waiting.add(waiting)
      if (this.#ended) fail(new Error('the program has ended'))
    })
  }

  /** Gives it a command. @returns the number under which it answers */
  tell(command: string, more: object = {}): number {
    const request = this.#requests++
    this.write(JSON.stringify({ request, command, ...more }))
    return request
  }

  /** How it ended: an exit code, or the name of a signal. */
  async ended(): Promise<number | string | null> {
    await this.#closed
    return this.#child.signalCode ?? this.#child.exitCode
  }

  /** What it said to people. */
  get errors(): string {
    return readFileSync(`${this.#output}.err`, 'utf8')
  }

  write(line: string | Uint8Array): void {
    this.#child.stdin?.write(line)
    this.#child.stdin?.write('\n')
  }

  /** As it is, without a line feed. */
  writeRaw(bytes: string | Uint8Array): void {
    this.#child.stdin?.write(bytes)
  }

  endInput(): void {
    this.#child.stdin?.end()
  }

  get #ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  /** Resolves when it has ended by itself. @throws when it failed */
  async end(): Promise<void> {
    await this.#closed
    if (this.#child.exitCode !== 0) throw new Error(`the program failed; see ${this.#output}.err`)
  }

  /** Without another signal it gets no word in. */
  killNow(signal: NodeJS.Signals = 'SIGKILL'): void {
    if (!this.#ended) this.#child.kill(signal)
  }

  async kill(signal?: NodeJS.Signals): Promise<void> {
    this.killNow(signal)
    await this.#closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
  }
}
