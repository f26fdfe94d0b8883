import { AuditError } from '../errors.ts'
import { MAX_BATCH_BYTES, MAX_BATCH_ENTRIES } from '../limits.ts'
import type { AuditReceipt } from '../sink.ts'
import type { Draft } from './draft.ts'

/** One call of `append` that has not been answered. */
export interface Waiting {
  readonly entries: readonly Draft[]
  readonly resolve: (receipts: AuditReceipt[]) => void
  readonly reject: (error: unknown) => void
}

interface Place extends Waiting {
  readonly bytes: number
  readonly leave: () => void
}

/** Appends wait here, in the order of their calls, for the one writer. */
export class AppendQueue {
  readonly #maxEntries: number
  readonly #places = new Set<Place>()
  #entries = 0
  #watch: { readonly entries: number; readonly resolve: () => void } | undefined

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries
  }

  /** @throws AuditError AUDIT_BUSY when more entries wait than the writer can be hoped to catch up with */
  async add(entries: readonly Draft[], signal?: AbortSignal): Promise<AuditReceipt[]> {
    if (this.#entries + entries.length > this.#maxEntries) {
      throw new AuditError('AUDIT_BUSY', `${this.#entries} entries wait for the log already; try again in a moment`)
    }
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.#remove(place)
        reject(signal?.reason)
      }
      const leave = (): void => signal?.removeEventListener('abort', abort)
      const place: Place = { entries, resolve, reject, bytes: payloadBytes(entries), leave }
      this.#places.add(place)
      this.#entries += entries.length
      if (this.#watch !== undefined && this.#entries >= this.#watch.entries) this.#watch.resolve()
      signal?.addEventListener('abort', abort, { once: true })
    })
  }

  /** Resolves when so many entries wait, or `until` does. */
  async holds(entries: number, until: Promise<unknown>): Promise<void> {
    if (this.#entries >= entries) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#watch = { entries, resolve }
    await Promise.race([promise, until])
    this.#watch = undefined
  }

  /** The next batch: whole calls, at least one while any waits, then as many as the limits admit. */
  take(): Waiting[] {
    const batch: Waiting[] = []
    let entries = 0
    let bytes = 0
    for (const place of this.#places) {
      entries += place.entries.length
      bytes += place.bytes
      if (batch.length > 0 && (entries > MAX_BATCH_ENTRIES || bytes > MAX_BATCH_BYTES)) break
      batch.push(place)
      this.#remove(place)
    }
    return batch
  }

  #remove(place: Place): void {
    if (!this.#places.delete(place)) return
    this.#entries -= place.entries.length
    place.leave()
  }
}

function payloadBytes(entries: readonly Draft[]): number {
  let bytes = 0
  for (const { payloads = [] } of entries) for (const payload of payloads) bytes += payload.bytes.length
  return bytes
}
