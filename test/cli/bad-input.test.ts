import { chmod, cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ALONE, branchline, endChat, type Ended, startChat } from '../support/branchline.ts'
import { enrol } from '../support/library.ts'
import { testFolder } from '../support/test-folder.ts'

/** One line on standard error, that begins with the code; nothing on standard output. */
function expectRefused({ code, stdout, stderr }: Ended, exitCode: number, errorCode: string): void {
  expect(stderr).toMatch(new RegExp(`^branchline: ${errorCode}: [^\n]+\n$`))
  expect({ code, stdout }).toEqual({ code: exitCode, stdout: '' })
}

describe('a start that cannot be', () => {
  test('a port that is taken', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const folder = await testFolder()
    const profile = join(folder, 'ann')
    await enrol(folder, 'Ann', profile)
    const taken = `/ip4/127.0.0.1/tcp/${port}`
    expectRefused(await branchline(['chat', '--profile', profile, '--listen', taken]), 6, 'LISTEN_FAILED')
    expectRefused(await branchline(['relay', '--profile', profile, '--listen', taken]), 6, 'LISTEN_FAILED')
    server.close()
  })

  test.each(['chat', 'relay', 'peers', 'serve --stdio'])('%s without a roster', async (command) => {
    const profile = join(await testFolder(), 'ann')
    const refused = await branchline([...command.split(' '), '--profile', profile])
    expectRefused(refused, 6, 'ROSTER_MISSING')
    expect(refused.stderr).toContain('branchline join')
    expect(await readdir(profile)).toEqual(['identity.key'])
  })

  test('somebody who is not on the roster', async () => {
    const folder = await testFolder()
    await enrol(folder, 'Ann', join(folder, 'ann'))
    const zoe = join(folder, 'zoe')
    await branchline(['join', '--profile', zoe])
    await cp(join(folder, 'ann', 'library.roster'), join(zoe, 'library.roster'))
    expectRefused(await branchline(['chat', '--profile', zoe, ...ALONE]), 6, 'MEMBER_UNKNOWN')
  })

  test('a roster that was edited', async () => {
    const folder = await testFolder()
    await enrol(folder, 'Ann', join(folder, 'ann'))
    const roster = join(folder, 'ann', 'library.roster')
    await writeFile(roster, (await readFile(roster, 'utf8')).replace('"Bea"', '"Zoe"'))
    expectRefused(await branchline(['chat', '--profile', join(folder, 'ann'), ...ALONE]), 6, 'ROSTER_UNSIGNED')
  })

  test('a key that others may read', async () => {
    const profile = join(await testFolder(), 'ann')
    await branchline(['whoami', '--profile', profile])
    await chmod(join(profile, 'identity.key'), 0o644)
    expectRefused(await branchline(['chat', '--profile', profile]), 6, 'KEY_EXPOSED')
  })

  test('a key that is none', async () => {
    const profile = join(await testFolder(), 'ann')
    await mkdir(profile)
    await writeFile(join(profile, 'identity.key'), 'not a key', { mode: 0o600 })
    expectRefused(await branchline(['chat', '--profile', profile]), 6, 'KEY_UNREADABLE')
    expect(await readdir(profile)).toEqual(['identity.key'])
  })

  test('a profile that is a file', async () => {
    const profile = join(await testFolder(), 'ann')
    await writeFile(profile, '')
    expectRefused(await branchline(['chat', '--profile', profile]), 6, 'PROFILE_INVALID')
  })

  test('a log that was begun with another key', async () => {
    const folder = await testFolder()
    const ann = await startChat({ name: 'Ann', folder })
    await endChat(ann)
    await writeFile(join(ann.profile, 'log.key'), '', { mode: 0o600 })
    expectRefused(await branchline(['chat', '--profile', ann.profile, ...ALONE]), 6, 'KEY_UNREADABLE')
  })

  test.each([
    [['--listen', 'localhost:80'], 'ADDRESS_INVALID'],
    [['--relay', '/ip4/10.0.0.1/tcp/4100'], 'PEER_INVALID'],
    [['--peer', 'bea'], 'PEER_INVALID'],
    [['--name', 'two\nlines'], 'NAME_INVALID'],
    [['--lan', 'North Side'], 'NAME_INVALID'],
  ])('%j', async (flags, code) => {
    const folder = await testFolder()
    await enrol(folder, 'Ann', join(folder, 'ann'))
    expectRefused(await branchline(['chat', '--profile', join(folder, 'ann'), ...flags]), 2, code)
  })
})

describe('a call that cannot be understood', () => {
  test.each([[['shout']], [['chat', '--loud']], [['send']], [['audit', 'join', 'one']], [['chat', '--wait', 'long']]])(
    '%j',
    async (args) => {
      const { code, stdout, stderr } = await branchline(args)
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
      expect(stderr).not.toMatch(/^\s+at /m)
    },
  )

  test.each([
    ['nobody of that name', ['zoe'], 'PEER_UNKNOWN'],
    ['a room that one is not in', ['#kitchen'], 'CONVERSATION_UNKNOWN'],
    ['somebody who is on the roster, and not there now', ['--now', 'bea'], 'PEER_UNREACHABLE'],
  ])('%s', async (_, to, errorCode) => {
    const folder = await testFolder()
    const profile = join(folder, 'ann')
    await enrol(folder, 'Ann', profile)
    const args = ['send', '--profile', profile, ...ALONE, '--wait', '0', ...to, 'Good morning']
    expectRefused(await branchline(args), 5, errorCode)
  })

  test('no log to verify', async () => {
    expectRefused(await branchline(['audit', 'verify', await testFolder()]), 6, 'LOG_MISSING')
  })
})

describe('help', () => {
  test('teaches how to begin', async () => {
    const { code, stdout } = await branchline(['--help'])
    expect(code).toBe(0)
    for (const words of ['branchline demo', 'branchline chat', 'branchline audit verify'])
      expect(stdout).toContain(words)
  })

  test.each([
    'chat',
    'send',
    'outbox',
    'peers',
    'whoami',
    'join',
    'relay',
    'audit verify',
    'audit show',
    'audit join',
    'library add',
    'demo',
  ])('is there for %s', async (command) => {
    const { code, stdout } = await branchline([...command.split(' '), '--help'])
    expect(code).toBe(0)
    expect(stdout).toContain(`branchline ${command}`)
  })
})
