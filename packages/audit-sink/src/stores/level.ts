import { ClassicLevel } from 'classic-level'
import { AuditError, reasonOf } from '../errors.ts'
import type { Hash } from '../hash.ts'
import type { AuditStore, EntryRange, Head, StoreBatch, StoredEntry } from '../store.ts'
import { decodeRow, encodeRow, headOfRow } from './level-rows.ts'

/*
 * Keys:
 *   e<seq of the row's first entry, 14 hex digits>   a batch (level-rows.ts)
 *   m<message ID>                                    seq of its `received` record, decimal
 */
const SEQ_DIGITS = 14
const AFTER_ENTRIES = 'f'

/** One sweep step: small enough that a verifier's memory stays flat, large enough that crossing threads is cheap. */
const SWEEP_ROWS = 1_000
const SWEEP_BYTES = 131_072

type Db = ClassicLevel<string, Buffer>

const rowKey = (seq: number): string => `e${seq.toString(16).padStart(SEQ_DIGITS, '0')}`
const firstOf = (key: string): number => Number.parseInt(key.slice(1), 16)

/**
 * The embedded default: a LevelDB folder. One process at a time.
 * @param folder - made when it is not there
 * @throws AuditError AUDIT_STORE_LOCKED when another process has it open; AUDIT_STORE_FAILED
 */
export async function levelStore(folder: string): Promise<AuditStore> {
  const db: Db = new ClassicLevel(folder, { keyEncoding: 'utf8', valueEncoding: 'buffer' })
  try {
    await db.open()
  } catch (cause) {
    await db.close().catch(() => undefined)
    throw openingError(folder, cause)
  }
  return new LevelStore(db)
}

class LevelStore implements AuditStore {
  readonly #db: Db

  constructor(db: Db) {
    this.#db = db
  }

  /** Durable on return: `sync` makes LevelDB call fdatasync on its log before it answers. */
  async append({ entries, head, messages }: StoreBatch): Promise<void> {
    const batch = this.#db.batch()
    batch.put(rowKey((entries[0] as StoredEntry).seq), encodeRow(entries, head.leaf))
    for (const [message, seq] of messages) batch.put(`m${message}`, Buffer.from(String(seq)))
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
    const start = (await this.#rowAround(from)) ?? rowKey(from)
    const onlyRow = this.#db.getSync(start)
    if (onlyRow !== undefined) {
      const entries = decodeRow(onlyRow, firstOf(start))
      if ((entries.at(-1) as StoredEntry).seq + 1 >= to) {
        yield within(entries, from, to)
        return
      }
    }
    yield* this.#sweep(start, from, to)
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

  /** Key of the row that holds `seq`, or of the last before it. */
  async #rowAround(seq: number): Promise<string | undefined> {
    if (this.#db.getSync(rowKey(seq)) !== undefined) return rowKey(seq)
    const [key] = await this.#db.keys({ gte: 'e', lte: rowKey(seq), reverse: true, limit: 1 }).all()
    return key
  }

  /** Asked once a message, nearly always for one that is new: LevelDB's filters in memory tell, a thread would cost more. */
  async lookup(message: Hash): Promise<number | undefined> {
    const stored = this.#db.getSync(`m${message}`)
    return stored === undefined ? undefined : Number(stored.toString())
  }

  async close(): Promise<void> {
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
