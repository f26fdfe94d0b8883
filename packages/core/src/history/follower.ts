import { setImmediate } from 'node:timers/promises'
import {
  AuditError,
  type AuditSink,
  type EntryRange,
  leafHash,
  reasonOf,
  type StoredEntry,
} from '@branchline/audit-sink'
import { MessengerError } from '../errors.ts'
import type { IndexDb } from './db.ts'
import { Draft } from './draft.ts'
import { Fold } from './fold.ts'
import { BUCKET, family, PRESS_KEY, STATE_KEY } from './keys.ts'
import { Postings } from './postings.ts'

export type LogToFollow = Pick<AuditSink, 'read' | 'head' | 'origin'>

/** How far an index is. */
interface Reached {
  /** Of the index: one of another version is made anew. */
  readonly version: number
  readonly origin: string
  readonly self: string
  readonly size: number
  /** Of the last record taken; none with none. */
  readonly leaf: string | undefined
}

const VERSION = 2
/** Entries between which others may have their turn: some 5 ms. */
const AT_ONCE = 128
/** A piece ends where a bucket of words does, so that in a long log none is written twice; or above this. */
const PIECE_BYTES = 4_194_304

/** Takes the log into the index, piece by piece, each with how far the index then is. */
export class Follower {
  readonly #sink: LogToFollow
  readonly #self: string
  readonly #db: IndexDb

  constructor(sink: LogToFollow, self: string, db: IndexDb) {
    this.#sink = sink
    this.#self = self
    this.#db = db
  }

  /** @param isOver - asked before each piece */
  async follow(isOver: () => boolean): Promise<void> {
    const { size } = await fromLog(() => this.#sink.head())
    let reached = await this.#reached(size)
    await this.#press()
    for await (const piece of this.#pieces(reached.size, size)) {
      if (isOver()) return
      reached = await this.#take(piece, reached)
    }
    if (reached.size !== size && !isOver()) throw unreadable(`it ends at record ${reached.size} of ${size}`)
  }

  async #take(piece: readonly StoredEntry[], reached: Reached): Promise<Reached> {
    const draft = new Draft(this.#db, reached.size)
    const fold = new Fold(this.#self, draft, new Postings(draft))
    const last = piece.at(-1) as StoredEntry
    for (const [n, entry] of piece.entries()) {
      if (entry.seq !== reached.size + n) throw unreadable(`record ${reached.size + n} is missing`)
      takeEntry(fold, entry)
      if (n % AT_ONCE === AT_ONCE - 1) await setImmediate()
    }
    await fold.settle()
    const next = { ...reached, size: last.seq + 1, leaf: leafHash(last.line) }
    draft.put(STATE_KEY, JSON.stringify(next))
    await draft.write()
    await this.#press()
    return next
  }

  async *#pieces(from: number, to: number): AsyncIterable<readonly StoredEntry[]> {
    if (from === to) return
    let piece: StoredEntry[] = []
    let bytes = 0
    for await (const entries of readLog(this.#sink, { from, to })) {
      for (const entry of entries) {
        piece.push(entry)
        bytes += sizeOf(entry)
        if ((entry.seq + 1) % BUCKET !== 0 && bytes < PIECE_BYTES) continue
        yield piece
        piece = []
        bytes = 0
      }
    }
    if (piece.length > 0) yield piece
  }

  /** Where the index is of this log; else it is emptied. */
  async #reached(size: number): Promise<Reached> {
    const text = this.#db.getSync(STATE_KEY)
    if (text !== undefined) {
      const reached = JSON.parse(text) as Reached
      if (await this.#isOfLog(reached, size)) return reached
      // First, so that what a kill leaves of the rest is not taken for an index.
      await this.#db.del(STATE_KEY)
    }
    await this.#db.clear()
    return { version: VERSION, origin: this.#sink.origin, self: this.#self, size: 0, leaf: undefined }
  }

  async #isOfLog({ version, origin, self, size: taken, leaf }: Reached, size: number): Promise<boolean> {
    if (version !== VERSION || origin !== this.#sink.origin || self !== this.#self || taken > size) return false
    for await (const [entry] of this.#pieces(taken - 1, taken))
      return entry !== undefined && leafHash(entry.line) === leaf
    return false
  }

  /**
   * LevelDB keeps what is deleted in its files until it writes them anew. Twice, since the first time only carries old
   * and new into one table, which may lie so deep that it is not looked at.
   */
  async #press(): Promise<void> {
    if (this.#db.getSync(PRESS_KEY) === undefined) return
    if (isPressable(this.#db)) {
      for (let pass = 0; pass < 2; pass++) {
        for (const letter of ['s', 'w']) {
          const { gte, lt } = family(letter)
          await this.#db.batch([gte, lt].map((key) => ({ type: 'del', key }) as const))
          await this.#db.compactRange(gte, lt)
        }
      }
    }
    await this.#db.del(PRESS_KEY)
  }
}

function sizeOf({ line, payloads }: StoredEntry): number {
  return payloads.reduce((sum, { bytes }) => sum + bytes.length, line.length)
}

interface Pressable {
  compactRange(start: string, end: string): Promise<void>
}

function isPressable(db: IndexDb): db is IndexDb & Pressable {
  return 'compactRange' in db && typeof db.compactRange === 'function'
}

function takeEntry(fold: Fold, entry: StoredEntry): void {
  try {
    fold.take(entry)
  } catch (cause) {
    throw cause instanceof AuditError ? unreadable(cause.message, cause) : cause
  }
}

/** @throws MessengerError AUDIT_UNAVAILABLE */
export async function* readLog(sink: LogToFollow, range: EntryRange): AsyncIterable<readonly StoredEntry[]> {
  const iterator = sink.read(range)[Symbol.asyncIterator]()
  try {
    for (;;) {
      const { done, value } = await fromLog(() => iterator.next())
      if (done === true) return
      yield value
    }
  } finally {
    await iterator.return?.()
  }
}

async function fromLog<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw unreadable(reasonOf(cause), cause)
  }
}

function unreadable(why: string, cause?: unknown): MessengerError {
  return new MessengerError('AUDIT_UNAVAILABLE', `the log cannot be read for the history: ${why}`, { cause })
}
