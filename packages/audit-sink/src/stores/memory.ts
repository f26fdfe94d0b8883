import type { Hash } from '../hash.ts'
import type { AuditStore, EntryRange, Head, StoreBatch, StoredEntry } from '../store.ts'

const PIECE = 1_000

/** A store for tests and examples: what it holds is gone with the process, so it MUST NOT carry a real record. */
export function memoryStore(): AuditStore {
  return new MemoryStore()
}

class MemoryStore implements AuditStore {
  readonly #entries: StoredEntry[] = []
  readonly #messages = new Map<Hash, number>()
  #head: Head | undefined

  async append({ entries, head, messages }: StoreBatch): Promise<void> {
    this.#entries.push(...entries)
    for (const [message, seq] of messages) this.#messages.set(message, seq)
    this.#head = head
  }

  async head(): Promise<Head | undefined> {
    return this.#head
  }

  async *read({ from = 0, to = Number.POSITIVE_INFINITY }: EntryRange = {}): AsyncIterable<readonly StoredEntry[]> {
    const end = Math.min(to, this.#entries.length)
    for (let start = from; start < end; start += PIECE) yield this.#entries.slice(start, Math.min(start + PIECE, end))
  }

  async lookup(message: Hash): Promise<number | undefined> {
    return this.#messages.get(message)
  }

  async close(): Promise<void> {}
}
