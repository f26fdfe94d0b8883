import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { AUDIT_ERROR_CODES, FINDING_VERDICTS } from '@branchline/audit-sink'
import { MESSENGER_ERROR_CODES } from '@branchline/core'
import { DOCTOR_CODES } from '@branchline/core/doctor'
import { describe, expect, test } from 'vitest'

const ROOT = resolve(import.meta.dirname, '..')
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8')

/** First cell of every row of the tables in a Markdown text, without its backquotes. */
function firstCells(text: string): string[] {
  return [...text.matchAll(/^\| `([A-Z_0-9]+)` \|/gm)].map((match) => match[1] as string)
}

/** They never cross the wire: what is told to whoever posts. */
const OF_OURS: ReadonlySet<string> = new Set(['MESSAGE_EMPTY', 'MESSAGE_QUEUED'])

describe('codes, documents and types say the same', () => {
  test('docs/errors.md has every code once, and no other', () => {
    const cli = [...read('packages/cli/src/cli-error.ts').matchAll(/^ {2}'([A-Z_]+)',$/gm)].map(
      (match) => match[1] as string,
    )
    const inCode = [...AUDIT_ERROR_CODES, ...MESSENGER_ERROR_CODES, ...cli].toSorted()
    expect(firstCells(read('docs/errors.md')).toSorted()).toEqual(inCode)
  })

  test('docs/doctor.md has every finding of the doctor, with its verdict', () => {
    const rows = [...read('docs/doctor.md').matchAll(/^\| `([A-Z_]+)` \| (ok|warning|fault|unknown) \|/gm)]
    const inDocument = rows.map(([, code, verdict]) => [code, verdict])
    expect(inDocument).toEqual(Object.entries(DOCTOR_CODES).map(([code, { verdict }]) => [code, verdict]))
  })

  test('docs/cli.md has every exit code with its number', () => {
    const inCode = [...read('packages/cli/src/exit-codes.ts').matchAll(/^ {2}([A-Z_]+): (\d+),$/gm)].map(
      ([, name, number]) => `${number} ${name}`,
    )
    const inDocument = [...read('docs/cli.md').matchAll(/^\| (\d+) \| `([A-Z_]+)` \|/gm)].map(
      ([, number, name]) => `${number} ${name}`,
    )
    expect(inDocument).toEqual(inCode)
  })

  test('the specification has every finding of the verifier, with its verdict', () => {
    const rows = [...read('spec/audit-log.md').matchAll(/^\| `([A-Z_]+)` \| ([A-Z ]+) \|/gm)]
    const inDocument = rows.map(([, code, verdict]) => [code, verdict?.replace(' ', '_')])
    expect(Object.fromEntries(inDocument)).toEqual(FINDING_VERDICTS)
  })

  test('the specification of the wire has every code that a message can be refused with', () => {
    const wire = read('spec/wire.md')
    for (const code of MESSENGER_ERROR_CODES.filter(
      (each) => /^(MESSAGE|FRAME|RECEIPT|LOG|MEMBER)_/.test(each) && !OF_OURS.has(each),
    )) {
      expect(wire).toContain(`\`${code}\``)
    }
  })
})

test('the specification of files has every code with which one is not given, or not kept', () => {
  const files = read('spec/files.md')
  const ofOurs = /^FILE_(STORE_|TOO_LARGE|UNREADABLE)/
  for (const code of MESSENGER_ERROR_CODES.filter((each) => each.startsWith('FILE_') && !ofOurs.test(each))) {
    expect(files).toContain(`\`${code}\``)
  }
})

describe('the specification of serve --stdio', () => {
  const { results, event } = JSON.parse(read('spec/stdio.schema.json')).$defs
  const stdio = read('spec/stdio.md')

  test('has every method and every event of its schema', () => {
    const events = event.oneOf.map((each: { properties: { event: { const: string } } }) => each.properties.event.const)
    expect(events).toContain('ready')
    for (const name of [...Object.keys(results.properties), ...events]) expect(stdio).toContain(`\`${name}\``)
  })

  test('has every code with which a line is refused', () => {
    const inCode = [...read('packages/cli/src/cli-error.ts').matchAll(/^ {2}'([A-Z_]+)',$/gm)].map(([, code]) => code)
    const ofServe = inCode.filter((code) => /^(CANCELLED|ID_|LINE_|METHOD_|OUTPUT_|PARAMS_|REQUESTS_)/.test(code ?? ''))
    expect(ofServe).toHaveLength(8)
    for (const code of ofServe) expect(stdio).toContain(`\`${code}\``)
  })
})

describe('the specification of the roster', () => {
  test('has every code with which a roster, a member or a request is refused', () => {
    const roster = read('spec/roster.md')
    for (const code of MESSENGER_ERROR_CODES.filter((each) => /^(ROSTER|MEMBER|REQUEST)_/.test(each))) {
      if (code !== 'ROSTER_MISSING') expect(roster).toContain(`\`${code}\``)
    }
  })
})

describe('what the README shows works', () => {
  test('its example is a file that is type-checked with everything else', () => {
    const shown = /```ts\n([\s\S]*?)```/.exec(read('README.md'))?.[1]
    const file = read('examples/src/embed.ts')
    const body = file.slice(
      file.indexOf('// README begins\n') + '// README begins\n'.length,
      file.indexOf('// README ends'),
    )
    expect(shown?.trim()).toBe(body.trim())
    expect(body.trim().split('\n').length).toBeLessThanOrEqual(12)
  })

  test('its links lead to files that are there', () => {
    for (const document of ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'docs/README.md']) {
      const folder = join(ROOT, document, '..')
      for (const [, target] of read(document).matchAll(/\]\((?!https?:|#|mailto:)([^)#]+)/g)) {
        expect(() => readFileSync(join(folder, target as string)), `${document}: ${target}`).not.toThrow(/ENOENT/)
      }
    }
  })
})
