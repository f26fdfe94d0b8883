import type { Readable } from 'node:stream'
import type { CommandContext } from '@stricli/core'
import type { ExitCode } from './exit-codes.ts'

interface Output {
  readonly isTTY?: boolean
  readonly columns?: number
  /** @param taken - called when it was taken, or can no longer be */
  write(text: string, taken?: () => void): unknown
}

export interface CliIO {
  readonly stdin: Readable & { readonly isTTY?: boolean }
  readonly stdout: Output
  readonly stderr: Output
  readonly env: Readonly<Record<string, string | undefined>>
  /** Aborted when the user, or the system, wants the program to end. */
  readonly signal: AbortSignal
  /** What is done when whoever reads standard output has gone; until something is, the program then ends at once. */
  onReaderGone(act: () => void): void
}

/** What commands see as `this`. */
export interface Context extends CommandContext {
  readonly io: CliIO
  /** Ends with this code although nothing was thrown. */
  exit(code: ExitCode): void
}

/** One event a line for programs. */
export function printJson(io: CliIO, value: unknown): void {
  io.stdout.write(`${JSON.stringify(value)}\n`)
}

export function print(io: CliIO, text = ''): void {
  io.stdout.write(`${text}\n`)
}

export function note(io: CliIO, text: string): void {
  io.stderr.write(`${text}\n`)
}
