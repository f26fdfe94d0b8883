import { run } from '@stricli/core'
import { app } from './app.ts'
import { EXIT, type ExitCode, fromStricli } from './exit-codes.ts'
import type { CliIO, Context } from './io.ts'

/** Runs one command line to its end; the only place that ends the process is below. */
export async function runCli(args: readonly string[], io: CliIO): Promise<number> {
  let chosen: ExitCode | undefined
  const process = {
    stdout: io.stdout,
    stderr: io.stderr,
    env: io.env,
    exitCode: undefined as number | string | null | undefined,
  }
  const context: Context & { process: typeof process } = {
    process,
    io,
    exit: (code) => {
      chosen = code
    },
  }
  await run(app, args, context)
  const code = fromStricli(Number(process.exitCode ?? EXIT.OK))
  return code === EXIT.OK ? (chosen ?? code) : code
}

const FORCE_QUIT_MS = 5_000

async function main(): Promise<void> {
  // Until the command has ended: should Node run out of work before that, nobody must take it for done.
  process.exitCode = EXIT.FAILED
  const unfinished = (): void => console.error('branchline: ended before the command had ended; please report this')
  process.once('beforeExit', unfinished)
  const ending = new AbortController()
  const end = (): void => {
    ending.abort()
    // A second signal, or an end that takes too long, is not argued with: what is on record stays on record.
    setTimeout(() => process.exit(EXIT.INTERRUPTED), FORCE_QUIT_MS).unref()
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end)
  // A reader that has seen enough (`| head`) is no error.
  let readerGone = (): void => process.exit(EXIT.OK)
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    readerGone()
  })
  const { stdin, stdout, stderr, env } = process
  const onReaderGone = (act: () => void): void => void (readerGone = act)
  const code = await runCli(process.argv.slice(2), { stdin, stdout, stderr, env, signal: ending.signal, onReaderGone })
  stdin.destroy()
  process.off('beforeExit', unfinished)
  process.exitCode = code
  // What nobody reads would keep it waiting for ever.
  if (code === EXIT.OUTPUT_UNREAD) process.exit(code)
}

await main()
