import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { verify } from 'node:crypto'
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openKeyFile, openLogKey } from '../src/index.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'branchline-keys-'))
})
afterAll(() => rm(folder, { recursive: true }))

test('a key is made once, for its owner alone, and is the same ever after', async () => {
  const file = join(folder, 'deep', 'log.key')
  const first = await openLogKey(file, 'branchline/x')
  if (process.platform !== 'win32') expect((await stat(file)).mode & 0o777).toBe(0o600)
  const second = await openLogKey(file, 'branchline/x')
  expect(second.vkey).toBe(first.vkey)
  const words = Buffer.from('words')
  const publicKey = createPublicKey(await readFile(file, 'utf8'))
  expect(verify(null, words, publicKey, await first.sign(words))).toBe(true)
})

test.skipIf(process.platform === 'win32')('a key that others may read is refused, with the cure', async () => {
  const file = join(folder, 'exposed.key')
  await openKeyFile(file)
  await chmod(file, 0o644)
  await expect(openKeyFile(file)).rejects.toMatchObject({
    code: 'KEY_EXPOSED',
    message: expect.stringContaining('chmod 600'),
  })
})

test.each([
  ['rubbish', 'not a key'],
  ['of another kind', generateKeyPairSync('x25519').privateKey.export({ format: 'pem', type: 'pkcs8' }) as string],
  ['far too large', 'x'.repeat(10_000)],
  ['empty', ''],
])('a key file that is %s is refused and left as it was', async (name, content) => {
  const file = join(folder, `${name.replaceAll(' ', '-')}.key`)
  await writeFile(file, content, { mode: 0o600 })
  await expect(openKeyFile(file)).rejects.toMatchObject({ code: 'KEY_UNREADABLE' })
  expect(await readFile(file, 'utf8')).toBe(content)
})
