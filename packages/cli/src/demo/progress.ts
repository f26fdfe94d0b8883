import type { CliIO } from '../io.ts'

const FRAMES = ['·  ', '·· ', '···', '   ']
const FRAME_MS = 250

/** Says what is being waited for, on a terminal with signs of life, and then how it came out. */
export class Progress {
  readonly #io: CliIO

  constructor(io: CliIO) {
    this.#io = io
  }

  async step<T>(what: string, work: () => Promise<T>, outcome: (result: T) => string): Promise<T> {
    const started = performance.now()
    const stop = this.#wait(what)
    try {
      const result = await work()
      stop()
      const seconds = ((performance.now() - started) / 1_000).toFixed(1)
      this.#io.stdout.write(`  ok  ${outcome(result)}  (${seconds} s)\n`)
      return result
    } catch (error) {
      stop()
      this.#io.stdout.write(`  NOT ${what}\n`)
      throw error
    }
  }

  say(text: string): void {
    this.#io.stdout.write(`      ${text}\n`)
  }

  #wait(what: string): () => void {
    const { stdout } = this.#io
    if (stdout.isTTY !== true) return () => undefined
    let frame = 0
    const draw = (): unknown => stdout.write(`\r ${FRAMES[frame++ % FRAMES.length]} ${what}`)
    draw()
    const timer = setInterval(draw, FRAME_MS)
    return () => {
      clearInterval(timer)
      stdout.write(`\r${' '.repeat(what.length + 5)}\r`)
    }
  }
}
