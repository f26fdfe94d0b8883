import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { reasonOf } from '@branchline/audit-sink'
import { MessengerError } from '../errors.ts'
import { MAX_ROSTER_BYTES } from '../limits.ts'
import { malformed } from './check.ts'
import { parseRoster, type Roster } from './roster.ts'

/**
 * Reads a roster that is kept in a file as it was signed; who signed it is not looked at.
 * @throws MessengerError ROSTER_MISSING when there is no file; ROSTER_MALFORMED, also when it cannot be read
 */
export async function readRoster(file: string): Promise<Roster> {
  let signed: Uint8Array
  try {
    const handle = await open(file, 'r')
    try {
      const { size } = await handle.stat()
      if (size > MAX_ROSTER_BYTES) malformed(`${file} has ${size} bytes`)
      signed = await handle.readFile()
    } finally {
      await handle.close()
    }
  } catch (cause) {
    if (cause instanceof MessengerError) throw cause
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') {
      const message = `there is no roster in ${file}, and without one nobody may take part: branchline join FILE`
      throw new MessengerError('ROSTER_MISSING', message, { cause })
    }
    return malformed(`${file} cannot be read: ${reasonOf(cause)}`, cause)
  }
  return parseRoster(signed)
}

/** Puts a roster in the place of the one before, whole or not at all, and as durable as the disk makes it. */
export async function writeRoster(file: string, { signed }: Pick<Roster, 'signed'>): Promise<void> {
  const made = `${file}.new`
  await rm(made, { force: true })
  const handle = await open(made, 'wx', 0o600)
  try {
    await handle.writeFile(signed)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(made, file)
  if (process.platform === 'win32') return
  const folder = await open(dirname(file), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
