import type { Hash } from '@branchline/audit-sink'
import { MAX_FILE_TRANSFERS } from '../limits.ts'
import type { FilesContext } from './context.ts'
import { Fetch } from './fetch.ts'
import type { Offer } from './ledger.ts'
import { Turns } from './turns.ts'

/** All files that we accepted and that are not here: the log says which. */
export class Fetching {
  readonly #context: FilesContext
  readonly #turns = new Turns(MAX_FILE_TRANSFERS)
  readonly #fetches = new Map<Hash, Fetch>()
  /** IDs of acceptances: what they were of came, or is not asked for again in this session, unless accepted anew. */
  readonly #over = new Set<Hash>()
  #isClosed = false
  /** Begins once it is known what is wanted. */
  #sweeping: Promise<void> | undefined

  constructor(context: FilesContext) {
    this.#context = context
  }

  /** Begins what is wanted, and ends what is not any more. */
  look(): void {
    if (this.#isClosed) return
    const { ledger } = this.#context
    for (const offer of ledger.wanted()) this.#begin(offer)
    if (ledger.isComplete) this.#sweeping ??= this.#sweep()
    for (const [id, fetch] of this.#fetches) {
      const offer = ledger.offer(id)
      if (offer === undefined || !ledger.isWanted(offer)) void this.#stop(id, fetch)
    }
  }

  #begin(offer: Offer): void {
    const { ledger, self } = this.#context
    const acceptance = ledger.answer(offer, self)?.id as Hash
    if (this.#fetches.has(offer.id) || this.#over.has(acceptance)) return
    const onOver = (): void => {
      this.#over.add(acceptance)
      this.#fetches.delete(offer.id)
      this.look()
    }
    this.#fetches.set(offer.id, new Fetch({ context: this.#context, offer, turns: this.#turns, onOver }))
  }

  /** It stays among the fetches until it has ended: nobody else may write the same partial file before. */
  async #stop(id: Hash, fetch: Fetch): Promise<void> {
    const { ledger, store, log } = this.#context
    try {
      await fetch.stop()
      const offer = ledger.offer(id)
      if (offer === undefined || !ledger.isWanted(offer)) await store.drop(id)
    } catch (error) {
      log.error('what had come of %s could not be thrown away - %e', id, error)
    }
    if (this.#fetches.get(id) !== fetch) return
    this.#fetches.delete(id)
    this.look()
  }

  /** What a process that ended in between had no time to throw away. */
  async #sweep(): Promise<void> {
    const { store, log } = this.#context
    try {
      for (const id of await store.partials()) if (!this.#fetches.has(id)) await store.drop(id)
    } catch (error) {
      log.error('what is not wanted any more could not be thrown away - %e', error)
    }
  }

  /** A peer is there. */
  hurry(peer: string): void {
    for (const fetch of this.#fetches.values()) if (fetch.peer === peer) fetch.hurry()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all([this.#sweeping, ...[...this.#fetches.values()].map(async (fetch) => fetch.stop())])
  }
}
