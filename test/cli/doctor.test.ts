import { chmod, copyFile, cp, mkdir, readdir, readFile, rm, stat, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Finding } from '@branchline/core/doctor'
import { describe, expect, test } from 'vitest'
import { ALONE, branchline, endChat, startChat } from '../support/branchline.ts'
import { enrol } from '../support/library.ts'
import { testFolder } from '../support/test-folder.ts'

const LAN = ALONE.slice(2)
const TMPFS = 0x01021994

type Line = ({ readonly event: 'finding' } & Finding) | { readonly event: 'report'; readonly [name: string]: unknown }

async function doctor(profile: string, ...args: string[]) {
  const { code, stdout, stderr } = await branchline([
    'doctor',
    '--json',
    '--seconds',
    '2',
    '--profile',
    profile,
    ...LAN,
    ...args,
  ])
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)
  const findings = lines.filter((each) => each.event === 'finding')
  const codesOf = (...checks: Finding['check'][]): string[] =>
    findings.filter(({ check }) => checks.includes(check)).map((each) => each.code)
  return { code, stderr, findings, report: lines.at(-1), codesOf }
}

/** Ann's profile, after she had a chat with nobody. */
async function annsProfile(): Promise<string> {
  const folder = await testFolder()
  const chat = await startChat({ name: 'Ann', folder, profile: join(folder, 'ann') })
  await endChat(chat)
  return chat.profile
}

/** Names, bytes and times of all files. */
async function stateOf(folder: string): Promise<unknown[]> {
  const names = (await readdir(folder, { recursive: true })).toSorted()
  return Promise.all(
    names.map(async (name) => {
      const file = join(folder, name)
      const { mtimeMs, ino, mode } = await stat(file)
      const isFolder = (await stat(file)).isDirectory()
      // The file for the flushes came and went.
      return isFolder ? [name, ino, mode] : [name, mtimeMs, ino, mode, (await readFile(file)).toString('hex')]
    }),
  )
}

describe('the doctor reads, and changes nothing', () => {
  test('a profile that is well: no fault, and every byte and time of its files as it was', async () => {
    const profile = await annsProfile()
    const before = await stateOf(profile)
    const { code, stderr, report, codesOf, findings } = await doctor(profile)
    expect(codesOf('profile', 'roster', 'log')).toEqual([
      'PROFILE_FREE',
      'ROSTER_IN_FORCE',
      'MEMBER_LISTED',
      'LOG_OPENS',
    ])
    const isInMemory = (await statfs(profile)).type === TMPFS
    expect(codesOf('disk')).toContain('DISK_HAS_ROOM')
    expect(codesOf('disk').includes('DISK_FORGETS')).toBe(isInMemory)
    const { measured } = findings.find((each) => each.code === 'LOG_OPENS') as Finding
    expect(measured).toMatchObject({ size: 3, notedSize: 3, lastTimeMs: expect.any(Number) })
    expect(report).toMatchObject({ event: 'report', version: 1, faults: 0 })
    // A machine that is busy with other tests may have a slow disk.
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(await stateOf(profile)).toEqual(before)
  })

  test('where there is no profile, none is made, and what can be told without is told', async () => {
    const profile = join(await testFolder(), 'nobody')
    const { code, codesOf } = await doctor(profile)
    expect(codesOf('profile', 'roster', 'log')).toEqual(['PROFILE_MISSING', 'ROSTER_MISSING'])
    expect(codesOf('network')).toHaveLength(1)
    expect(code).toBe(7)
    await expect(stat(profile)).rejects.toThrow('ENOENT')
  })

  test('what was joined and never chatted has no log, and gets none', async () => {
    const folder = await testFolder()
    const profile = join(folder, 'ann')
    await enrol(folder, 'Ann', profile)
    const before = await stateOf(profile)
    const { code, codesOf } = await doctor(profile)
    expect(codesOf('log')).toEqual(['LOG_NOT_BEGUN'])
    expect(code).toBe(0)
    expect(await stateOf(profile)).toEqual(before)
  })
})

describe('a log that would not open is told of by the code that a start would give', () => {
  const errorOf = (findings: readonly Finding[]): unknown =>
    findings.find((each) => each.code === 'LOG_DOES_NOT_OPEN')?.measured['errorCode']

  test('a head note that is gone', async () => {
    const profile = await annsProfile()
    await rm(join(profile, 'log.head'))
    const { code, findings, codesOf } = await doctor(profile)
    expect(codesOf('log')).toEqual(['LOG_DOES_NOT_OPEN'])
    expect(errorOf(findings)).toBe('AUDIT_LOG_ROLLED_BACK')
    expect(findings.find(({ check }) => check === 'log')?.todo).toContain('audit recover')
    expect(code).toBe(7)
    await expect(stat(join(profile, 'log.head'))).rejects.toThrow('ENOENT')
  })

  test('a log that was rolled back', async () => {
    const folder = await testFolder()
    const profile = join(folder, 'ann')
    await endChat(await startChat({ name: 'Ann', folder, profile }))
    await cp(join(profile, 'log'), join(folder, 'backup'), { recursive: true })
    await endChat(await startChat({ name: 'Ann', folder, profile }))
    await rm(join(profile, 'log'), { recursive: true })
    await cp(join(folder, 'backup'), join(profile, 'log'), { recursive: true })
    const { code, findings } = await doctor(profile)
    expect(errorOf(findings)).toBe('AUDIT_LOG_ROLLED_BACK')
    expect(code).toBe(7)
  })

  test('a log of somebody else, and a log key that is gone', async () => {
    const profile = await annsProfile()
    await rm(join(profile, 'log.key'))
    expect(errorOf((await doctor(profile)).findings)).toBe('KEY_UNREADABLE')
    await expect(stat(join(profile, 'log.key'))).rejects.toThrow('ENOENT')
    const other = join(await testFolder(), 'other')
    await branchline(['join', '--profile', other])
    await copyFile(join(other, 'log.key'), join(profile, 'log.key'))
    expect(errorOf((await doctor(profile)).findings)).toBe('AUDIT_LOG_FOREIGN')
  })

  test('a head note that is behind is a warning, and no fault', async () => {
    const folder = await testFolder()
    const profile = join(folder, 'ann')
    await endChat(await startChat({ name: 'Ann', folder, profile }))
    const note = await readFile(join(profile, 'log.head'))
    await endChat(await startChat({ name: 'Ann', folder, profile }))
    await writeFile(join(profile, 'log.head'), note)
    const { code, codesOf } = await doctor(profile)
    expect(codesOf('log')).toEqual(['LOG_OPENS', 'LOG_NOTE_BEHIND'])
    expect(code).toBe(0)
  })
})

describe('what is wrong with a profile is a finding, and keeps nothing else from being looked at', () => {
  test('a key that others may read, settings that cannot be read, a roster that was edited', async () => {
    const folder = await testFolder()
    const profile = join(folder, 'ann')
    await enrol(folder, 'Ann', profile)
    await chmod(join(profile, 'identity.key'), 0o644)
    await writeFile(join(profile, 'settings.json'), '{"relays": 7}')
    const roster = join(profile, 'library.roster')
    await writeFile(roster, (await readFile(roster, 'utf8')).replace('"Bea"', '"Zoe"'))
    const { code, codesOf } = await doctor(profile)
    expect(codesOf('profile', 'roster')).toEqual(['SETTINGS_UNREADABLE', 'KEY_BAD', 'ROSTER_BAD'])
    expect(codesOf('disk', 'network', 'clock').length).toBeGreaterThanOrEqual(3)
    expect(code).toBe(7)
  })

  test('somebody who is not on the roster', async () => {
    const folder = await testFolder()
    await enrol(folder, 'Ann', join(folder, 'ann'))
    const zoe = join(folder, 'zoe')
    await branchline(['join', '--profile', zoe])
    await copyFile(join(folder, 'ann', 'library.roster'), join(zoe, 'library.roster'))
    expect((await doctor(zoe)).codesOf('roster')).toContain('MEMBER_NOT_LISTED')
  })

  test('a key that is none', async () => {
    const folder = await testFolder()
    await mkdir(join(folder, 'ann'))
    await writeFile(join(folder, 'ann', 'identity.key'), 'rubbish', { mode: 0o600 })
    expect((await doctor(join(folder, 'ann'))).codesOf('profile')).toEqual(['KEY_BAD'])
  })
})

describe('what people read', () => {
  test('a line for each finding, under it what to do, and a closing line; nothing of others acts on the terminal', async () => {
    const folder = await testFolder()
    const profile = join(folder, 'ann')
    await enrol(folder, 'Ann', profile)
    const bad = '/ip4/10.1.0.2/\u001b[31mred\u0007'
    const args = ['doctor', '--profile', profile, '--seconds', '2', ...LAN, '--relay', bad]
    const { code, stdout, stderr } = await branchline(args)
    expect(code).toBe(7)
    expect(stderr).toBe('')
    // oxlint-disable-next-line no-control-regex -- that there are none is what this is about
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/)
    const lines = stdout.trim().split('\n')
    const at = lines.findIndex((line) => line.includes('[RELAY_ADDRESS_BAD]'))
    expect(lines[at]).toMatch(
      /^FAULT {4}relays {6}\S.*: The address of a relay cannot be read\. \[RELAY_ADDRESS_BAD\]$/,
    )
    expect(lines[at + 1]).toMatch(/^ {21}To do: It must look like/)
    expect(lines.find((line) => line.includes('MEMBER') || line.includes('On the roster'))).toMatch(/^ok {7}roster/)
    expect(lines.at(-1)).toMatch(/^1 fault, .*the rest is well\.$/)
  })

  test.each(['1', '61', 'soon'])('--seconds %s is not understood', async (seconds) => {
    const { code, stdout } = await branchline(['doctor', '--seconds', seconds])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  })
})
