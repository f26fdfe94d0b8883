import { AuditError, reasonOf } from '../errors.ts'
import { type Hash, leafHash } from '../hash.ts'
import { MAX_RECORD_BYTES } from '../limits.ts'
import type { AbortOptions } from '../sink.ts'
import type { Head, StoredEntry } from '../store.ts'
import { parseCheckpoint } from '../tlog/checkpoint.ts'
import { withoutPadding } from '../tlog/head-note.ts'
import { TILE_WIDTH, TiledTree } from '../tlog/tiled-tree.ts'
import type { LogSource } from '../verify/verify-log.ts'
import { ExportFolder } from './export-folder.ts'
import { CHECKPOINT, encodeBundle, ENTRIES, HEAD_NOTE, partialTiles, tilePath } from './layout.ts'
import { encodePayloadLine, MAX_PAYLOAD_LINE_BYTES } from './payload-line.ts'

export interface ExportOptions extends AbortOptions {
  /** Called now and then with the number of records written. */
  readonly onProgress?: ((records: number) => void) | undefined
}

export interface ExportReport {
  readonly records: number
  readonly payloads: number
  /** Of the tree over all exported records. */
  readonly root: Hash
  /** Whether the log's head note is a checkpoint of just these records. */
  readonly checkpoint: boolean
}

/**
 * Writes a log as files that others' tools can read (spec/audit-log.md section 11; C2SP tlog-tiles), as it is: what
 * is wrong in the log is wrong in the export. Memory does not grow with the log. On return all is on the disk.
 * @param folder - made when it is not there; files are for their owner alone
 * @throws AuditError EXPORT_REFUSED when the folder is not empty, or the log has gaps, no end that its head names, or
 * what no export can hold; AUDIT_STORE_FULL, AUDIT_STORE_FAILED; what `options.signal` aborts with
 */
export async function exportLog(source: LogSource, folder: string, options: ExportOptions = {}): Promise<ExportReport> {
  // The note first: a log that goes on growing must not seem to end before its note.
  const note = await source.headNote?.()
  const head = await source.head()
  if (head === undefined) throw refused('it is empty, or has lost its head')
  const target = await ExportFolder.create(folder)
  try {
    const written = await new Exporter(target).run(source, head, options)
    const checkpoint = note !== undefined && sizeOf(note) === written.records
    if (note !== undefined) await target.write(checkpoint ? CHECKPOINT : HEAD_NOTE, withoutPadding(note))
    await target.finish()
    return { ...written, checkpoint }
  } catch (thrown) {
    await target.discard()
    options.signal?.throwIfAborted()
    throw asAuditError(thrown)
  }
}

class Exporter {
  readonly #target: ExportFolder
  readonly #tree = new TiledTree(async () => undefined)
  #bundle: Uint8Array[] = []
  #leaf: Hash | undefined
  #payloads = 0

  constructor(target: ExportFolder) {
    this.#target = target
  }

  async run(source: LogSource, head: Head, options: ExportOptions): Promise<Omit<ExportReport, 'checkpoint'>> {
    for await (const piece of source.read({ from: 0, to: head.size })) {
      options.signal?.throwIfAborted()
      for (const entry of piece) await this.#add(entry)
      options.onProgress?.(this.#tree.size)
    }
    if (this.#tree.size !== head.size || this.#leaf !== head.leaf) {
      throw refused(`it does not end as its head says, with record ${head.size - 1}`)
    }
    if (this.#bundle.length > 0) await this.#writeBundle()
    for (const { level, index, width, hashes } of await partialTiles(this.#tree)) {
      await this.#target.write(tilePath(level, index, width), hashes)
    }
    return { records: this.#tree.size, payloads: this.#payloads, root: this.#tree.root() }
  }

  async #add({ seq, line, payloads }: StoredEntry): Promise<void> {
    if (seq !== this.#tree.size) throw refused(`record ${this.#tree.size} is not there`)
    if (line.length > MAX_RECORD_BYTES) throw refused(`record ${seq} is longer than a record can be`)
    for (const payload of payloads) {
      const text = encodePayloadLine({ seq, payload })
      if (Buffer.byteLength(text) > MAX_PAYLOAD_LINE_BYTES) throw refused(`a text of record ${seq} is too long`)
      await this.#target.addPayloadLine(text)
      this.#payloads += 1
    }
    this.#leaf = leafHash(line)
    this.#tree.append(this.#leaf)
    this.#bundle.push(line)
    if (this.#bundle.length === TILE_WIDTH) await this.#writeBundle()
  }

  async #writeBundle(): Promise<void> {
    const index = Math.ceil(this.#tree.size / TILE_WIDTH) - 1
    await this.#target.write(tilePath(ENTRIES, index, this.#bundle.length), encodeBundle(this.#bundle))
    this.#bundle = []
    for (const tile of this.#tree.takeComplete()) {
      await this.#target.write(tilePath(tile.level, tile.index, TILE_WIDTH), tile.hashes)
    }
  }
}

function sizeOf(note: Uint8Array): number | undefined {
  try {
    return parseCheckpoint(withoutPadding(note)).size
  } catch {
    return undefined
  }
}

function refused(why: string): AuditError {
  return new AuditError('EXPORT_REFUSED', `the log is not exported: ${why}; run "branchline audit verify" on it`)
}

function asAuditError(thrown: unknown): AuditError {
  if (thrown instanceof AuditError) return thrown
  const full = ['ENOSPC', 'EDQUOT'].includes((thrown as NodeJS.ErrnoException).code ?? '')
  const code = full ? 'AUDIT_STORE_FULL' : 'AUDIT_STORE_FAILED'
  return new AuditError(code, `the export could not be written: ${reasonOf(thrown)}`, { cause: thrown })
}
