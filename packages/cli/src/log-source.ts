import { readdir, stat } from 'node:fs/promises'
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
 * @param place - folder of a profile, of a log alone (a copy, say) or of an export; the chosen profile when not given
 * @throws CliError LOG_MISSING
 */
export async function openLogForReading(io: CliIO, place: string | undefined, profile?: string): Promise<OpenLog> {
  const paths = place === undefined ? chooseProfile(io, profile) : profilePaths(place)
  if (await isExport(paths.folder)) {
    const { tilesSource } = await import('@branchline/audit-sink/export')
    const source = await tilesSource(paths.folder)
    return { source, from: `the export in ${paths.folder}`, [Symbol.asyncDispose]: async () => undefined }
  }
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

/** By its tiles alone: an export that has lost its checkpoint is to be judged, too. */
async function isExport(folder: string): Promise<boolean> {
  return (await stat(join(folder, 'tile', 'entries')).catch(() => undefined))?.isDirectory() === true
}

export interface OpenLogs extends AsyncDisposable {
  readonly all: readonly OpenLog[]
}

/**
 * Several logs.
 * @param places - as for `openLogForReading`, or folders that hold such folders; the chosen profile when there are none
 * @throws CliError LOG_MISSING
 */
export async function openLogsForReading(io: CliIO, places: readonly string[], profile?: string): Promise<OpenLogs> {
  const all: OpenLog[] = []
  const close = async (): Promise<void> => {
    for (const log of all) await log[Symbol.asyncDispose]()
  }
  try {
    if (places.length === 0) all.push(await openLogForReading(io, undefined, profile))
    const folders = (await Promise.all(places.map(logsIn))).flat()
    for (const folder of folders) all.push(await openLogForReading(io, folder))
    return { all, [Symbol.asyncDispose]: close }
  } catch (error) {
    await close()
    throw error
  }
}

/** The place itself when there is a log in it, or when nothing in it is one either. */
async function logsIn(place: string): Promise<string[]> {
  if (await holdsLog(place)) return [place]
  const entries = await readdir(place, { withFileTypes: true }).catch(() => [])
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(place, name))
  const logs: string[] = []
  for (const folder of folders.toSorted()) if (await holdsLog(folder)) logs.push(folder)
  return logs.length === 0 ? [place] : logs
}

async function holdsLog(place: string): Promise<boolean> {
  const { log, folder, socket, socketNote } = profilePaths(place)
  const signs = [join(log, 'CURRENT'), join(folder, 'CURRENT'), socket, socketNote]
  for (const sign of signs) if (await stat(sign).catch(() => undefined)) return true
  return isExport(folder)
}

async function logFolder(paths: ProfilePaths): Promise<string> {
  for (const folder of [paths.log, paths.folder]) {
    if (await stat(join(folder, 'CURRENT')).catch(() => undefined)) return folder
  }
  const message = `there is no log in ${paths.folder}; name the folder of a profile, of a log or of an export`
  throw new CliError('LOG_MISSING', message)
}
