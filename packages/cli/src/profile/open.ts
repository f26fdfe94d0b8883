import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import {
  AuditError,
  type AuditSink,
  auditLog,
  type AuditStore,
  openLogKeys,
  originOf,
  settleLogKeys,
} from '@branchline/audit-sink'
import { levelStore } from '@branchline/audit-sink/stores/level'
import {
  createMessenger,
  type HostedMessenger,
  openIdentity,
  openQueue,
  openRoster,
  peerIdOf,
  type RosterKeeper,
} from '@branchline/core'
import { levelIndex } from '@branchline/core/history/level'
import { CliError } from '../cli-error.ts'
import { serveLive } from '../live/server.ts'
import type { ProfilePaths } from './paths.ts'
import type { Settings } from './settings.ts'

/** A running messenger on a profile, with its log and the socket through which other commands reach it. */
export interface Session extends AsyncDisposable {
  readonly messenger: HostedMessenger
  readonly audit: AuditSink
  readonly roster: RosterKeeper
  /** Messages in the queue that could not be read. */
  readonly damaged: number
}

/**
 * @throws CliError PROFILE_IN_USE; AuditError; MessengerError ROSTER_MISSING, MEMBER_UNKNOWN, LISTEN_FAILED, NAME_INVALID,
 *   PEER_INVALID and their like
 */
export async function openSession(paths: ProfilePaths, settings: Settings, signal: AbortSignal): Promise<Session> {
  const closers: (() => Promise<void>)[] = []
  const close = async (): Promise<void> => {
    for (const each of closers.splice(0).toReversed()) await each()
  }
  try {
    await makeFolder(paths)
    const identity = await openIdentity(paths.identity)
    const roster = await openRoster(paths.roster)
    const audit = await openLog(paths, peerIdOf(identity))
    closers.push(() => audit.close())
    const queue = await openQueue(paths.queue)
    closers.push(() => queue[Symbol.asyncDispose]())
    const messenger = await createMessenger(
      {
        ...settings,
        audit,
        identity,
        roster,
        queue,
        files: { folder: paths.files },
        historyIndex: levelIndex(paths.history),
      },
      { signal },
    )
    closers.push(() => messenger.close())
    const live = await serveLive(paths, { messenger, audit, roster })
    closers.push(() => live.close())
    return { messenger, audit, roster, damaged: queue.damaged, [Symbol.asyncDispose]: close }
  } catch (error) {
    await close()
    throw error
  }
}

async function makeFolder({ folder }: ProfilePaths): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new CliError('PROFILE_INVALID', `the folder ${folder} cannot be made or is no folder`, { cause })
  }
}

/**
 * Takes the key that is in force, also when a change of it was cut short.
 * @throws CliError PROFILE_IN_USE; AuditError
 */
export async function openLog(paths: ProfilePaths, owner: string): Promise<AuditSink> {
  const keys = await openLogKeys(paths.logKey, originOf(owner))
  const store = await openStore(paths)
  try {
    const log = await auditLog({ store, owner, ...keys })
    await settleLogKeys(paths.logKey, keys, log.key)
    return log
  } catch (error) {
    await store.close()
    throw error
  }
}

/** To look for a record, or to mend a log, must not make a profile. */
export async function assertLog({ folder, identity, log }: ProfilePaths): Promise<void> {
  const both = await Promise.all([identity, join(log, 'CURRENT')].map((file) => stat(file).catch(() => undefined)))
  if (both.includes(undefined)) throw new CliError('LOG_MISSING', `there is no log in ${folder}; name a profile`)
}

/** @throws CliError PROFILE_IN_USE; AuditError */
export async function openStore(paths: ProfilePaths): Promise<AuditStore> {
  try {
    return await levelStore(paths.log)
  } catch (cause) {
    if (!(cause instanceof AuditError) || cause.code !== 'AUDIT_STORE_LOCKED') throw cause
    const message = `another Branchline is using ${paths.folder}; use that one, or choose another folder with --profile`
    throw new CliError('PROFILE_IN_USE', message, { cause })
  }
}
