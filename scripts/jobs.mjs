// The workspace's jobs, each a short list of steps; run by scripts/run.mjs under the pinned Node.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const PACKAGES = ['audit-sink', 'core', 'cli']
const [job = '', ...args] = process.argv.slice(2)

const JOBS = {
  start: () => {
    bundle()
    run('node', [join(root, 'packages/cli/bin/branchline.cjs'), ...(args.length === 0 ? ['demo'] : args)], {
      cwd: process.env.INIT_CWD,
      // What the demo tells to try next must work where nothing is installed.
      env: { BRANCHLINE_COMMAND: 'npm start --' },
    })
  },
  build: () => {
    bundle()
    run('tsc', ['-b'])
  },
  test: () => {
    JOBS.build()
    JOBS.check()
    run('vitest', ['run', ...args])
  },
  check: () => {
    run('biome', ['format', '.'])
    run('oxlint', ['--type-aware', '--deny-warnings'])
    run('tsc', ['-p', 'tsconfig.test.json'])
    run('knip', [])
    for (const name of PACKAGES) run('publint', ['run', `packages/${name}`, '--strict', '--pack', 'npm'])
    for (const name of PACKAGES.slice(0, 2))
      run('attw', ['--pack', `packages/${name}`, '--profile', 'esm-only', '--quiet'])
  },
  trial: () => {
    JOBS.build()
    const full = { env: { BRANCHLINE_TRIAL: 'full' } }
    if (args.length === 0) run('vitest', ['run', '--project', 'unit', 'packages/core/test/model'], full)
    run('vitest', ['run', '--project', 'system', '--project', 'branches', '--project', 'alone', ...args], full)
  },
  bench: () => {
    bundle()
    run('node', [join(root, 'bench/src/main.ts'), ...args])
  },
  format: () => run('biome', ['format', '--write', '.']),
  vectors: () => {
    const makers = [
      'make',
      'make_tree',
      'make_checkpoint',
      'make_continuation',
      'make_roster',
      'make_clock',
      'make_places',
      'make_content',
      'make_presence',
      'make_queue',
    ]
    for (const maker of makers) run('python3', [`spec/vectors/${maker}.py`])
  },
}

if (JOBS[job] === undefined) {
  console.error(`No job ${job}; there are ${Object.keys(JOBS).join(', ')}.`)
  process.exit(2)
}
JOBS[job]()

/** JavaScript only, and only for packages whose sources changed: starting must stay quick. */
function bundle() {
  for (const name of PACKAGES) {
    const folder = join(root, 'packages', name)
    const stamp = join(folder, 'dist', 'sources.sha256')
    const hash = sourcesHash(folder)
    if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) continue
    run('tsup', ['--silent'], { cwd: folder })
    writeFileSync(stamp, hash)
  }
}

function sourcesHash(folder) {
  const hash = createHash('sha256')
  for (const file of ['package.json', 'tsup.config.ts']) hash.update(readFileSync(join(folder, file)))
  for (const file of readdirSync(join(folder, 'src'), { recursive: true }).toSorted()) {
    const path = join(folder, 'src', file)
    if (statSync(path).isFile()) hash.update(file).update(readFileSync(path))
  }
  return hash.digest('hex')
}

function run(command, commandArgs, { cwd = root, env = {} } = {}) {
  const windows = process.platform === 'win32' && command !== 'node'
  const result = spawnSync(windows ? `${command}.cmd` : command, commandArgs, {
    cwd,
    env: { ...process.env, ...env },
    stdio: 'inherit',
    shell: windows,
  })
  if (result.error) console.error(`${command}: ${result.error.message}`)
  if (result.status !== 0) process.exit(result.status ?? 1)
}
