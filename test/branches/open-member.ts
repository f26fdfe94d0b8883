import { join } from 'node:path'
import { auditLog, type AuditSink, openLogKey, systemClock } from '@branchline/audit-sink'
import { levelStore } from '@branchline/audit-sink/stores/level'
import {
  createMessenger,
  type HostedMessenger,
  openIdentity,
  openRoster,
  peerIdOf,
  type RosterKeeper,
} from '@branchline/core'
import type { MemberInit } from './say.ts'

export interface Member {
  readonly messenger: HostedMessenger
  readonly audit: AuditSink
  readonly roster: RosterKeeper
}

/** A messenger with its log on the disk, as the command line makes one. */
export async function openMember({ folder, rosterFile, aheadMs = 0, ...init }: MemberInit): Promise<Member> {
  const identity = await openIdentity(join(folder, 'identity.key'))
  const owner = peerIdOf(identity)
  const signer = await openLogKey(join(folder, 'log.key'), `branchline/${owner}`)
  const clock = { ...systemClock(), wallMs: () => Date.now() + aheadMs }
  const audit = await auditLog({ store: await levelStore(join(folder, 'log')), owner, signer, clock })
  const roster = await openRoster(rosterFile)
  const messenger = await createMessenger({ ...init, identity, audit, roster })
  return { messenger, audit, roster }
}
