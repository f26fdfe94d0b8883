import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { profilePaths } from '../src/profile/paths.ts'
import { settingsFor } from '../src/profile/settings.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'branchline-settings-'))
})
afterEach(() => rm(folder, { recursive: true }))

describe('settings', () => {
  test('are kept when that is asked for, for their owner alone, and a flag goes before them', async () => {
    const paths = profilePaths(folder)
    await settingsFor(paths, { name: 'Ann', lan: 'north', remember: true })
    expect(await settingsFor(paths, {})).toMatchObject({ name: 'Ann', lan: 'north', relays: [] })
    expect(await settingsFor(paths, { lan: 'south' })).toMatchObject({ name: 'Ann', lan: 'south' })
    expect(await settingsFor(paths, {})).toMatchObject({ lan: 'north' })
    if (process.platform !== 'win32') expect((await stat(paths.settings)).mode & 0o777).toBe(0o600)
  })

  test.each(['', '[]', 'null', '{"name":7}', '{"relays":"/ip4/10.0.0.1"}', '{"directors":"key"}', '{"audit":"off"}'])(
    'that are %j are refused, and stay',
    async (text) => {
      const paths = profilePaths(folder)
      await writeFile(paths.settings, text)
      await expect(settingsFor(paths, {})).rejects.toMatchObject({ code: 'PROFILE_INVALID' })
      expect(await readFile(paths.settings, 'utf8')).toBe(text)
    },
  )
})
