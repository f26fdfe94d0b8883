import { setImmediate as turn } from 'node:timers/promises'
import { AuditError, reasonOf } from '../errors.ts'
import { type AuditClock, systemClock } from '../clock.ts'
import { genesisPrev, type Hash } from '../hash.ts'
import type { LogSigner } from '../keys/log-key.ts'
import { MAX_WAITING_ENTRIES, STORE_TIMEOUT_MS } from '../limits.ts'
import { isPeerId } from '../record/check.ts'
import type { AbortOptions, AuditEntry, AuditReceipt, AuditSink } from '../sink.ts'
import type { AuditStore, EntryRange, Head, StoredEntry } from '../store.ts'
import { draftRecords, type Draft } from './draft.ts'
import { checkOpening } from './opening.ts'
import { AppendQueue, type Waiting } from './queue.ts'
import { storeAndReadBack, withinTime } from './durable.ts'

export interface AuditLogInit {
  readonly store: AuditStore
  /** Names the log (`signer.name` is its origin) and signs for it. */
  readonly signer: LogSigner
  /** Peer ID of the device whose log this is. */
  readonly owner: string
  readonly clock?: AuditClock
  /** How long the store may take over one batch. */
  readonly storeTimeoutMs?: number
}

/**
 * Opens a log, or begins one, and checks that it fits its head, its origin and its key.
 * @throws AuditError AUDIT_LOG_DAMAGED, AUDIT_LOG_FOREIGN, AUDIT_STORE_FAILED, AUDIT_STORE_FULL, AUDIT_TIMEOUT
 */
export async function auditLog(init: AuditLogInit): Promise<AuditSink> {
  if (!isPeerId(init.owner)) throw new AuditError('AUDIT_ENTRY_INVALID', 'the owner of a log is a peer ID')
  const timeoutMs = init.storeTimeoutMs ?? STORE_TIMEOUT_MS
  const head = await withinTime(checkOpening(init.store, init.signer), timeoutMs, 'opening the log')
  const log = new AuditLog(init, head ?? { size: 0, leaf: genesisPrev(init.signer.name) }, timeoutMs)
  if (head === undefined) await log.begin()
  return log
}

class AuditLog implements AuditSink {
  readonly origin: string
  readonly #init: AuditLogInit
  readonly #clock: AuditClock
  readonly #timeoutMs: number
  readonly #queue = new AppendQueue(MAX_WAITING_ENTRIES)
  #head: Head
  #failure: AuditError | undefined
  #closed = false
  #writing: Promise<void> | undefined

  constructor(init: AuditLogInit, head: Head, timeoutMs: number) {
    this.origin = init.signer.name
    this.#init = init
    this.#clock = init.clock ?? systemClock()
    this.#timeoutMs = timeoutMs
    this.#head = head
  }

  async begin(): Promise<void> {
    const { owner, signer } = this.#init
    await this.#enqueue([{ kind: 'genesis', actor: owner, detail: { origin: this.origin, key: signer.vkey } }])
  }

  async append(entries: readonly AuditEntry[], options: AbortOptions = {}): Promise<AuditReceipt[]> {
    return this.#enqueue(entries, options.signal)
  }

  async #enqueue(entries: readonly Draft[], signal?: AbortSignal): Promise<AuditReceipt[]> {
    signal?.throwIfAborted()
    if (this.#closed) throw new AuditError('AUDIT_CLOSED', 'the log is closed')
    if (this.#failure !== undefined) throw failedBefore(this.#failure)
    const receipts = this.#queue.add(entries, signal)
    this.#writing ??= this.#write()
    return receipts
  }

  /**
   * The one writer: takes what waits, makes it durable as one batch, then answers; until nothing waits. Before each
   * batch it lets the event loop turn once, so that all whom the last batch set free share the next.
   */
  async #write(): Promise<void> {
    for (;;) {
      await turn()
      const batch = this.#queue.take()
      if (batch.length === 0) break
      if (this.#failure === undefined) await this.#commit(batch)
      else reject(batch, failedBefore(this.#failure))
    }
    this.#writing = undefined
  }

  async #commit(batch: readonly Waiting[]): Promise<void> {
    const { receipts, accepted, head, messages } = draftRecords(batch, this.#head, this.origin, this.#clock)
    if (accepted.length === 0) return
    try {
      await withinTime(
        storeAndReadBack(this.#init.store, { entries: receipts, head, messages }),
        this.#timeoutMs,
        'the store',
      )
    } catch (thrown) {
      this.#failure = asAuditError(thrown)
      reject(accepted, this.#failure)
      return
    }
    this.#head = head
    let next = 0
    for (const { entries, resolve } of accepted) resolve(receipts.slice(next, (next += entries.length)))
  }

  async head(): Promise<Head> {
    return this.#head
  }

  read(range: EntryRange = {}): AsyncIterable<readonly StoredEntry[]> {
    return this.#init.store.read({ ...range, to: Math.min(range.to ?? this.#head.size, this.#head.size) })
  }

  async lookup(message: Hash): Promise<number | undefined> {
    return this.#init.store.lookup(message)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#writing
    await this.#init.store.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

function reject(waiting: readonly Waiting[], error: AuditError): void {
  for (const each of waiting) each.reject(error)
}

function failedBefore(cause: AuditError): AuditError {
  const message = `the log failed before (${cause.code}: ${cause.message}); close it and open it again`
  return new AuditError('AUDIT_FAILED', message, { cause })
}

function asAuditError(thrown: unknown): AuditError {
  if (thrown instanceof AuditError) return thrown
  return new AuditError('AUDIT_STORE_FAILED', `the log could not be written: ${reasonOf(thrown)}`, { cause: thrown })
}
