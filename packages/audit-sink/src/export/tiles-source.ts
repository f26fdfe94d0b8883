import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { AuditError } from '../errors.ts'
import { HASH_DIGITS, MAX_HEAD_NOTE_BYTES, MAX_RECORD_BYTES } from '../limits.ts'
import type { EntryRange, Head, StoredEntry } from '../store.ts'
import type { LogSource } from '../verify/verify-log.ts'
import { CHECKPOINT, decodeBundle, ENTRIES, HEAD_NOTE, PAYLOADS } from './layout.ts'
import { TILE_WIDTH } from '../tlog/tiled-tree.ts'
import { PayloadReader } from './payload-reader.ts'
import { TileCheck } from './tile-check.ts'
import { readBounded, readTileFile, tileIndexes } from './tile-files.ts'

const HASH_BYTES = HASH_DIGITS / 2
const MAX_BUNDLE_BYTES = TILE_WIDTH * (2 + MAX_RECORD_BYTES)
/** Payloads that one piece holds at most, but for those of its last record. */
const PIECE_BYTES = 1_048_576

/** An export as a log to read, to be trusted as little as any. */
export interface TilesSource extends LogSource {
  headNote(): Promise<Uint8Array | undefined>
}

/**
 * Reads an export (spec/audit-log.md section 11). What is not there is missing; reading the whole log throws at its
 * end when the tiles are not those of its entries, or `payloads.jsonl` goes on beyond them.
 * @throws AuditError AUDIT_STORE_FAILED, here or from its members, when the folder is no export or cannot be read
 */
export async function tilesSource(folder: string): Promise<TilesSource> {
  const entries = await stat(join(folder, 'tile', ENTRIES)).catch(() => undefined)
  if (entries?.isDirectory() !== true) {
    throw new AuditError('AUDIT_STORE_FAILED', `no export of a log lies in ${folder}`)
  }
  return {
    head: () => headOf(folder),
    headNote: async () => (await noteIn(folder, CHECKPOINT)) ?? noteIn(folder, HEAD_NOTE),
    read: (range) => readEntries(folder, range),
  }
}

async function noteIn(folder: string, name: string): Promise<Uint8Array | undefined> {
  return readBounded(join(folder, name), MAX_HEAD_NOTE_BYTES)
}

/** The last hash of the last tile of leaves; undefined when its length is not what its name says. */
async function headOf(folder: string): Promise<Head | undefined> {
  for await (const index of tileIndexes(folder, 0, 'falling')) {
    const tile = await readTileFile(folder, 0, index, TILE_WIDTH * HASH_BYTES)
    if (tile === undefined) continue
    const { width, bytes } = tile
    if (bytes.length !== width * HASH_BYTES) return undefined
    return { size: index * TILE_WIDTH + width, leaf: bytes.toString('hex', bytes.length - HASH_BYTES) }
  }
  return undefined
}

async function* readEntries(
  folder: string,
  { from = 0, to = Number.MAX_SAFE_INTEGER }: EntryRange = {},
): AsyncGenerator<readonly StoredEntry[]> {
  const payloads = new PayloadReader(join(folder, PAYLOADS))
  const tiles = new TileCheck(folder)
  let next = 0
  try {
    if (from > 0) await payloads.take(from - 1) // passes over all before it
    for await (const index of tileIndexes(folder, ENTRIES, 'rising')) {
      const first = index * TILE_WIDTH
      if (first >= to) break
      if (first + TILE_WIDTH <= from) continue
      const bundle = await readTileFile(folder, ENTRIES, index, MAX_BUNDLE_BYTES)
      if (bundle === undefined) continue
      let piece: StoredEntry[] = []
      let bytes = 0
      for (const [n, line] of decodeBundle(bundle.bytes, bundle.width).entries()) {
        const seq = first + n
        if (seq < from || seq >= to) continue
        const entry = { seq, line, payloads: await payloads.take(seq) }
        await tiles.add(entry)
        next = seq + 1
        piece.push(entry)
        for (const payload of entry.payloads) bytes += payload.bytes.length
        if (bytes <= PIECE_BYTES) continue
        yield piece
        piece = []
        bytes = 0
      }
      if (piece.length > 0) yield piece
    }
    if (from > 0 || to !== Number.MAX_SAFE_INTEGER) return
    const size = Math.max(next, (await headOf(folder))?.size ?? 0)
    const flaw = (await payloads.finish(size)) ? 'payloads.jsonl goes on beyond the records' : await tiles.finish()
    if (flaw !== undefined) throw new AuditError('AUDIT_STORE_FAILED', `the export is not whole: ${flaw}`)
  } finally {
    await payloads.close()
  }
}
