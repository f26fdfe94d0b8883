import { randomBytes } from 'node:crypto'
import type { AuditStore } from '../store.ts'
import type { AppendFault, ConformanceHarness, Hook, Mend } from './harness.ts'

/** A case before a harness is known. */
export interface CaseDraft {
  readonly name: string
  readonly needs?: readonly Hook[]
  run(bench: Bench): Promise<void>
}

/** One case's place, and the stores that it opened there; what is left open is closed when the case ends. */
export class Bench implements AsyncDisposable {
  readonly place = `p_${randomBytes(8).toString('hex')}`
  readonly #harness: ConformanceHarness
  readonly #open = new Set<AuditStore>()

  constructor(harness: ConformanceHarness) {
    this.#harness = harness
  }

  async open(): Promise<AuditStore> {
    const store = await this.#harness.open(this.place)
    this.#open.add(store)
    return store
  }

  async close(store: AuditStore): Promise<void> {
    this.#open.delete(store)
    await store.close()
  }

  async reopen(store: AuditStore): Promise<AuditStore> {
    await this.close(store)
    return this.open()
  }

  async crash(store: AuditStore): Promise<void> {
    this.#open.delete(store)
    await this.#harness.crash?.(store, this.place)
  }

  /** @returns what `keepCopy` of the harness gave */
  async keepCopy(): Promise<() => Promise<void>> {
    const rollBack = await this.#harness.keepCopy?.(this.place)
    if (rollBack === undefined) throw new Error('the hook "keepCopy" returned nothing to put the copy back with')
    return rollBack
  }

  async failNextAppend(store: AuditStore, fault: AppendFault): Promise<Mend> {
    const mend = await this.#harness.faults?.[fault]?.(store, this.place)
    if (mend === undefined) throw new Error(`the hook "fault: ${fault}" returned nothing to mend it with`)
    return mend
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled([...this.#open].map((store) => store.close()))
  }
}
