import { readFile, rename, writeFile } from 'node:fs/promises'
import { reasonOf } from '@branchline/audit-sink'
import { CliError } from '../cli-error.ts'
import type { ProfilePaths } from './paths.ts'

export interface Settings {
  /** Else what the roster says. */
  readonly name: string | undefined
  /** mDNS service name; else that of the roster. */
  readonly lan: string | undefined
  readonly listen: readonly string[] | undefined
  /** Beside those on the roster. */
  readonly relays: readonly string[]
  readonly peers: readonly string[]
  /** Verifier keys of those whose recoveries are believed, beside the directors on the roster. */
  readonly directors: readonly string[]
}

/** As the flags give them; what is not given is remembered, or has a default. */
export interface ConnectionFlags {
  readonly name?: string
  readonly lan?: string
  readonly listen?: readonly string[]
  readonly relay?: readonly string[]
  readonly peer?: readonly string[]
  readonly director?: readonly string[]
  readonly remember?: boolean
}

const FIELDS = ['name', 'lan', 'listen', 'relays', 'peers', 'directors'] as const

export async function settingsFor(paths: ProfilePaths, flags: ConnectionFlags): Promise<Settings> {
  const kept = await readSettings(paths.settings)
  const settings: Settings = {
    name: flags.name ?? kept.name,
    lan: flags.lan ?? kept.lan,
    listen: flags.listen ?? kept.listen,
    relays: flags.relay ?? kept.relays ?? [],
    peers: flags.peer ?? kept.peers ?? [],
    directors: flags.director ?? kept.directors ?? [],
  }
  if (flags.remember === true) await writeSettings(paths.settings, settings)
  return settings
}

async function readSettings(file: string): Promise<Partial<Settings>> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw invalid(file, error)
  }
  try {
    return assertSettings(JSON.parse(text))
  } catch (error) {
    throw invalid(file, error)
  }
}

function assertSettings(value: unknown): Partial<Settings> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError('it holds no object')
  for (const [name, setting] of Object.entries(value)) {
    const isList = Array.isArray(setting) && setting.every((each) => typeof each === 'string')
    const fits = name === 'name' || name === 'lan' ? typeof setting === 'string' : isList
    if (!FIELDS.includes(name as 'name') || !fits) throw new TypeError(`"${name}" is not as it should be`)
  }
  return value
}

async function writeSettings(file: string, settings: Settings): Promise<void> {
  await writeFile(`${file}.new`, `${JSON.stringify(settings, null, 2)}\n`, { mode: 0o600 })
  await rename(`${file}.new`, file)
}

function invalid(file: string, cause: unknown): CliError {
  return new CliError('PROFILE_INVALID', `the settings in ${file} cannot be read: ${reasonOf(cause)}`, { cause })
}
