import { readFile } from 'node:fs/promises'
import { reasonOf, verifyLog, verifyLogs, type VerifyReport } from '@branchline/audit-sink'
import { CliError } from '../cli-error.ts'
import { exitCodeOfVerdict } from '../exit-codes.ts'
import { type Context, print, printJson } from '../io.ts'
import { type OpenLog, openLogsForReading } from '../log-source.ts'
import type { VerifyFlags } from './audit.ts'
import { printJoin, printReport } from './audit-report.ts'
import { knownDirectors } from './known-directors.ts'
import { progress } from './audit-progress.ts'

export async function verify(this: Context, flags: VerifyFlags, ...places: string[]): Promise<void> {
  const checkpoints = await Promise.all((flags.checkpoint ?? []).map(readCheckpoint))
  const directors = await knownDirectors(this.io, flags)
  await using logs = await openLogsForReading(this.io, places, flags.profile)
  const [only, another] = logs.all
  if (only !== undefined && another === undefined && flags.expect === undefined) {
    await verifyOne.call(this, flags, only, { checkpoints, directors })
  } else {
    await verifySeveral.call(this, flags, logs.all, { checkpoints, directors })
  }
}

interface Known {
  readonly checkpoints: readonly Uint8Array[]
  readonly directors: readonly string[]
}

async function verifyOne(this: Context, flags: VerifyFlags, log: OpenLog, known: Known): Promise<void> {
  const { io } = this
  const shown = progress(io)
  const options = { signal: io.signal, onProgress: shown.onProgress, ...known, witnesses: flags.witness }
  const report = await verifyLog(log.source, options)
  shown.end()
  if (flags.json) printJson(io, { readFrom: log.from, ...report })
  else printReport(io, report, log.from)
  assertCompared(report, report.strayCheckpoints)
  this.exit(exitCodeOfVerdict(report.verdict))
}

async function verifySeveral(this: Context, flags: VerifyFlags, logs: readonly OpenLog[], known: Known): Promise<void> {
  const { io } = this
  const shown = progress(io)
  const named = logs.map(({ source, from }) => ({ source, name: from }))
  const { signal } = io
  const options = {
    signal,
    onProgress: shown.onProgress,
    ...known,
    witnesses: flags.witness,
    expected: flags.expect,
  }
  const report = await verifyLogs(named, options)
  shown.end()
  if (flags.json) {
    printJson(io, { ...report, logs: report.logs.map((each, n) => ({ readFrom: logs[n]?.from, ...each })) })
  } else {
    for (const [n, each] of report.logs.entries()) {
      printReport(io, each, (logs[n] as OpenLog).from)
      print(io)
    }
    printJoin(io, report)
  }
  assertCompared(report, report.strayCheckpoints)
  this.exit(exitCodeOfVerdict(report.verdict))
}

async function readCheckpoint(file: string): Promise<Uint8Array> {
  return readFile(file).catch((cause: unknown) => {
    throw new CliError('USAGE', `the checkpoint ${file} cannot be read: ${reasonOf(cause)}`, { cause })
  })
}

/** Whoever gives a checkpoint must not be told INTACT without it. */
function assertCompared({ verdict }: Pick<VerifyReport, 'verdict'>, strays: readonly string[]): void {
  if (strays.length === 0 || verdict !== 'INTACT') return
  throw new CliError('USAGE', `a checkpoint of ${strays.join(', ')} was given, and no log of that origin`)
}
