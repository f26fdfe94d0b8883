import { equal } from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { commitmentOf, type Hash, leafHash } from '../hash.ts'
import { logSigner, type LogSigner } from '../keys/log-key.ts'
import { BOOT_ID_DIGITS, SALT_BYTES } from '../limits.ts'
import { auditLog } from '../log/audit-log.ts'
import { encodeRecord, type SeenCheckpoint } from '../record/record.ts'
import type { AuditEntry, AuditReceipt, AuditSink } from '../sink.ts'
import type { AuditStore, StoredEntry } from '../store.ts'
import { verifyLog } from '../verify/verify-log.ts'
import { assertSameEntries, bytesOf, entriesOf, hashOf } from './batches.ts'

const OWNER = '12D3KooWConformanceConformanceConformanceConformance'
const PEER = '12D3KooWPeerPeerPeerPeerPeerPeerPeerPeerPeerPeerPeer'

let signer: LogSigner | undefined

/** Of a log that the kit keeps in the driver's store; its key lives as long as the process. */
export async function openLog(store: AuditStore, storeTimeoutMs?: number): Promise<AuditSink> {
  signer ??= logSigner(`branchline/${OWNER}`, generateKeyPairSync('ed25519').privateKey)
  return auditLog({ store, owner: OWNER, signer, ...(storeTimeoutMs !== undefined && { storeTimeoutMs }) })
}

export function textEntry(text: string): AuditEntry {
  return { kind: 'sent', actor: OWNER, peers: [PEER], payloads: [{ label: 'text', bytes: Buffer.from(text) }] }
}

/** A colleague's text, with the record under which they sent it; the nth of their log. */
export function receivedEntry(n: number, seen: readonly SeenCheckpoint[]): AuditEntry & { readonly message: Hash } {
  const text = { label: 'text', bytes: Buffer.from(`text ${n}`), salt: bytesOf(SALT_BYTES, n) }
  const line = encodeRecord({
    actor: PEER,
    boot: '0'.repeat(BOOT_ID_DIGITS),
    kind: 'sent',
    mono: n,
    payloads: [[text.label, text.bytes.length, commitmentOf(text.salt, text.label, text.bytes)]],
    peers: [OWNER],
    prev: hashOf(`record ${n - 1}`),
    seq: n,
    time: n,
    v: 1,
  })
  const payloads = [{ label: 'record', bytes: line }, text]
  return { kind: 'received', actor: OWNER, peers: [PEER], message: leafHash(line), payloads, seen }
}

/** One call, so one batch as far as the writer's limits admit. */
export async function appendTexts(log: AuditSink, count: number): Promise<AuditReceipt[]> {
  return log.append(Array.from({ length: count }, (_, n) => textEntry(`text ${n} of ${count}`)))
}

/** All that was acknowledged is there, byte for byte and from record 1 on, and the log as a whole is intact. */
export async function assertLogHolds(store: AuditStore, acknowledged: readonly StoredEntry[]): Promise<void> {
  const entries = await entriesOf(store)
  assertSameEntries(entries.slice(1, 1 + acknowledged.length), acknowledged)
  const { verdict, findings } = await verifyLog(store)
  equal(verdict, 'INTACT', findings.map(({ code, text }) => `${code}: ${text}`).join('\n'))
}
