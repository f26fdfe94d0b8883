import { setImmediate as turn } from 'node:timers/promises'
import type { AuditError } from '../errors.ts'
import type { AuditClock } from '../clock.ts'
import type { Hash } from '../hash.ts'
import type { LogSigner } from '../keys/log-key.ts'
import { DRAFT_AHEAD_ENTRIES, MAX_WAITING_ENTRIES } from '../limits.ts'
import type { AuditReceipt, SignedCheckpoint } from '../sink.ts'
import type { AuditStore, Head } from '../store.ts'
import { type Checkpoint, checkpointText } from '../tlog/checkpoint.ts'
import { formatHeadNote } from '../tlog/head-note.ts'
import type { CompleteTile, TiledTree } from '../tlog/tiled-tree.ts'
import type { ClockWatch } from './clock-watch.ts'
import { type Draft, type Drafted, draftRecords } from './draft.ts'
import { storeAndReadBack, withinTime } from './durable.ts'
import { asAuditError, failedBefore, reject } from './failure.ts'
import type { LargestSeen } from './largest-seen.ts'
import { AppendQueue, type Waiting } from './queue.ts'

export interface WriterInit {
  readonly store: AuditStore
  readonly origin: string
  readonly clock: AuditClock
  readonly clockWatch: ClockWatch
  readonly largest: LargestSeen
  readonly timeoutMs: number
  /** What is there. */
  readonly head: Head
  readonly tree: TiledTree
  readonly signer: LogSigner
}

/** A draft, and the tree with it. */
interface PlacedBatch extends Drafted {
  readonly root: Hash
  readonly tiles: readonly CompleteTile[]
}

/**
 * The one writer of a log: takes what waits, makes it durable as one batch, then answers; until nothing waits. The
 * first thing that fails fails the log for good (spec/audit-log.md section 8).
 */
export class LogWriter {
  readonly #init: WriterInit
  readonly #queue = new AppendQueue(MAX_WAITING_ENTRIES)
  #signer: LogSigner
  #head: Head
  /** What the next draft goes on from: like the tree, ahead of `#head` while a batch is being stored. */
  #drafted: Head
  #checkpoint: SignedCheckpoint | undefined
  #failure: AuditError | undefined
  #writing: Promise<void> | undefined

  constructor(init: WriterInit) {
    this.#init = init
    this.#signer = init.signer
    this.#head = init.head
    this.#drafted = init.head
  }

  /** Of all that is durable. */
  get head(): Head {
    return this.#head
  }

  /** Of all that is durable; undefined until the first batch is. */
  get checkpoint(): SignedCheckpoint | undefined {
    return this.#checkpoint
  }

  get signer(): LogSigner {
    return this.#signer
  }

  fail(error: AuditError): void {
    this.#failure ??= error
  }

  /** @throws AuditError AUDIT_FAILED, AUDIT_BUSY, AUDIT_ENTRY_INVALID; at the first failure, what failed */
  async add(entries: readonly Draft[], signal?: AbortSignal): Promise<AuditReceipt[]> {
    signal?.throwIfAborted()
    if (this.#failure !== undefined) throw failedBefore(this.#failure)
    const receipts = this.#queue.add(entries, signal)
    this.#writing ??= this.#write()
    return receipts
  }

  /**
   * Writes a statement of continuation, alone in its batch, whose checkpoint is the first that `signer` signs. Asked only
   * of a log that nobody else has: see continue-log.ts.
   * @param statement - given the size and the root of the log before it
   */
  async goOn(signer: LogSigner, statement: (size: number, root: Hash) => Promise<Draft>): Promise<AuditReceipt> {
    const { clockWatch, tree } = this.#init
    const jump = clockWatch.look()
    const entries = [await statement(this.#head.size, tree.root())]
    this.#signer = signer
    const [receipt] = await new Promise<AuditReceipt[]>((resolve, reject) => {
      void this.#commit(this.#place([{ entries, resolve, reject }]))
    })
    // Not before it: that would be signed by a key that was perhaps lost.
    if (jump !== undefined) await this.#commit(this.#place([{ entries: [jump], ...UNWATCHED }]))
    return receipt as AuditReceipt
  }

  /** Signs for what is there, and keeps that as the head note. */
  async noteHead(): Promise<void> {
    const checkpoint = { origin: this.#init.origin, size: this.#head.size, root: this.#init.tree.root() }
    await this.#keep(await this.#signed(checkpoint))
  }

  /** Resolves when nothing waits any more. */
  async idle(): Promise<void> {
    await this.#writing
  }

  /**
   * When much waits while the store works, the next batch is drafted meanwhile. Before each the event loop turns once, so
   * that all whom the last batch set free share the next.
   */
  async #write(): Promise<void> {
    let storing: Promise<void> | undefined
    for (;;) {
      if (storing !== undefined) await this.#queue.holds(DRAFT_AHEAD_ENTRIES, storing)
      await turn()
      const batch = this.#queue.take()
      if (batch.length === 0) {
        if (storing === undefined) break
        await storing
        storing = undefined
        continue
      }
      const placed = this.#placeAfterTheClock(batch)
      await storing
      storing = this.#commit(placed)
    }
    this.#writing = undefined
  }

  #placeAfterTheClock(waiting: readonly Waiting[]): PlacedBatch | undefined {
    if (this.#failure !== undefined) {
      reject(waiting, failedBefore(this.#failure))
      return undefined
    }
    const jump = this.#init.clockWatch.look()
    return this.#place(jump === undefined ? waiting : [{ entries: [jump], ...UNWATCHED }, ...waiting])
  }

  /** @returns undefined when nothing of it can be written */
  #place(batch: readonly Waiting[]): PlacedBatch | undefined {
    const { origin, clock, largest, tree } = this.#init
    const draft = draftRecords(batch, { head: this.#drafted, origin, clock, largest })
    if (draft.accepted.length === 0) return undefined
    this.#drafted = draft.head
    for (const { leaf } of draft.receipts) tree.append(leaf)
    return { ...draft, root: tree.root(), tiles: tree.takeComplete() }
  }

  async #commit(placed: PlacedBatch | undefined): Promise<void> {
    if (placed === undefined) return
    const { receipts, accepted, head } = placed
    // What failed may be what this was drafted to follow.
    if (this.#failure !== undefined) {
      reject(accepted, failedBefore(this.#failure))
      return
    }
    try {
      await withinTime(this.#makeDurable(placed), this.#init.timeoutMs, 'the store')
    } catch (thrown) {
      this.#failure = asAuditError(thrown)
      reject(accepted, this.#failure)
      return
    }
    this.#head = head
    let next = 0
    for (const { entries, resolve } of accepted) resolve(receipts.slice(next, (next += entries.length)))
  }

  /** The store begins first: the signature is made while the disk flushes. Until both are done nobody sees it. */
  async #makeDurable({ receipts, head, messages, witnessed, continuations, root, tiles }: PlacedBatch): Promise<void> {
    const { store, origin } = this.#init
    const checkpoint = { origin, size: head.size, root }
    const batch = { entries: receipts, head, messages, witnessed, continuations, tiles }
    const [, signed] = await Promise.all([storeAndReadBack(store, batch), this.#signed(checkpoint)])
    await this.#keep(signed)
  }

  async #signed(checkpoint: Checkpoint): Promise<HeadNote> {
    const signature = await this.#signer.sign(Buffer.from(checkpointText(checkpoint)))
    return { ...checkpoint, signature, note: formatHeadNote(checkpoint, this.#signer.vkey, signature) }
  }

  async #keep({ note, ...checkpoint }: HeadNote): Promise<void> {
    await this.#init.store.writeHeadNote(note)
    this.#checkpoint = checkpoint
  }
}

interface HeadNote extends SignedCheckpoint {
  /** The same, as its file holds it. */
  readonly note: Uint8Array
}

/** For what the log itself has to say: whoever appends is told of a failure anyway. */
const UNWATCHED = { resolve: () => undefined, reject: () => undefined }
