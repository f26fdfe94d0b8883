import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import envPaths from 'env-paths'
import type { CliIO } from '../io.ts'

/** Everything that makes one person's Branchline on one machine; a folder, for its owner alone. */
export interface ProfilePaths {
  readonly folder: string
  readonly identity: string
  readonly logKey: string
  readonly log: string
  /** Index of the history; made anew from the log when it is lost. */
  readonly history: string
  /** What was written and is not on record yet. */
  readonly queue: string
  readonly settings: string
  /** As it was signed. */
  readonly roster: string
  /** Bytes of files, offered and fetched, under their hashes. */
  readonly files: string
  /** Files that were fetched, under their names. */
  readonly received: string
  /** The running messenger's socket, or where that is written when the path would be too long for one. */
  readonly socket: string
  readonly socketNote: string
}

export function profilePaths(folder: string): ProfilePaths {
  return {
    folder,
    identity: join(folder, 'identity.key'),
    logKey: join(folder, 'log.key'),
    log: join(folder, 'log'),
    history: join(folder, 'history'),
    queue: join(folder, 'queue'),
    settings: join(folder, 'settings.json'),
    roster: join(folder, 'library.roster'),
    files: join(folder, 'files'),
    received: join(folder, 'received'),
    socket: join(folder, 'live.sock'),
    socketNote: join(folder, 'live.path'),
  }
}

/** The folder asked for, or BRANCHLINE_PROFILE, or `default` in the platform's place for data. */
export function chooseProfile(io: CliIO, asked: string | undefined): ProfilePaths {
  const chosen = asked ?? io.env['BRANCHLINE_PROFILE'] ?? join(envPaths('branchline', { suffix: '' }).data, 'default')
  return profilePaths(resolve(chosen.replace(/^~(?=\/)/, homedir())))
}
