import { join } from 'node:path'
import { expect } from 'vitest'
import { branchline } from './branchline.ts'
import { testFolder } from './test-folder.ts'

export const LIBRARY = 'Milltown Public Library'

/** A library that is made by commands alone, as people make one. */
export interface Town {
  readonly folder: string
  readonly key: string
  readonly roster: string
  /** Runs a command that must succeed. */
  readonly does: (...args: string[]) => Promise<string>
}

export async function town(): Promise<Town> {
  const folder = await testFolder()
  const key = join(folder, 'safe', 'director.key')
  const does = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await branchline(args)
    expect({ code, stderr }, args.join(' ')).toEqual({ code: 0, stderr: expect.any(String) })
    return stdout
  }
  await does('library', 'init', '--key', key, '--name', 'Dee', '--library', LIBRARY)
  return { folder, key, roster: join(folder, 'safe', 'library.roster'), does }
}

/** From the code to the roster with them on it; they have not taken it yet. @returns their profile */
export async function listed({ folder, key, does }: Town, name: string, ...flags: string[]): Promise<string> {
  const profile = join(folder, name.toLowerCase())
  const [code = ''] = (await does('join', '--profile', profile, '--name', name)).split('\n')
  await does('library', 'add', code, '--key', key, '--branch', 'Northside', ...flags)
  return profile
}

/** The roster comes to each of them. */
export async function joined({ roster, does }: Town, ...profiles: readonly string[]): Promise<void> {
  for (const profile of profiles) await does('join', roster, '--profile', profile, '--yes')
}
