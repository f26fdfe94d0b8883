import type { AuditEntry } from '@branchline/audit-sink'
import type { Roster } from './roster.ts'

/**
 * The record that a roster was taken (spec/roster.md section 6).
 * @param self - our peer ID
 * @param from - peer ID of who brought it; absent when it came in a file
 */
export function rosterEntry(self: string, { library, serial, signed }: Roster, from?: string): AuditEntry {
  return {
    kind: 'roster',
    actor: self,
    detail: { library, serial },
    payloads: [{ label: 'roster', bytes: signed }],
    ...(from !== undefined && { peers: [from] }),
  }
}
