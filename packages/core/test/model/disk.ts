import { AuditError, type AuditStore, type EntryRange, type StoreBatch, type StoredEntry } from '@branchline/audit-sink'
import { memoryStore } from '@branchline/audit-sink/stores/memory'
import type { Activity } from './activity.ts'
import type { Chance } from './chance.ts'

/** What becomes of batches, until the log is opened again. */
export const DISK_FAULTS = ['is full', 'rejects, but keeps', 'hangs', 'hangs, but keeps', 'is late'] as const
export type DiskFault = (typeof DISK_FAULTS)[number]
/** Longer than a messenger waits for a record, and shorter than a log does for its store after that. */
const LATE_MS = 9_999
/** How long it takes until that is durable of which a hasty disk said that it was. */
const HASTE_TURNS = 20

export interface DiskInit {
  readonly activity: Activity
  readonly chance: Chance
  readonly isHasty: (batch: StoreBatch) => boolean
  /** Told of a batch when it is durable, before anybody else. */
  readonly onDurable: (batch: StoreBatch) => void
}

interface Session {
  isOver: boolean
}

/** What outlives a process. */
export class Disk {
  readonly store = memoryStore()
  readonly #init: DiskInit
  #session: Session = { isOver: true }
  #fault: DiskFault | undefined
  #failingReads = 0
  #pending: StoreBatch | undefined
  /** Where the newest batch begins. */
  #newest = 0

  constructor(init: DiskInit) {
    this.#init = init
  }

  get isSound(): boolean {
    return this.#fault === undefined
  }

  fail(fault: DiskFault): void {
    this.#fault = fault
  }

  /** So many look-ups fail, then they go on. */
  failReads(count: number): void {
    this.#failingReads = count
  }

  /** The process is gone: what it was writing is there or not. */
  kill(keepsPending: boolean): void {
    this.#session.isOver = true
    const pending = this.#pending
    this.#pending = undefined
    if (pending !== undefined && keepsPending) void this.#apply(pending)
  }

  /** For one process; whatever the one before still does comes to nothing. */
  open(): AuditStore {
    const session: Session = { isOver: false }
    this.#session = session
    this.#fault = undefined
    this.#failingReads = 0
    const { store } = this
    const alive = async <T>(work: () => Promise<T>): Promise<T> => {
      this.#init.activity.note()
      if (session.isOver) return never()
      const value = await work()
      return session.isOver ? never() : value
    }
    return {
      append: (batch) => alive(() => this.#append(batch, session)),
      head: () => alive(() => store.head()),
      read: (range) => this.#read(range),
      lookup: (message) => alive(() => this.#lookup(message)),
      witnessed: (origin) => alive(() => store.witnessed(origin)),
      continuations: () => alive(() => store.continuations()),
      erase: (seq, label) => alive(() => store.erase(seq, label)),
      tile: (level, index) => alive(() => store.tile(level, index)),
      headNote: () => alive(() => store.headNote()),
      writeHeadNote: (note) => alive(() => this.#writeHeadNote(note, session)),
      close: async () => undefined,
    }
  }

  async #append(batch: StoreBatch, session: Session): Promise<void> {
    const { activity, chance } = this.#init
    this.#pending = batch
    for (let turns = chance.below(4); turns > 0; turns--) {
      await activity.turns(1)
      activity.note()
    }
    if (session.isOver) return
    const fault = this.#fault
    if (fault === 'is late') {
      await new Promise((resolve) => setTimeout(resolve, LATE_MS))
      if (session.isOver) return
    }
    if (fault === 'hangs' || fault === 'hangs, but keeps') return this.#hang(batch, fault)
    this.#pending = undefined
    if (fault === 'is full') throw new AuditError('AUDIT_STORE_FULL', 'there is no room')
    await this.#apply(batch)
    if (fault === 'rejects, but keeps') throw new Error('the disk is not sure')
  }

  async #hang(batch: StoreBatch, fault: DiskFault): Promise<never> {
    this.#pending = undefined
    if (fault === 'hangs, but keeps') await this.#apply(batch)
    return never()
  }

  async #apply(batch: StoreBatch): Promise<void> {
    const { activity, isHasty, onDurable } = this.#init
    if (isHasty(batch)) void activity.turns(HASTE_TURNS).then(() => onDurable(batch))
    else onDurable(batch)
    this.#newest = batch.entries[0]?.seq ?? 0
    await this.store.append(batch)
  }

  async #writeHeadNote(note: Uint8Array, session: Session): Promise<void> {
    await this.#init.activity.turns(this.#init.chance.below(2))
    if (!session.isOver) await this.store.writeHeadNote(note)
  }

  /** What was written last can be read: a log that cannot read that back has failed for good. */
  async *#read(range: EntryRange = {}): AsyncIterable<readonly StoredEntry[]> {
    const { to = Number.POSITIVE_INFINITY } = range
    if (this.#failingReads > 0 && to <= this.#newest) {
      this.#failingReads--
      throw new Error('the disk cannot be read now')
    }
    yield* this.store.read(range)
  }

  async #lookup(message: string): Promise<number | undefined> {
    if (this.#failingReads === 0) return this.store.lookup(message)
    this.#failingReads--
    throw new Error('the disk cannot be read now')
  }
}

async function never(): Promise<never> {
  return new Promise(() => undefined)
}
