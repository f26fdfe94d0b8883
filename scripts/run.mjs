// Runs one job of the workspace on any machine that has Node 20 and npm: brings the pinned pnpm and
// Node 24 when they are missing or changed, then hands over to scripts/jobs.mjs under that Node.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const stampFile = join(root, 'node_modules', '.installed')
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

main()

function main() {
  const env = environment()
  installIfNeeded(env)
  const node = pinnedNode()
  env.PATH = [dirname(node), join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter)
  const outcome = spawnSync(node, [join(root, 'scripts', 'jobs.mjs'), ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...env, INIT_CWD: process.env.INIT_CWD ?? process.cwd() },
  })
  if (outcome.signal) process.kill(process.pid, outcome.signal)
  process.exit(outcome.status ?? 1)
}

/** npm's own variables would make pnpm and every tool below it believe that they run inside npm. */
function environment() {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_(config|package|lifecycle|node|execpath|command)/.test(name)),
  )
}

function installIfNeeded(env) {
  const inputs = ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', '.pnpmfile.mjs', ...workspaceManifests()]
  const hash = createHash('sha256').update(`${process.platform}-${process.arch}`)
  for (const file of inputs) if (existsSync(join(root, file))) hash.update(file).update(readFileSync(join(root, file)))
  const stamp = hash.digest('hex')
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return

  console.error('Installing what the workspace needs (once; about 20 seconds) …')
  const npx = process.platform === 'win32' ? 'npx.cmd' : 'npx'
  const args = [
    '--yes',
    '--loglevel=error',
    manifest.packageManager,
    'install',
    '--frozen-lockfile',
    '--reporter=append-only',
  ]
  const quiet = spawnSync(npx, args, { cwd: root, env, encoding: 'utf8', shell: process.platform === 'win32' })
  if (quiet.status !== 0) {
    console.error(`${quiet.stdout ?? ''}${quiet.stderr ?? ''}${quiet.error?.message ?? ''}`)
    console.error(
      'The install failed. It needs the npm registry; try again, or see CONTRIBUTING.md, "A fresh machine".',
    )
    process.exit(1)
  }
  writeFileSync(stampFile, stamp)
}

function workspaceManifests() {
  return ['packages/audit-sink', 'packages/core', 'packages/cli', 'examples', 'test', 'bench'].map(
    (dir) => `${dir}/package.json`,
  )
}

function pinnedNode() {
  const platform = process.platform === 'win32' ? 'win' : process.platform
  const name = process.platform === 'win32' ? 'node.exe' : 'node'
  const pinned = join(root, 'node_modules', `node-${platform}-${process.arch}`, 'bin', name)
  if (existsSync(pinned)) return pinned
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > 22 || (major === 22 && minor >= 18)) return process.execPath
  console.error(
    `No pinned Node for ${process.platform}-${process.arch}, and this one is ${process.version}: install Node 22.18 or newer.`,
  )
  process.exit(1)
}
