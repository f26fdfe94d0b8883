/*
 * What is under test: the built packages, as everyone gets them; or a mutant of one of them, when mutate.ts names a file
 * in its place.
 */
const { BRANCHLINE_CORE: core, BRANCHLINE_AUDIT_SINK: audit, BRANCHLINE_LEVEL: level } = process.env

type Core = typeof import('@branchline/core')
type Audit = typeof import('@branchline/audit-sink')
type Level = typeof import('@branchline/audit-sink/stores/level')

export const { createMessenger, holdRoster, openIdentity, openRoster, peerIdOf } = (await (core === undefined
  ? import('@branchline/core')
  : import(core))) as Core
export const { auditLog, openLogKey } = (await (audit === undefined
  ? import('@branchline/audit-sink')
  : import(audit))) as Audit
export const { levelStore } = (await (level === undefined
  ? import('@branchline/audit-sink/stores/level')
  : import(level))) as Level
