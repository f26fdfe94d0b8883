import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'

const SOURCE = readFileSync(join(import.meta.dirname, '../bin/branchline.cjs'), 'utf8').replace(/^#!.*\n/, '')

class Ended extends Error {}

/** Runs the launcher as a Node of this version would, up to where it ends. */
function launch(version: string): { said: string[]; code: number | undefined } {
  const said: string[] = []
  let code: number | undefined
  const exit = (given: number): never => {
    code = given
    throw new Ended()
  }
  const process = { versions: { node: version }, version: `v${version}`, execPath: '/usr/bin/node', exit }
  try {
    runInNewContext(SOURCE, { process, console: { error: (text: string) => said.push(text) } })
  } catch (error) {
    if (!(error instanceof Ended)) throw error
  }
  return { said, code }
}

describe('the launcher', () => {
  test.each(['12.22.0', '18.19.1', '20.20.2'])('tells an old Node (%s) so, in one line', (version) => {
    const { said, code } = launch(version)
    expect(code).toBe(1)
    expect(said).toEqual([`branchline needs Node.js 22 or newer; this is v${version} (/usr/bin/node).`])
  })

  test('has no syntax that an old Node cannot read', () => {
    expect(SOURCE).not.toMatch(/=>|\?\?|\?\.|\b(const|let|class|async)\b/)
  })
})
