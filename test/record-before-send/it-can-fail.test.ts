import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { MUTANTS } from './mutate.ts'
import { FULL } from '../support/trial.ts'

const TIMEOUT_MS = 600_000

/** The sender's line and the receiver's; the trial tries the others, too, which takes minutes. */
const IN_SHORT = ['words-first', 'event-first']
const names = FULL ? Object.keys(MUTANTS) : IN_SHORT

describe('these tests fail when', () => {
  test.each(names.map((name) => [MUTANTS[name]?.what, name]))(
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
