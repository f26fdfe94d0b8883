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
  readonly #witnessed = new Map<string, number>()
  readonly #continuations: number[] = []
  readonly #tiles = new Map<string, Uint8Array>()
  #head: Head | undefined
  #headNote: Uint8Array | undefined

  async append({ entries, head, messages, witnessed, continuations, tiles }: StoreBatch): Promise<void> {
    this.#entries.push(...entries)
    for (const [message, seq] of messages) this.#messages.set(message, seq)
    for (const [origin, seq] of witnessed) this.#witnessed.set(origin, seq)
    this.#continuations.push(...continuations)
    for (const { level, index, hashes } of tiles) this.#tiles.set(`${level}.${index}`, hashes)
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

  async witnessed(origin: string): Promise<number | undefined> {
    return this.#witnessed.get(origin)
  }

  async continuations(): Promise<readonly number[]> {
    return [...this.#continuations]
  }

  async erase(seq: number, label: string): Promise<void> {
    const entry = this.#entries[seq]
    if (entry === undefined) return
    this.#entries[seq] = { ...entry, payloads: entry.payloads.filter((payload) => payload.label !== label) }
  }

  async tile(level: number, index: number): Promise<Uint8Array | undefined> {
    return this.#tiles.get(`${level}.${index}`)
  }

  async headNote(): Promise<Uint8Array | undefined> {
    return this.#headNote
  }

  async writeHeadNote(note: Uint8Array): Promise<void> {
    this.#headNote = note
  }

  async close(): Promise<void> {}
}
