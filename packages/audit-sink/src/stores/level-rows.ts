import type { Hash } from '../hash.ts'
import { SALT_BYTES } from '../limits.ts'
import type { Head, StoredEntry, StoredPayload } from '../store.ts'

/*
 * A row is one batch: the leaf hash of its last entry (32 bytes), then its entries; numbers big-endian.
 *   entry   = u32 length of line ‖ line ‖ u16 number of payloads ‖ payload …
 *   payload = u8 length of label ‖ label ‖ salt (32 bytes) ‖ u32 length ‖ bytes
 * One row a batch costs LevelDB one key and the verifier one step, where a row for each record and each payload
 * took twice as long. The head is in the row because a key that every batch wrote again would make the key ranges of
 * all LevelDB's files overlap, so that each compaction would rewrite them all.
 */
const LEAF_BYTES = 32
const PAYLOAD_FIXED_BYTES = 1 + SALT_BYTES + 4

export function encodeRow(entries: readonly StoredEntry[], leaf: Hash): Buffer {
  const row = Buffer.allocUnsafe(entries.reduce((sum, entry) => sum + entryBytes(entry), LEAF_BYTES))
  let at = row.write(leaf, 0, 'hex')
  for (const { line, payloads } of entries) {
    at = row.writeUInt32BE(line.length, at)
    row.set(line, at)
    at = row.writeUInt16BE(payloads.length, at + line.length)
    for (const { label, salt, bytes } of payloads) {
      at = row.writeUInt8(label.length, at)
      at += row.write(label, at, 'latin1')
      row.set(salt, at)
      at = row.writeUInt32BE(bytes.length, at + SALT_BYTES)
      row.set(bytes, at)
      at += bytes.length
    }
  }
  return row
}

function entryBytes({ line, payloads }: StoredEntry): number {
  let bytes = 4 + line.length + 2
  for (const payload of payloads) bytes += PAYLOAD_FIXED_BYTES + payload.label.length + payload.bytes.length
  return bytes
}

/**
 * Reads a row that a disk may have spoilt: what runs over its end is cut there, so that the verifier sees a line that
 * is no record, at its place, rather than nothing.
 * @param first - seq of the row's first entry
 */
export function decodeRow(row: Buffer, first: number): StoredEntry[] {
  const entries: StoredEntry[] = []
  for (let at = LEAF_BYTES; at < row.length; ) {
    const lineStart = at + 4
    const lineEnd = lineStart + (lineStart <= row.length ? row.readUInt32BE(at) : 0)
    const payloads: StoredPayload[] = []
    at = lineEnd + 2
    const count = at <= row.length ? row.readUInt16BE(lineEnd) : 0
    for (let n = 0; n < count && at < row.length; n++) at = readPayload(row, at, payloads)
    entries.push({ seq: first + entries.length, line: row.subarray(lineStart, lineEnd), payloads })
  }
  return entries
}

/** The head of a log whose last row this is. */
export function headOfRow(row: Buffer, first: number): Head {
  return { size: first + decodeRow(row, first).length, leaf: leafOfRow(row) }
}

export function leafOfRow(row: Buffer): Hash {
  return row.toString('hex', 0, LEAF_BYTES)
}

function readPayload(row: Buffer, start: number, payloads: StoredPayload[]): number {
  const saltStart = start + 1 + (row[start] as number)
  const bytesStart = saltStart + SALT_BYTES + 4
  if (bytesStart > row.length) return row.length
  const end = bytesStart + row.readUInt32BE(bytesStart - 4)
  payloads.push({
    label: row.toString('latin1', start + 1, saltStart),
    salt: row.subarray(saltStart, saltStart + SALT_BYTES),
    bytes: row.subarray(bytesStart, end),
  })
  return end
}
