import { CliError } from '../cli-error.ts'
import type { CliIO } from '../io.ts'
import { asciiJson } from './ascii-json.ts'
import { MAX_HELD_BYTES, MAX_UNREAD_BYTES, RESUME_UNREAD_BYTES } from './limits.ts'

/** Says lines to the host, and knows how much of them it has not taken (spec/stdio.md section 3). */
export class Outlet {
  readonly #output: CliIO['stdout']
  readonly #unread = new AbortController()
  #held = 0
  #room: PromiseWithResolvers<void> | undefined

  constructor({ stdout, onReaderGone }: Pick<CliIO, 'stdout' | 'onReaderGone'>) {
    this.#output = stdout
    onReaderGone(() => this.#giveUp('standard output was closed'))
  }

  /** Aborted with CliError OUTPUT_UNREAD; nothing is said after that. */
  get unread(): AbortSignal {
    return this.#unread.signal
  }

  say(line: object): void {
    if (this.unread.aborted) return
    const text = `${asciiJson(line)}\n`
    if (this.#held + text.length > MAX_HELD_BYTES) {
      return this.#giveUp(`${this.#held} bytes were said and not read, and there is more to say`)
    }
    this.#held += text.length
    this.#output.write(text, () => this.#taken(text.length))
  }

  /** Resolves when so much was taken that more may be asked for. */
  async room(): Promise<void> {
    if (this.#held <= MAX_UNREAD_BYTES) return
    this.#room ??= Promise.withResolvers()
    return this.#room.promise
  }

  #taken(bytes: number): void {
    this.#held -= bytes
    if (this.#held > RESUME_UNREAD_BYTES) return
    this.#room?.resolve()
    this.#room = undefined
  }

  #giveUp(why: string): void {
    const comfort = 'nothing is lost, all that came or was posted is on record'
    this.#unread.abort(new CliError('OUTPUT_UNREAD', `${why}; ${comfort}`))
  }
}
