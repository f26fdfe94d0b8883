import { clearLine, createInterface, cursorTo, type Interface } from 'node:readline'
import type { CliIO } from '../io.ts'
import { wrap } from './wrap.ts'

export interface Terminal {
  lines(): AsyncIterable<Uint8Array>
  /** Prints above the line that is being typed, which stays as it is. */
  readonly print: (text: string) => void
  /** Puts a line that could not be done back, unless something else is typed there: then false. */
  readonly giveBack: (line: string) => boolean
  readonly isTyping: () => boolean
  /** What stands before the line that is typed. */
  readonly setPrompt: (prompt: string) => void
  close(): void
}

const COLUMNS = 80

/** Whether somebody sits there: both ends are a terminal, and one that can move its cursor. */
export function isInteractive(io: CliIO): boolean {
  return io.stdin.isTTY === true && io.stdout.isTTY === true && io.env['TERM'] !== 'dumb'
}

export function openTerminal(io: CliIO, complete: (line: string) => [string[], string]): Terminal {
  const output = io.stdout as unknown as NodeJS.WritableStream
  const readline = createInterface({ input: io.stdin, output, terminal: true, prompt: '> ', completer: complete })
  readline.on('SIGINT', () => onInterrupt(readline))
  io.signal.addEventListener('abort', () => readline.close(), { once: true })
  let isOpen = true
  readline.once('close', () => {
    isOpen = false
  })
  // Where the cursor is it stays: a line that was given back goes on at its end.
  const prompt = (): void => {
    if (isOpen) readline.prompt(true)
  }
  prompt()
  return {
    async *lines() {
      for await (const line of readline) {
        yield Buffer.from(line.toWellFormed())
        prompt()
      }
    },
    print(text) {
      cursorTo(output, 0)
      clearLine(output, 0)
      output.write(`${wrap(text, io.stdout.columns ?? COLUMNS)}\n`)
      prompt()
    },
    giveBack(line) {
      if (!isOpen || readline.line !== '') return false
      readline.write(line)
      return true
    },
    isTyping: () => readline.line !== '',
    setPrompt(prompt) {
      readline.setPrompt(prompt)
    },
    close: () => readline.close(),
  }
}

/** As in a shell: Ctrl-C clears a line that was begun, and ends the chat on an empty one. */
function onInterrupt(readline: Interface): void {
  if (readline.line === '') readline.close()
  else readline.write(null, { ctrl: true, name: 'u' })
}
