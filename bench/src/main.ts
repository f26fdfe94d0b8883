/**
 * Measures what docs promise in numbers, each against a rival in the same run: `npm run bench -- [name …] [--rounds N]
 * [--json] [--check]`.
 */
import { availableParallelism, cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { append } from './append.ts'
import { reconnect, session } from './links.ts'
import { DEFAULT_ROUNDS } from './measure.ts'
import { memory } from './memory.ts'
import { messages } from './messages.ts'
import { isInMemory } from './place.ts'
import { receipt } from './receipt.ts'
import { type Benchmark, type Row, verdictOf } from './row.ts'
import { tableOf } from './table.ts'
import { verify } from './verify.ts'

const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  append,
  verify,
  messages,
  receipt,
  memory,
  session,
  reconnect,
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: String(DEFAULT_ROUNDS) },
    json: { type: 'boolean', default: false },
    /** Fails when a "must" is missed. */
    check: { type: 'boolean', default: false },
  },
})
const rounds = Number(values.rounds)
const names = positionals.length > 0 ? positionals : Object.keys(BENCHMARKS)
const unknown = names.filter((name) => BENCHMARKS[name] === undefined)
if (unknown.length > 0 || !Number.isInteger(rounds) || rounds < 1) {
  console.error(`usage: npm run bench -- [${Object.keys(BENCHMARKS).join(' | ')}] … [--rounds N] [--json] [--check]`)
  process.exit(2)
}

const machine = {
  cpu: cpus()[0]?.model,
  threads: availableParallelism(),
  node: process.version,
  platform: process.platform,
}
const loadBefore = loadavg()[0]
const rows: Row[] = []
for (const name of names) {
  const benchmark = BENCHMARKS[name] as Benchmark
  console.error(`${name}: ${benchmark.about} …`)
  rows.push(...(await benchmark.run(rounds)))
}

if (values.json) {
  console.log(
    JSON.stringify(
      { machine, loadBefore, rounds, rows: rows.map((row) => ({ ...row, verdict: verdictOf(row) })) },
      undefined,
      2,
    ),
  )
} else {
  console.log(`\n${tableOf(rows)}\n`)
  console.log(`Medians of ${rounds} rounds after a warm-up [min..max]; a ratio is that of the two values of one round.`)
  console.log(
    `${machine.cpu}, ${machine.threads} threads, Node ${machine.node}; load before: ${loadBefore?.toFixed(2)}`,
  )
  if (await isInMemory())
    console.log('The temporary folder is in memory, where a flush costs nothing: set TMPDIR to a disk.')
}
if (values.check && rows.some((row) => verdictOf(row) === 'below must')) process.exitCode = 1
