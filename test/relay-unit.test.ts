import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { branchline, LAUNCHER } from './support/branchline.ts'
import { enrol } from './support/library.ts'
import { Program, type Said } from './support/program.ts'
import { testFolder } from './support/test-folder.ts'

const run = promisify(execFile)
const DOCUMENT = readFileSync(new URL('../docs/relay.md', import.meta.url), 'utf8')
const UNIT = /```ini\n([\s\S]*?)```/.exec(DOCUMENT)?.[1] as string

type Ready = Said & { readonly event: 'ready'; readonly metrics: string }

/** The options of a unit, in its order. */
function optionsOf(unit: string): [string, string][] {
  return unit.split('\n').flatMap((line): [string, string][] => {
    const at = line.indexOf('=')
    return at > 0 ? [[line.slice(0, at), line.slice(at + 1)]] : []
  })
}

const options = new Map(optionsOf(UNIT))
const words = (options.get('ExecStart') ?? '').split(' ')

/** The command line of the unit, on a profile and ports of the test's own. */
function commandOn(profile: string): string[] {
  const change: Record<string, string> = {
    '--profile': profile,
    '--listen': '/ip4/127.0.0.1/tcp/0',
    '--metrics': '127.0.0.1:0',
  }
  return words.slice(1).map((word, n, all) => change[all[n - 1] ?? ''] ?? word)
}

describe('the systemd unit in docs/relay.md', () => {
  test('runs a relay that tells of itself, and ends when it is told to', async () => {
    const folder = await testFolder()
    const profile = join(folder, 'relay')
    await enrol(folder, 'Ann', profile)
    const args = [LAUNCHER, ...commandOn(profile), '--json', '--lan', `test-${process.pid}`]
    const program = new Program<Ready>(process.execPath, args, join(folder, 'relay-program'))
    onTestFinished(() => program.kill())
    const { metrics } = await program.until('ready')
    const said = await (await fetch(metrics)).text()
    expect(said).toMatch(/^branchline_relay_reservations_left 256$/m)
    expect(said).toMatch(/^branchline_relay_roster_members 4$/m)
    expect(await (await fetch(metrics.replace('/metrics', '/ready'))).text()).toBe('ready\n')
    program.killNow('SIGTERM')
    await program.end()
  })

  test('would not start if it told its metrics to others', async () => {
    const args = words.slice(1).map((word) => word.replace('127.0.0.1:9410', '0.0.0.0:9410'))
    expect(await branchline(args)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^branchline: ADDRESS_INVALID: /),
    })
  })

  test('has its profile in its state directory, and says each thing once', () => {
    expect(words[words.indexOf('--profile') + 1]).toBe(`/var/lib/${options.get('StateDirectory')}`)
    const names = optionsOf(UNIT).map(([name]) => name)
    expect(names).toEqual([...new Set(names)])
  })

  test('is one that systemd takes, and calls safe', async () => {
    const folder = await testFolder()
    try {
      await run('systemd-analyze', ['--version'])
    } catch (error) {
      return console.warn(`systemd does not look at the unit: ${String(error)}`)
    }
    const file = join(folder, 'branchline-relay.service')
    const program = join(folder, 'bin', 'branchline')
    await mkdir(join(folder, 'bin'))
    await writeFile(program, '#!/bin/sh\n')
    await chmod(program, 0o755)
    const unit = UNIT.replace('/usr/bin/branchline', program)
    await writeFile(file, unit)
    const { stdout, stderr } = await run('systemd-analyze', ['verify', '--man=no', file])
    expect(stdout + stderr).not.toContain('branchline')
    await run('systemd-analyze', ['security', '--offline=true', '--threshold=20', file])
  })
})
