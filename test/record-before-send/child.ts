import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const START_TIMEOUT_MS = 30_000

/** One of programs/, as a process of its own. */
export class Program {
  /** What it has said. */
  readonly lines: string[] = []
  readonly #child: ChildProcess
  readonly #closed: Promise<unknown>
  #errors = ''

  constructor(name: string, args: readonly string[], wrapper: readonly string[] = []) {
    const file = join(import.meta.dirname, 'programs', name)
    const [command = process.execPath, ...rest] = [...wrapper, process.execPath, file, ...args]
    this.#child = spawn(command, rest, { stdio: ['pipe', 'pipe', 'pipe'] })
    this.#closed = once(this.#child, 'close')
    this.#child.stderr?.on('data', (text: Buffer) => {
      this.#errors += text.toString()
    })
    if (this.#child.stdout !== null) {
      createInterface({ input: this.#child.stdout }).on('line', (line) => this.lines.push(line))
    }
  }

  /** The words that followed this word, line by line; only what was said after the line `since`, when that is given. */
  said(word: string, since?: string): string[][] {
    const from = since === undefined ? 0 : this.lines.indexOf(since) + 1
    const lines = this.lines.slice(from).filter((line) => line.startsWith(`${word} `))
    return lines.map((line) => line.split(' ').slice(1))
  }

  /** Resolves when it has said this; rejects, with its errors, when it ends before. */
  async until(word: string): Promise<string[]> {
    const deadline = Date.now() + START_TIMEOUT_MS
    for (;;) {
      const line = this.lines.find((each) => each.split(' ')[0] === word)
      if (line !== undefined) return line.split(' ').slice(1)
      if (this.#ended || Date.now() > deadline) throw new Error(`the program did not say "${word}": ${this.#errors}`)
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  }

  /** Ends its input, and resolves when it has ended by itself. @throws when it failed */
  async end(): Promise<void> {
    this.#child.stdin?.end()
    await this.#closed
    if (this.#child.exitCode !== 0) throw new Error(`the program failed (${this.#child.exitCode}): ${this.#errors}`)
  }

  get #ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  /** SIGKILL: it gets no word in. Resolves when it is gone and all that it said is read. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#ended) this.#child.kill('SIGKILL')
    await this.#closed
  }
}
