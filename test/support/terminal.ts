import { spawn, type IPty } from '@lydell/node-pty'
import xterm from '@xterm/headless'
import { onTestFinished } from 'vitest'
import { LAUNCHER } from './branchline.ts'

const WAIT_MS = 20_000
const LOOK_EVERY_MS = 20
const COLUMNS = 100
const ROWS = 30

/** Keys that have no letter. */
export const KEY = { ctrlC: '\u0003', ctrlD: '\u0004', enter: '\r', tab: '\t', up: '\u001b[A' } as const

/** A command in a real pseudo-terminal, and what a person would see on its screen. */
export class Terminal {
  readonly #pty: IPty
  readonly #screen = new xterm.Terminal({ cols: COLUMNS, rows: ROWS, scrollback: 2_000, allowProposedApi: true })
  readonly #ended: Promise<number>
  /** Every byte that the terminal was given. */
  written = ''
  /** Of the window; changed by nothing but an escape sequence. */
  title = ''

  constructor(args: readonly string[]) {
    const env = { ...process.env, TERM: 'xterm-256color', NO_COLOR: '1' }
    this.#pty = spawn(process.execPath, [LAUNCHER, ...args], { cols: COLUMNS, rows: ROWS, env })
    this.#pty.onData((data) => {
      this.written += data
      this.#screen.write(data)
    })
    this.#screen.onTitleChange((title) => {
      this.title = title
    })
    this.#ended = new Promise((resolve) => this.#pty.onExit(({ exitCode }) => resolve(exitCode)))
    onTestFinished(() => this.#pty.kill('SIGKILL'))
  }

  /** What is on the screen and above it, without the empty lines at its end. */
  lines(): string[] {
    const { active } = this.#screen.buffer
    const lines = Array.from({ length: active.length }, (_, n) => active.getLine(n)?.translateToString(true) ?? '')
    return lines.slice(0, lines.findLastIndex((line) => line !== '') + 1)
  }

  /** The line that the cursor is in. */
  prompt(): string {
    const { active } = this.#screen.buffer
    return (
      active
        .getLine(active.baseY + active.cursorY)
        ?.translateToString(true)
        .trimEnd() ?? ''
    )
  }

  /** Waits until a line fits. */
  async sees(what: string | RegExp): Promise<string> {
    const fits = (line: string): boolean => (typeof what === 'string' ? line.includes(what) : what.test(line))
    return this.#until(() => this.lines().find(fits), `a line with ${what}`)
  }

  async prompts(what: string): Promise<void> {
    await this.#until(() => this.prompt() === what, `a prompt "${what}"`)
  }

  async #until<T>(look: () => T | undefined | false, what: string): Promise<T> {
    const deadline = Date.now() + WAIT_MS
    for (;;) {
      const found = look()
      if (found !== undefined && found !== false) return found
      if (Date.now() > deadline) throw new Error(`waited for ${what}; the screen:\n${this.lines().join('\n')}`)
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
    }
  }

  type(keys: string): void {
    this.#pty.write(keys)
  }

  enter(line: string): void {
    this.type(`${line}${KEY.enter}`)
  }

  /** Gives it no time for a last word. */
  async kill(): Promise<void> {
    this.#pty.kill('SIGKILL')
    await this.#ended
  }

  /** Exit code, when it has ended by itself. */
  async ended(): Promise<number> {
    return this.#ended
  }
}
