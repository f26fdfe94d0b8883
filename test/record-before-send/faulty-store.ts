import { setTimeout as pause } from 'node:timers/promises'
import {
  AuditError,
  type AuditStore,
  type EntryRange,
  type Head,
  type StoreBatch,
  type StoredEntry,
} from '@branchline/audit-sink'
import { leafOf } from './by-hand.ts'
import type { StoreFault } from './faults.ts'
import type { Random } from './random.ts'

/** Longer than whoever waits for the store in these tests has patience. */
export const LATE_MS = 100
/** So that what does not wait for the store is ahead of it. */
const USUAL_MS = 3

export interface FaultyStoreInit {
  /** Where it keeps what it keeps. */
  readonly inner: AuditStore
  readonly random: Random
  readonly faultFor: (batch: StoreBatch) => StoreFault | undefined
  /** Told the leaf hash of each entry as soon as that is durable. */
  readonly onDurable: (leaf: string) => void
}

/** A store that fails as disks do. Until it is closed: then another may be opened over the same inner store. */
export class FaultyStore implements AuditStore {
  readonly #init: FaultyStoreInit
  /** Not answered yet; may be kept all the same. */
  #pending: StoreBatch | undefined
  #closed = false

  constructor(init: FaultyStoreInit) {
    this.#init = init
  }

  async append(batch: StoreBatch): Promise<void> {
    const { inner, random, faultFor } = this.#init
    switch (faultFor(batch)) {
      case undefined:
        await pause(random.next() * USUAL_MS)
        return this.#keep(batch)
      case 'rejects':
        throw new Error('I/O error')
      case 'rejects, but keeps':
        await inner.append(batch)
        throw new Error('I/O error')
      case 'is full':
        throw new AuditError('AUDIT_STORE_FULL', 'the disk that holds the log is full')
      case 'hangs':
        this.#pending = batch
        return new Promise(() => undefined)
      case 'is late':
        this.#pending = batch
        await pause(LATE_MS)
        if (this.#closed) return new Promise(() => undefined)
        this.#pending = undefined
        return this.#keep(batch)
      case 'alters':
        await inner.append(altered(batch, random))
    }
  }

  async #keep(batch: StoreBatch): Promise<void> {
    await this.#init.inner.append(batch)
    for (const { line } of batch.entries) this.#init.onDurable(leafOf(line))
  }

  async head(): Promise<Head | undefined> {
    return this.#init.inner.head()
  }

  read(range?: EntryRange): AsyncIterable<readonly StoredEntry[]> {
    return this.#init.inner.read(range)
  }

  async lookup(message: string): Promise<number | undefined> {
    return this.#init.inner.lookup(message)
  }

  async witnessed(origin: string): Promise<number | undefined> {
    return this.#init.inner.witnessed(origin)
  }

  async continuations(): Promise<readonly number[]> {
    return this.#init.inner.continuations()
  }

  async tile(level: number, index: number): Promise<Uint8Array | undefined> {
    return this.#init.inner.tile(level, index)
  }

  async erase(seq: number, label: string): Promise<void> {
    return this.#init.inner.erase(seq, label)
  }

  async headNote(): Promise<Uint8Array | undefined> {
    return this.#init.inner.headNote()
  }

  async writeHeadNote(note: Uint8Array): Promise<void> {
    return this.#init.inner.writeHeadNote(note)
  }

  async close(): Promise<void> {
    this.#closed = true
    const pending = this.#pending
    this.#pending = undefined
    if (pending !== undefined && this.#init.random.is(0.5)) await this.#init.inner.append(pending)
  }
}

/** An entry that is not there, another first letter of a text, or another clock in a line. */
function altered(batch: StoreBatch, random: Random): StoreBatch {
  const entries = [...batch.entries]
  const at = random.below(entries.length)
  const { seq, line, payloads } = entries[at] as StoredEntry
  const [payload, ...others] = payloads
  if (random.is(0.3)) {
    entries.splice(at, 1)
  } else if (random.is(0.5) && payload !== undefined) {
    const bytes = Buffer.from(payload.bytes)
    bytes.write('?')
    entries[at] = { seq, line, payloads: [{ ...payload, bytes }, ...others] }
  } else {
    entries[at] = { seq, line: Buffer.from(Buffer.from(line).toString().replace('"time":1', '"time":2')), payloads }
  }
  return { ...batch, entries }
}
