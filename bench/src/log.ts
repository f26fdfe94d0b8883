import { join } from 'node:path'
import { type AuditEntry, auditLog, type AuditReceipt, type AuditSink, openLogKey } from '@branchline/audit-sink'
import { levelStore } from '@branchline/audit-sink/stores/level'
import { openIdentity, peerIdOf } from '@branchline/core'
import { TEXT } from './text.ts'

export interface BenchLog {
  readonly log: AuditSink
  /** Folder of the store. */
  readonly folder: string
  /** Appends one entry such as each message makes. */
  append(): Promise<AuditReceipt>
}

/** The log that a messenger would keep: LevelDB, a key of its own, the real clock. */
export async function openLog(place: string): Promise<BenchLog> {
  const folder = join(place, 'log')
  const owner = peerIdOf(await openIdentity(join(place, 'identity.pem')))
  const peer = peerIdOf(await openIdentity(join(place, 'colleague.pem')))
  const signer = await openLogKey(join(place, 'log-key.pem'), `branchline/${owner}`)
  const log = await auditLog({ store: await levelStore(folder), signer, owner })
  const entry: AuditEntry = { kind: 'sent', actor: owner, peers: [peer], payloads: [{ label: 'text', bytes: TEXT }] }
  const append = async (): Promise<AuditReceipt> => (await log.append([entry]))[0] as AuditReceipt
  return { log, folder, append }
}

/** Appends by many callers at once, each of whom waits for one receipt before the next entry. */
export async function appendMany(bench: BenchLog, entries: number, callers: number): Promise<void> {
  let left = entries
  const caller = async (): Promise<void> => {
    while (left-- > 0) await bench.append()
  }
  await Promise.all(Array.from({ length: callers }, caller))
}

/** What must reach the disk for an entry, whatever the format: line, salts and payloads. */
export function bytesOf({ line, payloads }: AuditReceipt): number {
  return payloads.reduce((sum, { salt, bytes }) => sum + salt.length + bytes.length, line.length)
}
