import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

const ROOT = resolve(import.meta.dirname, '..')
/** From high to low: a package may import only those after it. */
const PACKAGES = ['cli', 'core', 'audit-sink'] as const
const NAMES = { cli: 'branchline', core: '@branchline/core', 'audit-sink': '@branchline/audit-sink' } as const
/** From high to low within a package: a file may import files of its own folder and of those after it. */
const FLOORS = {
  cli: [
    'main.ts',
    'app.ts',
    'commands',
    'chat',
    'serve',
    'demo',
    'doctor',
    'past.ts',
    'log-source.ts',
    'profile/open.ts',
    'live',
    'await-colleague.ts',
    'find-colleague.ts',
    'shown-origin.ts',
    'profile',
    'io.ts',
    'exit-codes.ts',
    'cli-error.ts',
  ],
  core: [
    'index.ts',
    'create-relay.ts',
    'create-messenger.ts',
    'hosted-messenger.ts',
    'doctor',
    'relay',
    'network',
    'messenger.ts',
    'messenger-init.ts',
    'files',
    'delivery',
    'history',
    'spread',
    'queue',
    'clock',
    'presence',
    'wire',
    'recorded.ts',
    'messages.ts',
    'identity.ts',
    'name.ts',
    'sanitise.ts',
    'holding-emitter.ts',
    'stream-of.ts',
    'in-time.ts',
    'content',
    'roster',
    'bucket.ts',
    'disk.ts',
    'limits.ts',
    'errors.ts',
  ],
  'audit-sink': [
    'index.ts',
    'conformance',
    'stores',
    'export',
    'log',
    'verify',
    'sink.ts',
    'keys',
    'store.ts',
    'clock.ts',
    'tlog',
    'record',
    'hash.ts',
    'characters.ts',
    'limits.ts',
    'errors.ts',
  ],
} as const
/** Lower files may name a type of a higher one, as long as nothing of it is left when the code runs. */
const isTypeOnly = (statement: string): boolean => /^import type\b|^export type\b/.test(statement)

const IMPORT = /^(?:import|export)\b(?:[^'"]*?\bfrom\s*)?['"]([^'"]+)['"]|import\(['"]([^'"]+)['"]\)/gm
const SOFT_CAP = 250
const HARD_CAP = 400
const GENERATED = 'core/src/wire/frame.ts'

interface SourceFile {
  readonly name: string
  readonly path: string
  readonly text: string
}

function sources(name: string): SourceFile[] {
  const folder = join(ROOT, 'packages', name, 'src')
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => ({ name: file, path: join(folder, file), text: readFileSync(join(folder, file), 'utf8') }))
}

function importsOf({ text }: SourceFile): { statement: string; from: string }[] {
  return [...text.matchAll(IMPORT)].map((match) => ({ statement: match[0], from: (match[1] ?? match[2]) as string }))
}

/** The most particular floor that holds a file; -1 when the plan has no room for it. */
function floorOf(floors: readonly string[], file: string): number {
  const rooms = floors.filter((floor) => file === floor || file.startsWith(`${floor}/`))
  const room = rooms.toSorted((a, b) => b.length - a.length)[0]
  return room === undefined ? -1 : floors.indexOf(room)
}

describe('the house stands: imports run only downward', () => {
  test.each(PACKAGES)('%s imports no package above it, and only what its package.json names', (name) => {
    const manifest = JSON.parse(readFileSync(join(ROOT, 'packages', name, 'package.json'), 'utf8'))
    const allowed = new Set(Object.keys(manifest.dependencies ?? {}))
    const above = PACKAGES.slice(0, PACKAGES.indexOf(name)).map((each) => NAMES[each])
    for (const file of sources(name)) {
      for (const { from } of importsOf(file).filter(({ from }) => !from.startsWith('.') && !from.startsWith('node:'))) {
        const packageName = from
          .split('/')
          .slice(0, from.startsWith('@') ? 2 : 1)
          .join('/')
        expect(above, `${file.name} imports ${from}`).not.toContain(packageName)
        expect([...allowed], `${file.name} imports ${from}`).toContain(packageName)
      }
    }
  })

  test.each(PACKAGES)('every file of %s has a floor, and imports only its own floor and those below', (name) => {
    const folder = join(ROOT, 'packages', name, 'src')
    const floors = FLOORS[name]
    for (const file of sources(name)) {
      const own = floorOf(floors, file.name)
      expect(own, `${file.name} has no room in the plan`).toBeGreaterThanOrEqual(0)
      for (const { statement, from } of importsOf(file).filter(
        ({ from }) => from.startsWith('.') && from.endsWith('.ts'),
      )) {
        const target = relative(folder, resolve(dirname(file.path), from))
        expect(existsSync(join(folder, target)), `${file.name} imports ${from}`).toBe(true)
        if (isTypeOnly(statement)) continue
        expect(floorOf(floors, target), `${file.name} imports ${target}, which is above it`).toBeGreaterThanOrEqual(own)
      }
    }
  })

  test('no file is longer than one can keep in mind', () => {
    const lengths = PACKAGES.flatMap((name) =>
      sources(name).map((file) => ({ file: `${name}/src/${file.name}`, lines: file.text.split('\n').length })),
    ).filter(({ file }) => file !== GENERATED)
    expect(lengths.filter(({ lines }) => lines > HARD_CAP)).toEqual([])
    const long = lengths.filter(({ lines }) => lines > SOFT_CAP).map(({ file, lines }) => `${file}: ${lines}`)
    if (long.length > 0) console.warn(`above the soft cap of ${SOFT_CAP} lines: ${long.join(', ')}`)
  })
})

describe('there is one way out', () => {
  test('nothing but wire/writer.ts sends on a stream', () => {
    const senders = sources('core').filter(({ text }) => /[sS]tream\.(send|sink)\b/.test(text))
    expect(senders.map(({ name }) => name)).toEqual(['wire/writer.ts'])
  })

  test('nothing but recorded.ts makes a Recorded, and the package gives away its type alone', () => {
    const makers = sources('core').filter(({ text }) => /new Recorded\b/.test(text))
    expect(makers.map(({ name }) => name)).toEqual(['recorded.ts'])
    const index = readFileSync(join(ROOT, 'packages/core/src/index.ts'), 'utf8')
    expect(index).toMatch(/export type \{ Recorded \} from/)
  })

  test('nothing but bin and main ends a process', () => {
    const enders = PACKAGES.flatMap((name) => sources(name).filter(({ text }) => /process\.exit\(/.test(text)))
    expect(enders.map(({ name }) => name)).toEqual(['main.ts'])
  })
})

describe.each(PACKAGES)('what %s exports', (name) => {
  test('is what was built, sources and declarations', () => {
    const folder = join(ROOT, 'packages', name)
    const { exports, bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    const targets = Object.values(exports as Record<string, string | Record<string, string>>).flatMap((entry) =>
      typeof entry === 'string' ? [entry] : Object.values(entry),
    )
    for (const target of [...targets, ...Object.values((bin ?? {}) as Record<string, string>)]) {
      expect(existsSync(join(folder, target)), target).toBe(true)
    }
  })

  test('is built from the entries that it names', () => {
    const folder = join(ROOT, 'packages', name)
    const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    const config = readFileSync(join(folder, 'tsup.config.ts'), 'utf8')
    for (const entry of Object.values(exports as Record<string, string | Record<string, string>>)) {
      if (typeof entry === 'string') continue
      expect(config).toContain(entry['@branchline/source']?.slice(2))
    }
  })
})
