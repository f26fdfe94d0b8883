import { AuditError } from '../errors.ts'
import type { AuditStore, StoreBatch, StoredEntry, StoredPayload } from '../store.ts'

/**
 * Writes a batch and reads it back, byte for byte: a store that drops, alters or reorders is caught before anyone
 * relies on it. One that lies about durability cannot be caught from inside the process that it lies to.
 * @throws AuditError AUDIT_STORE_LIED, or what the store threw
 */
export async function storeAndReadBack(store: AuditStore, batch: StoreBatch): Promise<void> {
  const { entries } = batch
  await store.append(batch)
  const from = (entries[0] as StoredEntry).seq
  let next = 0
  for await (const piece of store.read({ from, to: from + entries.length })) {
    for (const stored of piece) {
      if (!sameEntry(stored, entries[next])) throw lied(from + next)
      next += 1
    }
  }
  if (next !== entries.length) throw lied(from + next)
  if (batch.continuations.length > 0) {
    const kept = await store.continuations()
    if (!batch.continuations.every((seq) => kept.includes(seq))) throw lied(batch.continuations[0] as number)
  }
  for (const { level, index, hashes } of batch.tiles) {
    const kept = await store.tile(level, index)
    if (kept === undefined || !sameBytes(kept, hashes)) throw lied(from + entries.length - 1)
  }
}

function lied(seq: number): AuditError {
  return new AuditError('AUDIT_STORE_LIED', `the store said that record ${seq} was kept, but gives back other bytes`)
}

function sameEntry(stored: StoredEntry, written: StoredEntry | undefined): boolean {
  return (
    written !== undefined &&
    stored.seq === written.seq &&
    sameBytes(stored.line, written.line) &&
    samePayloads(stored.payloads, written.payloads)
  )
}

function samePayloads(stored: readonly StoredPayload[], written: readonly StoredPayload[]): boolean {
  return (
    stored.length === written.length &&
    written.every(({ label, salt, bytes }) => {
      const found = stored.find((each) => each.label === label)
      return found !== undefined && sameBytes(found.salt, salt) && sameBytes(found.bytes, bytes)
    })
  )
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}

/** @throws AuditError AUDIT_TIMEOUT; what `work` still does is then unknown */
export async function withinTime<T>(work: Promise<T>, timeoutMs: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new AuditError('AUDIT_TIMEOUT', `${what} did not answer within ${timeoutMs} ms`))
    }, timeoutMs)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
