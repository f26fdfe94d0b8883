import { cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { type AuditSink, openDirectorKey } from '@branchline/audit-sink'
import { openIdentity, peerIdOf } from '@branchline/core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { recover } from '../src/commands/audit-recover.ts'
import { rotate } from '../src/commands/audit-rotate-key.ts'
import { verify } from '../src/commands/audit-verify.ts'
import { init } from '../src/commands/library-init.ts'
import type { ExitCode } from '../src/exit-codes.ts'
import type { Context } from '../src/io.ts'
import { openLog } from '../src/profile/open.ts'
import { profilePaths, type ProfilePaths } from '../src/profile/paths.ts'
import { settingsFor } from '../src/profile/settings.ts'

let place: string
let paths: ProfilePaths
let owner: string
let directorKey: string

/** A profile with a log of 3 records, and a director's key. */
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'branchline-continuation-'))
  paths = profilePaths(join(place, 'desk'))
  await mkdir(paths.folder)
  owner = peerIdOf(await openIdentity(paths.identity))
  await written(2)
  directorKey = join(place, 'director.key')
  await says(init, { key: directorKey, name: 'Dee', json: false })
})
afterEach(async () => rm(place, { recursive: true }))

async function written(entries: number): Promise<void> {
  const log: AuditSink = await openLog(paths, owner)
  for (let n = 0; n < entries; n++) await log.append([{ kind: 'roster', actor: owner, reason: `change ${n}` }])
  await log.close()
}

/** Puts back a copy of the log that was made before it had two records more; its head note stays. */
async function rollBack(): Promise<void> {
  const backup = join(place, 'backup')
  await cp(paths.log, backup, { recursive: true })
  await written(2)
  await rm(paths.log, { recursive: true })
  await cp(backup, paths.log, { recursive: true })
}

interface Said {
  readonly said: string
  readonly code: ExitCode | undefined
}

async function says<Flags, Places extends string[]>(
  command: (this: Context, flags: Flags, ...places: Places) => Promise<void>,
  flags: Flags,
  { stdin = Readable.from([]), places = [] as unknown as Places }: { stdin?: Readable; places?: Places } = {},
): Promise<Said> {
  let said = ''
  let code: ExitCode | undefined
  const output = { isTTY: false, write: (text: string) => (said += text) }
  const io = { stdin, stdout: output, stderr: output, env: {}, signal: new AbortController().signal }
  const exit = (given: ExitCode): void => {
    code = given
  }
  await command.call({ process, io, exit } as unknown as Context, flags, ...places)
  return { said, code }
}

const flags = (): { profile: string; json: false } => ({ profile: paths.folder, json: false })
const directorsKey = async (): Promise<string> => (await openDirectorKey(directorKey)).vkey

describe('library init', () => {
  test('makes a key for its owner alone, and prints what everybody may know of it', async () => {
    const { said } = await says(init, { key: join(place, 'other.key'), name: 'Eve', json: false })
    const { name, vkey } = await openDirectorKey(join(place, 'other.key'))
    expect(name).toBe('branchline/director/Eve')
    expect(said.split('\n')[0]).toBe(vkey)
    expect(said).toContain('branchline audit recover --key')
    if (process.platform !== 'win32') expect((await stat(join(place, 'other.key'))).mode & 0o777).toBe(0o600)
  })

  test('never writes over a file', async () => {
    const before = await readFile(directorKey, 'utf8')
    const again = says(init, { key: directorKey, name: 'Dee', json: false })
    await expect(again).rejects.toMatchObject({ code: 'KEY_EXISTS' })
    expect(await readFile(directorKey, 'utf8')).toBe(before)
  })

  test('makes no key for a name that a key cannot have', async () => {
    const spaced = says(init, { key: join(place, 'spaced.key'), name: 'Dee Dee', json: false })
    await expect(spaced).rejects.toMatchObject({ code: 'AUDIT_ENTRY_INVALID' })
    await expect(stat(join(place, 'spaced.key'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('a key under the name of another is not taken', async () => {
    const [, ...pem] = (await readFile(directorKey, 'utf8')).split('\n')
    await writeFile(directorKey, ['branchline/director/Eve+00000000+AAAA', ...pem].join('\n'))
    await expect(openDirectorKey(directorKey)).rejects.toMatchObject({ code: 'KEY_UNREADABLE' })
    await expect(openDirectorKey(join(place, 'none'))).rejects.toMatchObject({ code: 'KEY_UNREADABLE' })
  })
})

describe('audit rotate-key', () => {
  test('gives the log another key, whose file takes the place of the old, and the log stays INTACT', async () => {
    const before = await readFile(paths.logKey, 'utf8')
    const { said } = await says(rotate, { ...flags(), reason: 'the yearly change' })
    expect(said).toMatch(/^From record 3 on the log is signed with another key, branchline\//)
    expect(await readFile(paths.logKey, 'utf8')).not.toBe(before)
    await expect(stat(`${paths.logKey}.next`)).rejects.toMatchObject({ code: 'ENOENT' })
    await written(1)
    expect(await says(verify, flags())).toMatchObject({ code: 0, said: expect.stringMatching(/^INTACT/) })
  })

  test('does not make a profile, nor change anything for a reason that will not do', async () => {
    const nowhere = { profile: join(place, 'none'), json: false, reason: 'why' }
    await expect(says(rotate, nowhere)).rejects.toMatchObject({ code: 'LOG_MISSING' })
    await expect(says(rotate, { ...flags(), reason: 'two\nlines' })).rejects.toMatchObject({
      code: 'AUDIT_ENTRY_INVALID',
    })
    await written(1)
    expect((await says(verify, flags())).code).toBe(0)
  })

  test('is refused while a messenger runs on the profile', async () => {
    const log = await openLog(paths, owner)
    await expect(says(rotate, { ...flags(), reason: 'why' })).rejects.toMatchObject({ code: 'PROFILE_IN_USE' })
    await log.close()
  })
})

describe('audit recover', () => {
  test('lets a log go on that was rolled back, and says what was found, what is lost, and what goes on', async () => {
    await rollBack()
    await expect(openLog(paths, owner)).rejects.toMatchObject({
      code: 'AUDIT_LOG_ROLLED_BACK',
      message: expect.stringContaining('branchline audit recover'),
    })
    const { said } = await says(recover, { ...flags(), key: directorKey, reason: 'a backup was put back' })
    expect(said).toContain('found    AUDIT_LOG_ROLLED_BACK: ')
    expect(said).toContain('lost     records 3 to 4, as far as is known')
    expect(said).toContain('goes on  from record 3, which says why, by branchline/director/Dee')
    await written(3)
    const known = await says(verify, { ...flags(), director: [await directorsKey()] })
    expect(known).toMatchObject({ code: 10, said: expect.stringContaining('record 3: INCOMPLETE, RECORDS_LOST.') })
    expect((await says(verify, flags())).code).toBe(12)
  })

  test('the director is known without a flag where the profile remembers them', async () => {
    await says(recover, { ...flags(), key: directorKey, reason: 'Bea has 9', knownSize: 9 })
    await settingsFor(paths, { director: [await directorsKey()], remember: true })
    expect((await says(verify, flags())).code).toBe(10)
  })

  test('lets a log go on whose key is lost, or cannot be read', async () => {
    await rm(paths.logKey)
    const { said } = await says(recover, { ...flags(), key: directorKey, reason: 'the disk died' })
    expect(said).toContain('found    AUDIT_LOG_FOREIGN: ')
    expect(said).toContain('lost     no record that is known of')
    await written(1)
    await writeFile(paths.logKey, 'scrambled', { mode: 0o600 })
    const again = await says(recover, { ...flags(), key: directorKey, reason: 'and again' })
    expect(again.said).toContain('found    KEY_UNREADABLE: ')
    await written(1)
    expect((await says(verify, { ...flags(), director: [await directorsKey()] })).code).toBe(0)
  })

  test('has it in JSON', async () => {
    await rollBack()
    const { said } = await says(recover, { ...flags(), json: true, key: directorKey, reason: 'a backup was put back' })
    expect(JSON.parse(said)).toMatchObject({
      found: 'AUDIT_LOG_ROLLED_BACK',
      kept: 3,
      lost: 2,
      recordedAs: 3,
      director: await directorsKey(),
    })
  })

  test('asks a terminal for what is missing, and is a usage error in a pipe', async () => {
    const pipe = says(recover, { ...flags(), key: directorKey })
    await expect(pipe).rejects.toMatchObject({ code: 'USAGE' })
    const stdin = Object.assign(Readable.from([`${directorKey}\n`, 'a backup was put back\n']), { isTTY: true })
    const { said } = await says(recover, flags(), { stdin })
    expect(said).toContain('File with the director’s key: What has happened, in one line: found ')
    const silent = Object.assign(Readable.from(['\n']), { isTTY: true })
    await expect(says(recover, flags(), { stdin: silent })).rejects.toMatchObject({ code: 'USAGE' })
  })

  test('takes no key but a director’s, and leaves the log as it was', async () => {
    await rollBack()
    for (const key of [paths.logKey, join(place, 'none')]) {
      await expect(says(recover, { ...flags(), key, reason: 'why' })).rejects.toMatchObject({ code: 'KEY_UNREADABLE' })
    }
    await expect(openLog(paths, owner)).rejects.toMatchObject({ code: 'AUDIT_LOG_ROLLED_BACK' })
  })
})
