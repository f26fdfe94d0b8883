import { execFile } from 'node:child_process'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const EXAMPLES = resolve(import.meta.dirname, '..', 'examples/src')

test('the example of two desks does what it says', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [join(EXAMPLES, 'two-desks.ts')], { timeout: 30_000 })
  expect(stdout.split('\n')).toEqual([
    'Workroom asks: Is 641.5945 ROM on your shelf?',
    'on record at both ends: #2 at the workroom, #2 at the desk',
    'INTACT',
    'INTACT',
    '1 of 1 messages at both ends',
    '',
  ])
})
