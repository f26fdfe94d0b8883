/*
 * Shows that these tests can fail: `node test/record-before-send/mutate.ts [mutant …]`. Makes copies of the built packages
 * in which one line breaks the promise, runs the tests against each, and fails when one is not caught. Build first.
 */
import { spawnSync } from 'node:child_process'
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

interface Mutant {
  readonly what: string
  readonly package: 'core' | 'audit-sink'
  /** What is imported of it; the line may be in another file of the bundle. */
  readonly entry: string
  /** The environment variable by which subject.ts is told. */
  readonly variable: string
  /** Where it is cut open; must fit at one place. */
  readonly from: RegExp
  readonly to: string
  /** Each of these must fail. */
  readonly caughtBy: readonly string[]
}

const EARLY_MESSAGE =
  'const early = { leaf: "00", seq: 1, record: {}, line: Buffer.from("{}"), payloads: [{ label: "text", salt: Buffer.alloc(32), bytes: text }] }; ' +
  'void lane.deliver(new Recorded(sentMessage(early), early), deadline);'
const EARLY_EVENT = 'const early = { record: { time: 0 } }; this.#init.onMessage(new Recorded(valueOf(early), early));'

export const MUTANTS: Readonly<Record<string, Mutant>> = {
  'words-first': {
    what: 'the sender sends the words before it awaits their record',
    package: 'core',
    entry: 'index.js',
    variable: 'BRANCHLINE_CORE',
    from: /const \w+ = await this\.#records\.make\(letter, \{ signal \}\);/,
    to: `${EARLY_MESSAGE} $&`,
    caughtBy: ['failing-sender', 'kill-sender'],
  },
  'event-first': {
    what: 'the receiver shows a message before it awaits its record',
    package: 'core',
    entry: 'index.js',
    variable: 'BRANCHLINE_CORE',
    from: /(const \w+ = known \?\? await this\.#mint\(arrived, valueOf\);)\s+if \(known === void 0 \|\| this\.#unshown\.delete\(id\)\) this\.#init\.onMessage\(\w+\);/s,
    to: `if (known === undefined) { ${EARLY_EVENT} } $1`,
    caughtBy: ['failing-receiver', 'kill-receiver', 'system-calls'],
  },
  'receipt-unproven': {
    what: 'the messenger believes what the audit sink answers',
    package: 'core',
    entry: 'index.js',
    variable: 'BRANCHLINE_CORE',
    from: /return proven\(receipt, entry\);/,
    to: 'return receipt;',
    // What a sender then shows of its log is not proven, so that a receiver refuses it.
    caughtBy: ['failing-receiver'],
  },
  'answer-first': {
    what: 'the log answers before it has stored, so that message and receipt leave before their records',
    package: 'audit-sink',
    entry: 'index.js',
    variable: 'BRANCHLINE_AUDIT_SINK',
    from: /(async #commit\(\w+\) \{.*?)(try \{.*?)this\.#head = head;\s+(let next = 0;\s+for \(.*?\n)/s,
    to: '$1this.#head = head; $3$2',
    // A kill would have to come within the millisecond by which the record is late.
    caughtBy: ['failing-sender', 'failing-receiver'],
  },
  'no-read-back': {
    what: 'the log does not read back what it wrote',
    package: 'audit-sink',
    entry: 'index.js',
    variable: 'BRANCHLINE_AUDIT_SINK',
    from: /async function storeAndReadBack\(store, batch\) \{.*?await store\.append\(batch\);/s,
    to: '$& return;',
    caughtBy: ['failing-sender', 'failing-receiver'],
  },
  'no-flush': {
    what: 'the store does not flush to the disk',
    package: 'audit-sink',
    entry: 'stores/level.js',
    variable: 'BRANCHLINE_LEVEL',
    from: /batch\.write\(\{ sync: true \}\)/,
    to: 'batch.write({ sync: false })',
    caughtBy: ['system-calls'],
  },
}

const root = join(import.meta.dirname, '../..')
const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')

/** Tells how each test fared that should catch it; the exit code tells of one that did not. */
async function tryMutant(name: string, mutant: Mutant): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'branchline-mutant-'))
  try {
    const file = await makeMutant(folder, mutant)
    console.log(`\n${name}: ${mutant.what}`)
    for (const test of mutant.caughtBy) {
      const { status, failure } = run(test, { [mutant.variable]: pathToFileURL(file).href })
      console.log(`  ${test}: ${failure ?? `exit status ${status}, and no assertion failed`}`)
      if (status === 0 || failure === undefined) process.exitCode = 1
    }
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** @returns the file to import */
async function makeMutant(folder: string, { package: name, entry, from, to }: Mutant): Promise<string> {
  const original = join(root, 'packages', name)
  const dist = join(folder, 'dist')
  await cp(join(original, 'dist'), dist, { recursive: true })
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  await symlink(join(original, 'node_modules'), join(folder, 'node_modules'), 'junction')
  let places = 0
  for (const file of (await readdir(dist, { recursive: true })).filter((each) => each.endsWith('.js'))) {
    const code = await readFile(join(dist, file), 'utf8')
    places += code.match(new RegExp(from, `${from.flags}g`))?.length ?? 0
    await writeFile(join(dist, file), code.replace(from, to))
  }
  if (places !== 1) throw new Error(`${places} places look like ${from}: mutate.ts must learn what the line is now`)
  return join(dist, entry)
}

/** @returns the first assertion that failed, and the first thing that it did not expect, as the test runner tells them */
function run(test: string, variables: Record<string, string>): { status: number | null; failure: string | undefined } {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(VITEST|BRANCHLINE)/.test(name))
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [vitest, 'run', '--project', 'system', `test/record-before-send/${test}.test.ts`],
    {
      cwd: root,
      encoding: 'utf8',
      env: { ...Object.fromEntries(inherited), ...variables, BRANCHLINE_KILLS: '20', NO_COLOR: '1' },
    },
  )
  const [, failure, first = ''] = /(AssertionError: .*)(?:[^]*?\n\+ {3}(.*))?/.exec(stdout + stderr) ?? []
  return { status, failure: failure && `${failure}  ${first}` }
}

if (import.meta.main) {
  const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(MUTANTS)
  for (const name of names) await tryMutant(name, MUTANTS[name] as Mutant)
}
