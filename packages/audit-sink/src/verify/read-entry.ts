import { reasonOf } from '../errors.ts'
import { type Hash, leafHash } from '../hash.ts'
import { type AuditRecord, parseRecord } from '../record/record.ts'
import type { StoredEntry } from '../store.ts'

/** A stored line, read once: its leaf hash always, and the record that it is or why it is none. */
export interface ReadEntry {
  readonly seq: number
  readonly leaf: Hash
  readonly record: AuditRecord | undefined
  readonly flaw: string | undefined
}

export function readEntry({ seq, line }: StoredEntry): ReadEntry {
  const leaf = leafHash(line)
  try {
    return { seq, leaf, record: parseRecord(line), flaw: undefined }
  } catch (thrown) {
    return { seq, leaf, record: undefined, flaw: reasonOf(thrown) }
  }
}
