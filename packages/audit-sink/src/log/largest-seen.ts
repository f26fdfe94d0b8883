import { type AuditRecord, parseRecord, type SeenCheckpoint } from '../record/record.ts'
import type { AuditStore, StoredEntry } from '../store.ts'

/** The largest checkpoint of each other log that a record of this one holds: those asked for or added since the start. */
export class LargestSeen {
  readonly #store: AuditStore
  readonly #known = new Map<string, SeenCheckpoint>()

  constructor(store: AuditStore) {
    this.#store = store
  }

  /**
   * @param goesBack - whether it counts although it is smaller: a director let that log go on from less
   * @returns whether it is now the largest
   */
  add(seen: SeenCheckpoint, goesBack = false): boolean {
    const known = this.#known.get(seen[0])
    if (known !== undefined && known[1] >= seen[1] && !goesBack) return false
    this.#known.set(seen[0], seen)
    return true
  }

  async of(origin: string): Promise<SeenCheckpoint | undefined> {
    if (!this.#known.has(origin)) {
      const stored = await this.#stored(origin)
      if (stored !== undefined) this.add(stored)
    }
    return this.#known.get(origin)
  }

  async #stored(origin: string): Promise<SeenCheckpoint | undefined> {
    const seq = await this.#store.witnessed(origin)
    if (seq === undefined) return undefined
    for await (const [entry] of this.#store.read({ from: seq, to: seq + 1 })) return largestOf(entry, origin)
    return undefined
  }
}

/** Whether a record says that another log goes on from less than was held of it (spec/wire.md section 4). */
export function tellsOfContinuation({ kind, payloads = [] }: AuditRecord): boolean {
  return kind === 'witnessed' && payloads.some(([label]) => label === 'continuation')
}

function largestOf(entry: StoredEntry | undefined, origin: string): SeenCheckpoint | undefined {
  const all = entry === undefined ? [] : (parseRecord(entry.line).seen ?? [])
  return all.filter((seen) => seen[0] === origin).toSorted((a, b) => b[1] - a[1])[0]
}
