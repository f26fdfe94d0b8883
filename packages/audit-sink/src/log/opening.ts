import { AuditError, reasonOf } from '../errors.ts'
import { type Hash, leafHash } from '../hash.ts'
import type { LogSigner } from '../keys/log-key.ts'
import { OPENING_CHECK_RECORDS } from '../limits.ts'
import { type AuditRecord, parseRecord } from '../record/record.ts'
import type { AuditStore, Head, StoredEntry } from '../store.ts'

/**
 * What a log must be like before a first append: it names this origin and key, and its last records chain up to its
 * head. Whoever needs the whole proven runs `verifyLog`.
 * @returns undefined for a log that has not begun
 */
export async function checkOpening(store: AuditStore, signer: LogSigner): Promise<Head | undefined> {
  const head = await store.head()
  const first = await firstEntry(store)
  if (head === undefined && first === undefined) return undefined
  if (head === undefined) throw damaged('it has records but no head')
  if (first?.seq !== 0) throw damaged('its first record is gone')
  assertOurs(parsed(first), signer)
  await assertTail(store, head)
  return head
}

async function firstEntry(store: AuditStore): Promise<StoredEntry | undefined> {
  for await (const piece of store.read({ from: 0, to: 1 })) return piece[0]
  for await (const piece of store.read()) return piece[0]
  return undefined
}

function assertOurs({ detail }: AuditRecord, signer: LogSigner): void {
  if (detail?.['origin'] !== signer.name || detail['key'] !== signer.vkey) {
    const message = `the log is that of ${detail?.['origin']}, or was begun with another log key; this profile is ${signer.name}`
    throw new AuditError('AUDIT_LOG_FOREIGN', message)
  }
}

async function assertTail(store: AuditStore, head: Head): Promise<void> {
  let expected = Math.max(0, head.size - OPENING_CHECK_RECORDS)
  let leaf: Hash | undefined
  for await (const piece of store.read({ from: expected })) {
    for (const entry of piece) {
      const record = parsed(entry)
      const follows = entry.seq === expected && record.seq === expected && (leaf === undefined || record.prev === leaf)
      if (!follows) throw damaged(`record ${expected} is missing or does not follow the one before`)
      leaf = leafHash(entry.line)
      expected += 1
    }
  }
  if (expected !== head.size || leaf !== head.leaf) {
    throw damaged(`its head says ${head.size} records, and its records end at ${expected}, or the last was changed`)
  }
}

function parsed(entry: StoredEntry): AuditRecord {
  try {
    return parseRecord(entry.line)
  } catch (cause) {
    throw damaged(`record ${entry.seq} cannot be read: ${reasonOf(cause)}`, cause)
  }
}

function damaged(why: string, cause?: unknown): AuditError {
  return new AuditError('AUDIT_LOG_DAMAGED', `the log is not as it was left: ${why}; see "branchline audit verify"`, {
    cause,
  })
}
