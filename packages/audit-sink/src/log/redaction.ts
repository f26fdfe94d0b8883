import { AuditError } from '../errors.ts'
import type { AuditRecord } from '../record/record.ts'
import type { AuditStore, StoredEntry } from '../store.ts'

/** Where a payload lies that is to be, or should have been, erased. */
export interface PayloadPlace {
  readonly seq: number
  readonly label: string
}

export function redactedPlace({ kind, ref, detail }: AuditRecord): PayloadPlace | undefined {
  return kind === 'redact' && ref !== undefined ? { seq: ref, label: String(detail?.['label']) } : undefined
}

export async function holdsPayload(store: AuditStore, seq: number, label: string): Promise<boolean> {
  const entry = await entryAt(store, seq)
  return entry?.payloads.some((payload) => payload.label === label) === true
}

/** @throws AuditError AUDIT_STORE_LIED when it is still there afterwards; what the store throws */
export async function erase(store: AuditStore, seq: number, label: string): Promise<void> {
  await store.erase(seq, label)
  if (!(await holdsPayload(store, seq, label))) return
  throw new AuditError(
    'AUDIT_STORE_LIED',
    `the store said that the ${label} of record ${seq} was erased, and still has it`,
  )
}

async function entryAt(store: AuditStore, seq: number): Promise<StoredEntry | undefined> {
  for await (const [entry] of store.read({ from: seq, to: seq + 1 })) return entry?.seq === seq ? entry : undefined
  return undefined
}
