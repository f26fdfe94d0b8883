import { readdir } from 'node:fs/promises'
import { ClassicLevel } from 'classic-level'
import { AuditError, reasonOf } from '../errors.ts'
import type { Hash } from '../hash.ts'
import type { AuditStore, EntryRange, Head, StoreBatch, StoredEntry } from '../store.ts'
import { HeadNoteFile, headNoteOf } from './head-note-file.ts'
import { decodeRow, encodeRow, headOfRow, leafOfRow } from './level-rows.ts'

/*
 * Keys:
 *   e<seq of the row's first entry, 14 hex digits>   a batch (level-rows.ts)
 *   m<message ID>                                    seq of its `received` record, decimal
 *   t<level, 1 hex digit><index, 14 hex digits>      a complete tile of the tree
 *   w<origin of another log>                         seq of the record that holds its largest checkpoint, decimal
 *   c<seq, 14 hex digits>                            nothing: the record there is a statement of continuation
 *
 * Beside the folder, in `<folder>.head`: the head note.
 */
const SEQ_DIGITS = 14
const AFTER_ENTRIES = 'f'
const AFTER_CONTINUATIONS = 'd'

/** One sweep step: small enough that a verifier's memory stays flat, large enough that crossing threads is cheap. */
const SWEEP_ROWS = 1_000
const SWEEP_BYTES = 131_072

/** What holds records, or tells of them. */
const LOG_FILE = /^(MANIFEST-.*|.*\.(ldb|sst|log))$/

type Db = ClassicLevel<string, Buffer>

const continuationKey = (seq: number): string => `c${seq.toString(16).padStart(SEQ_DIGITS, '0')}`
const rowKey = (seq: number): string => `e${seq.toString(16).padStart(SEQ_DIGITS, '0')}`
const tileKey = (level: number, index: number): string =>
  `t${level.toString(16)}${index.toString(16).padStart(SEQ_DIGITS, '0')}`
const firstOf = (key: string): number => Number.parseInt(key.slice(1), 16)

/**
 * The embedded default: a LevelDB folder. One process at a time.
 * @param folder - made when it is not there
 * @throws AuditError AUDIT_STORE_LOCKED when another process has it open; AUDIT_STORE_FAILED
 */
export async function levelStore(folder: string): Promise<AuditStore> {
  await assertNotHeadless(folder)
  const db: Db = new ClassicLevel(folder, { keyEncoding: 'utf8', valueEncoding: 'buffer' })
  try {
    await db.open()
  } catch (cause) {
    await db.close().catch(() => undefined)
    throw openingError(folder, cause)
  }
  return new LevelStore(db, new HeadNoteFile(headNoteOf(folder)))
}

/** LevelDB takes a folder without CURRENT for a new one, and deletes the tables in it. */
async function assertNotHeadless(folder: string): Promise<void> {
  const names = await readdir(folder).catch((): string[] => [])
  if (names.includes('CURRENT') || !names.some((name) => LOG_FILE.test(name))) return
  const message = `the log in ${folder} has lost its file CURRENT; keep a copy of the folder as it is`
  throw new AuditError('AUDIT_STORE_FAILED', message)
}

class LevelStore implements AuditStore {
  readonly #db: Db
  readonly #headNote: HeadNoteFile

  constructor(db: Db, headNote: HeadNoteFile) {
    this.#db = db
    this.#headNote = headNote
  }

  /** Durable on return: `sync` makes LevelDB call fdatasync on its log before it answers. */
  async append({ entries, head, messages, witnessed, continuations, tiles }: StoreBatch): Promise<void> {
    const batch = this.#db.batch()
    batch.put(rowKey((entries[0] as StoredEntry).seq), encodeRow(entries, head.leaf))
    for (const [message, seq] of messages) batch.put(`m${message}`, Buffer.from(String(seq)))
    for (const [origin, seq] of witnessed) batch.put(`w${origin}`, Buffer.from(String(seq)))
    for (const seq of continuations) batch.put(continuationKey(seq), Buffer.alloc(0))
    for (const { level, index, hashes } of tiles) batch.put(tileKey(level, index), Buffer.from(hashes))
    try {
      await batch.write({ sync: true })
    } catch (cause) {
      throw writingError(cause)
    }
  }

  async head(): Promise<Head | undefined> {
    const [last] = await this.#db.iterator({ gte: 'e', lt: AFTER_ENTRIES, reverse: true, limit: 1 }).all()
    return last && headOfRow(last[1], firstOf(last[0]))
  }

  async *read({ from = 0, to = Number.MAX_SAFE_INTEGER }: EntryRange = {}): AsyncIterable<readonly StoredEntry[]> {
    const around = await this.#rowAround(from)
    if (around !== undefined) {
      const entries = decodeRow(around.row, firstOf(around.key))
      const last = entries.at(-1)
      if (last !== undefined && last.seq + 1 >= to) {
        yield within(entries, from, to)
        return
      }
    }
    yield* this.#sweep(around?.key ?? rowKey(from), from, to)
  }

  /** The next step is fetched while the caller works on this one. */
  async *#sweep(start: string, from: number, to: number): AsyncIterable<readonly StoredEntry[]> {
    const end = to === Number.MAX_SAFE_INTEGER ? AFTER_ENTRIES : rowKey(to)
    const iterator = this.#db.iterator({ gte: start, lt: end, highWaterMarkBytes: SWEEP_BYTES })
    const step = (): Promise<[string, Buffer][]> => iterator.nextv(SWEEP_ROWS)
    try {
      let next = step()
      for (let rows = await next; rows.length > 0; rows = await next) {
        next = step()
        next.catch(() => undefined) // still thrown by the await above, unless the caller stops first
        const entries = rows.flatMap(([key, row]) => decodeRow(row, firstOf(key)))
        yield within(entries, from, to)
      }
    } finally {
      await iterator.close()
    }
  }

  /** The row that holds `seq`, or the last before it. */
  async #rowAround(seq: number): Promise<{ readonly key: string; readonly row: Buffer } | undefined> {
    const row = this.#db.getSync(rowKey(seq))
    if (row !== undefined) return { key: rowKey(seq), row }
    const [before] = await this.#db.iterator({ gte: 'e', lte: rowKey(seq), reverse: true, limit: 1 }).all()
    return before && { key: before[0], row: before[1] }
  }

  /** Asked once a message, nearly always for one that is new: LevelDB's filters in memory tell, a thread would cost more. */
  async lookup(message: Hash): Promise<number | undefined> {
    return this.#number(`m${message}`)
  }

  async witnessed(origin: string): Promise<number | undefined> {
    return this.#number(`w${origin}`)
  }

  async continuations(): Promise<readonly number[]> {
    const keys = await this.#db.keys({ gte: 'c', lt: AFTER_CONTINUATIONS }).all()
    return keys.map(firstOf)
  }

  #number(key: string): number | undefined {
    const stored = this.#db.getSync(key)
    return stored === undefined ? undefined : Number(stored.toString())
  }

  /**
   * The row is written anew, twice: the first compaction only carries old and new from LevelDB's log into a table, which
   * it may put so deep that no compaction of that place looks at it until something newer lies above.
   */
  async erase(seq: number, label: string): Promise<void> {
    const around = await this.#rowAround(seq)
    if (around === undefined) return
    const { key, row } = around
    const entries = decodeRow(row, firstOf(key)).map((entry) =>
      entry.seq === seq ? { ...entry, payloads: entry.payloads.filter((payload) => payload.label !== label) } : entry,
    )
    for (let pass = 0; pass < 2; pass++) {
      await this.#db.put(key, encodeRow(entries, leafOfRow(row)), { sync: true })
      await this.#db.compactRange(key, key)
    }
  }

  async tile(level: number, index: number): Promise<Uint8Array | undefined> {
    return this.#db.getSync(tileKey(level, index))
  }

  async headNote(): Promise<Uint8Array | undefined> {
    return this.#headNote.read()
  }

  async writeHeadNote(note: Uint8Array): Promise<void> {
    this.#headNote.write(note)
  }

  async close(): Promise<void> {
    this.#headNote.close()
    await this.#db.close()
  }
}

function within(entries: readonly StoredEntry[], from: number, to: number): readonly StoredEntry[] {
  const [first, last] = [entries[0], entries.at(-1)]
  if (first === undefined || last === undefined || (first.seq >= from && last.seq < to)) return entries
  return entries.filter(({ seq }) => seq >= from && seq < to)
}

function openingError(folder: string, thrown: unknown): AuditError {
  const cause = thrown instanceof Error && thrown.cause !== undefined ? thrown.cause : thrown
  if ((cause as { code?: string }).code === 'LEVEL_LOCKED') {
    return new AuditError('AUDIT_STORE_LOCKED', `the log in ${folder} is open in another process`, { cause })
  }
  if (isFull(cause)) return full(cause)
  return new AuditError('AUDIT_STORE_FAILED', `the log in ${folder} cannot be opened: ${reasonOf(cause)}`, { cause })
}

function writingError(cause: unknown): AuditError {
  if (isFull(cause)) return full(cause)
  return new AuditError('AUDIT_STORE_FAILED', `the log could not be written: ${reasonOf(cause)}`, { cause })
}

function isFull(cause: unknown): boolean {
  return /no space left|ENOSPC|quota/i.test(reasonOf(cause))
}

function full(cause: unknown): AuditError {
  return new AuditError('AUDIT_STORE_FULL', 'the disk that holds the log is full', { cause })
}
