import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'

const WAIT_MS = 30_000

/** A program that talks with people: lines of text. It ends with the test. */
export class Talker {
  readonly said: string[] = []
  readonly child: ChildProcess
  readonly #errors: Promise<string>
  readonly #closed: Promise<unknown>
  #look: () => void = () => undefined

  constructor(command: string, args: readonly string[]) {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] })
    this.child = child
    this.#closed = once(child, 'close')
    this.#errors = text(child.stderr)
    child.stdin.on('error', () => undefined) // it ended: whoever waits for a line is told below
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.said.push(line)
      this.#look()
    })
    void this.#closed.then(() => this.#look())
    onTestFinished(() => void child.kill('SIGKILL'))
  }

  /** The first line that fits. @throws when it ends first, or does not say so in time */
  async until(fits: RegExp): Promise<string> {
    return new Promise((resolve, reject) => {
      const fail = async (why: string): Promise<void> => {
        this.child.kill('SIGKILL')
        reject(new Error(`${why} without ${fits}: ${this.said.join('\n')}\n${await this.#errors}`))
      }
      const timer = setTimeout(() => void fail('it went on'), WAIT_MS)
      this.#look = () => {
        const found = this.said.find((line) => fits.test(line))
        const isOver = this.child.exitCode !== null || this.child.signalCode !== null
        if (found === undefined && !isOver) return
        clearTimeout(timer)
        this.#look = () => undefined
        if (found === undefined) void fail('it ended')
        else resolve(found)
      }
      this.#look()
    })
  }

  say(line: string): void {
    this.child.stdin?.write(`${line}\n`)
  }

  /** Waits until it has ended by itself. */
  async ended(): Promise<{ readonly code: number | null; readonly errors: string }> {
    await this.#closed
    return { code: this.child.exitCode, errors: await this.#errors }
  }
}
