import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { LogSource } from '@branchline/audit-sink'
import { CliError } from './cli-error.ts'
import type { CliIO } from './io.ts'
import { chooseProfile, type ProfilePaths, profilePaths } from './profile/paths.ts'

export interface OpenLog extends AsyncDisposable {
  readonly source: LogSource
  /** Where it was read from, in words. */
  readonly from: string
}

/**
 * The log of a profile, for reading: from the messenger that runs on it, or else from its files, which stay untouched.
 * @param place - folder of a profile, or of a log alone (a copy, say); the chosen profile when not given
 * @throws CliError LOG_MISSING
 */
export async function openLogForReading(io: CliIO, place: string | undefined, profile?: string): Promise<OpenLog> {
  const paths = place === undefined ? chooseProfile(io, profile) : profilePaths(place)
  const { LiveClient } = await import('./live/client.ts')
  const live = await LiveClient.connect(paths)
  if (live !== undefined) {
    const from = `the messenger that runs on ${paths.folder}`
    return { source: live, from, [Symbol.asyncDispose]: () => live[Symbol.asyncDispose]() }
  }
  const folder = await logFolder(paths)
  const { levelSnapshot } = await import('@branchline/audit-sink/stores/level-snapshot')
  const snapshot = await levelSnapshot(folder)
  return { source: snapshot, from: folder, [Symbol.asyncDispose]: () => snapshot.close() }
}

async function logFolder(paths: ProfilePaths): Promise<string> {
  for (const folder of [paths.log, paths.folder]) {
    if (await stat(join(folder, 'CURRENT')).catch(() => undefined)) return folder
  }
  const message = `there is no log in ${paths.folder}; name the folder of a profile or of a log`
  throw new CliError('LOG_MISSING', message)
}
