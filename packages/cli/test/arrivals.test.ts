import { hash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Arrivals, fileNameOf } from '../src/chat/arrivals.ts'

const bytes = Buffer.from('the reading list')
let folder = ''
let stored = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'branchline-arrivals-'))
  stored = join(folder, 'stored')
  await writeFile(stored, bytes)
})

afterEach(() => rm(folder, { recursive: true }))

const arrived = (name: string, sha256 = hash('sha256', bytes)) => ({
  id: 'a'.repeat(64),
  from: 'bea',
  conversation: undefined,
  size: bytes.length,
  name,
  sha256,
  path: stored,
})

describe('a file that has come', () => {
  test('is put under its own name, and never onto one that is there', async () => {
    const arrivals = new Arrivals(join(folder, 'received'))
    const first = await arrivals.take(arrived('list.pdf'))
    const second = await arrivals.take(arrived('list.pdf'))
    expect([first, second]).toEqual(['list.pdf', 'list (2).pdf'].map((name) => join(folder, 'received', name)))
    expect(await readFile(second)).toEqual(bytes)
  })

  test('is put into the folder that was named for it', async () => {
    await mkdir(join(folder, 'desk'))
    const arrivals = new Arrivals(join(folder, 'received'))
    arrivals.put('a'.repeat(64), join(folder, 'desk'))
    expect(await arrivals.take(arrived('list.pdf'))).toBe(join(folder, 'desk', 'list.pdf'))
  })

  test('is said to be where it is when it cannot be copied, or the copy is something else', async () => {
    const arrivals = new Arrivals(join(folder, 'received'))
    const failed = { code: 'FILE_NOT_COPIED', message: expect.stringContaining(stored) }
    await expect(arrivals.take(arrived('list.pdf', 'b'.repeat(64)))).rejects.toMatchObject(failed)
    arrivals.put('a'.repeat(64), join(folder, 'nowhere'))
    await expect(arrivals.take(arrived('list.pdf'))).rejects.toMatchObject(failed)
    await expect(readFile(join(folder, 'received', 'list.pdf'))).rejects.toThrow('ENOENT')
  })
})

test.each([
  ['list.pdf', 'list.pdf'],
  ['../../etc/passwd', '__.._etc_passwd'],
  ['..', '_'],
  ['.bashrc', '_bashrc'],
  ['C:\\temp\\x', 'C__temp_x'],
  ['con.txt', '_con.txt'],
  ['trailing. . ', 'trailing'],
  ['\u001b[2Jred\u202efdp.exe', 'red_fdp.exe'],
  [`${'ü'.repeat(120)}.pdf`, `${'ü'.repeat(52)}.pdf`],
])('the name %j leads nowhere and hides nothing: %j', (name, expected) => {
  expect(fileNameOf(name)).toBe(expected)
})
