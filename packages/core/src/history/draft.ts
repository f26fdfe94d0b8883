import type { Hash } from '@branchline/audit-sink'
import type { IndexDb } from './db.ts'
import { AWAITED, messageKey, under } from './keys.ts'
import type { Row } from './row.ts'

/** What is asked for by prefix while a piece is taken: what comes after a message, and marks. */
const LISTED = new Set(['d', 'k'])

/** What one piece of the log changes: read through it, and written with one batch. */
export class Draft {
  readonly from: number
  readonly #db: IndexDb
  readonly #changes = new Map<string, string | undefined>()
  readonly #rows = new Map<Hash, Row | undefined>()
  readonly #listed = new Map<string, Set<string>>()

  /** @param from - the first seq of the piece: nothing of that record, or of a later one, is stored */
  constructor(db: IndexDb, from: number) {
    this.#db = db
    this.from = from
  }

  get(key: string): string | undefined {
    return this.#changes.has(key) ? this.#changes.get(key) : this.#db.getSync(key)
  }

  /** What is there without this draft. */
  stored(key: string): string | undefined {
    return this.#db.getSync(key)
  }

  row(id: Hash): Row | undefined {
    if (this.#rows.has(id)) return this.#rows.get(id)
    const text = this.get(messageKey(id))
    const row = text === undefined || text === AWAITED ? undefined : (JSON.parse(text) as Row)
    this.#rows.set(id, row)
    return row
  }

  setRow(row: Row): void {
    this.#rows.set(row.id, row)
  }

  put(key: string, value: string): void {
    this.#change(key, value)
  }

  delete(key: string): void {
    this.#change(key, undefined)
  }

  /** @param seq - of the record to which the key belongs */
  deleteOf(seq: number, key: string): void {
    if (seq >= this.from) this.#changes.delete(key)
    else this.#changes.set(key, undefined)
  }

  #change(key: string, value: string | undefined): void {
    this.#changes.set(key, value)
    if (!LISTED.has(key.charAt(0))) return
    const list = key.slice(0, key.indexOf('\0'))
    const keys = this.#listed.get(list)
    if (keys === undefined) this.#listed.set(list, new Set([key]))
    else keys.add(key)
  }

  /** @param prefix - of a listed kind */
  async keysUnder(prefix: string): Promise<string[]> {
    const stored = await this.#db.keys(under(prefix)).all()
    const changed = this.#listed.get(prefix.split('\0', 1)[0] as string) ?? []
    const added = [...changed].filter((key) => key.startsWith(`${prefix}\0`) && this.#changes.get(key) !== undefined)
    const left = stored.filter((key) => !this.#changes.has(key))
    return [...left, ...added]
  }

  /** All or nothing. */
  async write(): Promise<void> {
    const operations = Array.from(this.#changes, ([key, value]) =>
      value === undefined ? ({ type: 'del', key } as const) : ({ type: 'put', key, value } as const),
    )
    await this.#db.batch(operations)
  }
}
