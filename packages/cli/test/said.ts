import { Readable } from 'node:stream'
import type { ExitCode } from '../src/exit-codes.ts'
import type { Context } from '../src/io.ts'

export interface Said {
  readonly said: string
  readonly code: ExitCode | undefined
}

export interface Around {
  readonly stdin?: Readable
  readonly env?: Readonly<Record<string, string>>
}

/** Runs a command as the command line would, and gives what it prints. */
export async function says<Flags, Places extends (string | undefined)[]>(
  command: (this: Context, flags: Flags, ...places: Places) => Promise<void>,
  flags: Flags,
  places: Places,
  { stdin = Readable.from([]), env = {} }: Around = {},
): Promise<Said> {
  let said = ''
  let code: ExitCode | undefined
  const output = { isTTY: false, write: (text: string) => (said += text) }
  const io = { stdin, stdout: output, stderr: output, env, signal: new AbortController().signal }
  const exit = (given: ExitCode): void => {
    code = given
  }
  await command.call({ process, io, exit } as unknown as Context, flags, ...places)
  return { said, code }
}
