import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { MUTANTS } from './mutate.ts'

const TIMEOUT_MS = 600_000

describe.runIf(process.env['BRANCHLINE_TRIAL'] === 'full')('these tests fail when', () => {
  test.each(Object.entries(MUTANTS).map(([name, { what }]) => [what, name]))(
    '%s',
    (_, name) => {
      const script = join(import.meta.dirname, 'mutate.ts')
      const { status, stdout, stderr } = spawnSync(process.execPath, [script, name], { encoding: 'utf8' })
      console.log(stdout)
      expect(status, stderr).toBe(0)
    },
    TIMEOUT_MS,
  )
})
