import { setImmediate as turn } from 'node:timers/promises'
import { AuditError } from '../errors.ts'
import { type AuditClock, systemClock } from '../clock.ts'
import { genesisPrev, type Hash } from '../hash.ts'
import type { KeyChange } from '../keys/epochs.ts'
import type { LogSigner } from '../keys/log-key.ts'
import { DRAFT_AHEAD_ENTRIES, MAX_WAITING_ENTRIES, STORE_TIMEOUT_MS } from '../limits.ts'
import { isPeerId } from '../record/check.ts'
import { isContinuation } from '../record/continuation.ts'
import type { SeenCheckpoint } from '../record/record.ts'
import type {
  AbortOptions,
  AuditEntry,
  AuditReceipt,
  AuditSink,
  Cosignature,
  Proof,
  ProofRequest,
  Redaction,
  SignedCheckpoint,
} from '../sink.ts'
import type { AuditStore, EntryRange, Head, StoredEntry } from '../store.ts'
import { type Checkpoint, checkpointText, cosignedText } from '../tlog/checkpoint.ts'
import { InclusionProver } from '../tlog/neighbours.ts'
import { earlierRootProof } from '../tlog/proofs.ts'
import { type CompleteTile, TiledTree } from '../tlog/tiled-tree.ts'
import { ClockWatch } from './clock-watch.ts'
import { type Draft, type Drafted, draftRecords } from './draft.ts'
import { asAuditError, failedBefore, reject } from './failure.ts'
import { formatHeadNote } from '../tlog/head-note.ts'
import { LargestSeen } from './largest-seen.ts'
import { checkOpening, type OpenedLog } from './opening.ts'
import { AppendQueue, type Waiting } from './queue.ts'
import { storeAndReadBack, withinTime } from './durable.ts'
import { erase, holdsPayload } from './redaction.ts'
import { assertWhole } from './second-look.ts'

export interface AuditLogInit {
  readonly store: AuditStore
  /** Names the log (`signer.name` is its origin) and signs for it. */
  readonly signer: LogSigner
  /** A key to which the log was perhaps being changed when the process ended: signs instead, when it is in force. */
  readonly nextSigner?: LogSigner | undefined
  /** Peer ID of the device whose log this is. */
  readonly owner: string
  readonly clock?: AuditClock
  /** How long the store may take over one batch. */
  readonly storeTimeoutMs?: number
}

/**
 * Opens a log, or begins one, and checks that it fits its head, its origin and its key.
 * @throws AuditError AUDIT_LOG_DAMAGED, AUDIT_LOG_FOREIGN, AUDIT_LOG_ROLLED_BACK, AUDIT_STORE_FAILED, AUDIT_STORE_FULL, AUDIT_TIMEOUT
 */
export async function auditLog(init: AuditLogInit): Promise<AuditSink> {
  if (!isPeerId(init.owner)) throw new AuditError('AUDIT_ENTRY_INVALID', 'the owner of a log is a peer ID')
  const timeoutMs = init.storeTimeoutMs ?? STORE_TIMEOUT_MS
  const signers = [init.signer, ...(init.nextSigner === undefined ? [] : [init.nextSigner])] as const
  const opening = checkOpening(init.store, signers)
  const opened = await withinTime(opening, timeoutMs, 'opening the log').catch((thrown: unknown) => {
    throw asAuditError(thrown, 'read')
  })
  const log = new AuditLog(init, opened ?? emptyLog(init), timeoutMs)
  if (opened === undefined) await log.begin()
  else await log.resume(opened)
  return log
}

function emptyLog({ store, signer }: AuditLogInit): Omit<OpenedLog, 'epochs'> {
  const tree = new TiledTree((level, index) => store.tile(level, index))
  return {
    head: { size: 0, leaf: genesisPrev(signer.name) },
    tree,
    signer,
    notedSize: 0,
    lastTime: undefined,
    redactions: [],
    changes: [],
  }
}

/** A draft, and the tree with it. */
interface PlacedBatch extends Drafted {
  readonly root: Hash
  readonly tiles: readonly CompleteTile[]
}

export class AuditLog implements AuditSink {
  readonly origin: string
  readonly #init: AuditLogInit
  #signer: LogSigner
  readonly #clock: AuditClock
  readonly #clockWatch: ClockWatch
  readonly #timeoutMs: number
  readonly #queue = new AppendQueue(MAX_WAITING_ENTRIES)
  readonly #largest: LargestSeen
  /** Ahead of `#head` while a batch is being stored, and for good when that failed. */
  readonly #tree: TiledTree
  readonly #prover: InclusionProver
  readonly #changes: readonly KeyChange[]
  #head: Head
  /** What the next draft goes on from: ahead of `#head` while a batch is being stored. */
  #drafted: Head
  /** Of all that is durable; undefined until the first batch is. */
  #checkpoint: SignedCheckpoint | undefined
  #failure: AuditError | undefined
  #closed = false
  #writing: Promise<void> | undefined
  #lookingAgain: Promise<void> | undefined
  readonly #closing = new AbortController()

  constructor(
    init: AuditLogInit,
    { head, tree, signer, lastTime, changes }: Omit<OpenedLog, 'epochs'>,
    timeoutMs: number,
  ) {
    this.origin = init.signer.name
    this.#changes = changes
    this.#tree = tree
    this.#prover = new InclusionProver(tree)
    this.#largest = new LargestSeen(init.store)
    this.#init = init
    this.#signer = signer
    this.#clock = init.clock ?? systemClock()
    this.#clockWatch = new ClockWatch(this.#clock, init.owner, lastTime)
    this.#timeoutMs = timeoutMs
    this.#head = head
    this.#drafted = head
  }

  get key(): string {
    return this.#signer.vkey
  }

  async begin(): Promise<void> {
    const { owner } = this.#init
    await this.#enqueue([{ kind: 'genesis', actor: owner, detail: { origin: this.origin, key: this.key } }])
  }

  /** Goes on with a log that was opened again. */
  async resume(opened: OpenedLog): Promise<void> {
    await this.catchUp(opened)
    this.#lookingAgain = this.#lookAgain(opened.head)
    const { store } = this.#init
    // What was recorded to be erased when the process ended.
    for (const { seq, label } of opened.redactions) {
      if (await holdsPayload(store, seq, label)) await erase(store, seq, label)
    }
  }

  /**
   * When a log's head note is older than its head, records were durable and whoever appended them was perhaps never
   * told: the log says so.
   */
  async catchUp({ head, notedSize }: OpenedLog): Promise<void> {
    const checkpoint = { origin: this.origin, size: head.size, root: this.#tree.root() }
    await this.#writeHeadNote({ ...checkpoint, signature: await this.#sign(checkpoint) })
    const { owner } = this.#init
    if (notedSize < head.size && head.size > 1) {
      const detail = { 'found-from': notedSize, 'found-to': head.size - 1 }
      await this.#enqueue([{ kind: 'recovery', actor: owner, detail, reason: FOUND }])
    }
  }

  /**
   * Writes a statement of continuation, alone in its batch, whose checkpoint is the first that `signer` signs. Asked only
   * of a log that nobody else has: see continue-log.ts.
   * @param statement - given the size and the root of the log before it
   */
  async goOn(signer: LogSigner, statement: (size: number, root: Hash) => Promise<Draft>): Promise<AuditReceipt> {
    const jump = this.#clockWatch.look()
    const root = this.#tree.root()
    const entries = [await statement(this.#head.size, root)]
    this.#signer = signer
    const [receipt] = await new Promise<AuditReceipt[]>((resolve, reject) => {
      void this.#commit(this.#place([{ entries, resolve, reject }]))
    })
    // Not before it: that would be signed by a key that was perhaps lost.
    if (jump !== undefined) await this.#commit(this.#place([{ entries: [jump], ...UNWATCHED }]))
    return receipt as AuditReceipt
  }

  /** What it finds fails the log as a failed write does: nothing is recorded any more, and so nothing sent. */
  async #lookAgain(head: Head): Promise<void> {
    try {
      await assertWhole(this.#init.store, head, this.origin, this.#closing.signal)
    } catch (thrown) {
      if (!this.#closing.signal.aborted) this.#failure ??= asAuditError(thrown, 'read')
    }
  }

  async append(entries: readonly AuditEntry[], options: AbortOptions = {}): Promise<AuditReceipt[]> {
    if (entries.some(isContinuation))
      throw new AuditError('AUDIT_ENTRY_INVALID', 'the log itself writes what changes its key')
    return this.#enqueue(entries, options.signal)
  }

  #enqueue(entries: readonly Draft[], signal?: AbortSignal): Promise<AuditReceipt[]> {
    signal?.throwIfAborted()
    if (this.#closed) throw new AuditError('AUDIT_CLOSED', 'the log is closed')
    if (this.#failure !== undefined) throw failedBefore(this.#failure)
    const receipts = this.#queue.add(entries, signal)
    this.#writing ??= this.#write()
    return receipts
  }

  /**
   * The one writer: takes what waits, makes it durable as one batch, then answers; until nothing waits. When much waits
   * while the store works, the next batch is drafted meanwhile. Before each it lets the event loop turn once, so that
   * all whom the last batch set free share the next.
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
      const draft = this.#draft(batch)
      await storing
      storing = draft && this.#commit(draft)
    }
    this.#writing = undefined
  }

  /** @returns undefined when nothing of it can be written */
  #draft(waiting: readonly Waiting[]): PlacedBatch | undefined {
    if (this.#failure !== undefined) {
      reject(waiting, failedBefore(this.#failure))
      return undefined
    }
    const jump = this.#clockWatch.look()
    return this.#place(jump === undefined ? waiting : [{ entries: [jump], ...UNWATCHED }, ...waiting])
  }

  #place(batch: readonly Waiting[]): PlacedBatch | undefined {
    const context = { head: this.#drafted, origin: this.origin, clock: this.#clock, largest: this.#largest }
    const draft = draftRecords(batch, context)
    if (draft.accepted.length === 0) return undefined
    this.#drafted = draft.head
    for (const { leaf } of draft.receipts) this.#tree.append(leaf)
    return { ...draft, root: this.#tree.root(), tiles: this.#tree.takeComplete() }
  }

  async #commit(draft: PlacedBatch | undefined): Promise<void> {
    if (draft === undefined) return
    const { receipts, accepted, head } = draft
    if (this.#failure !== undefined) {
      reject(accepted, failedBefore(this.#failure))
      return
    }
    try {
      await withinTime(this.#makeDurable(draft), this.#timeoutMs, 'the store')
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
    const checkpoint = { origin: this.origin, size: head.size, root }
    const batch = { entries: receipts, head, messages, witnessed, continuations, tiles }
    const [, signature] = await Promise.all([storeAndReadBack(this.#init.store, batch), this.#sign(checkpoint)])
    await this.#writeHeadNote({ ...checkpoint, signature })
  }

  async #sign(checkpoint: Checkpoint): Promise<Uint8Array> {
    return this.#signer.sign(Buffer.from(checkpointText(checkpoint)))
  }

  async #writeHeadNote(checkpoint: SignedCheckpoint): Promise<void> {
    await this.#init.store.writeHeadNote(formatHeadNote(checkpoint, this.key, checkpoint.signature))
    this.#checkpoint = checkpoint
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

  async checkpoint(): Promise<SignedCheckpoint> {
    return this.#checkpoint as SignedCheckpoint
  }

  async prove({ size, seq, from = 0 }: ProofRequest): Promise<Proof> {
    const known = size <= this.#head.size && from >= 0 && from <= size && (seq === undefined || seq < size)
    if (!known) throw new AuditError('AUDIT_PROOF_IMPOSSIBLE', `the log has ${this.#head.size} records, not ${size}`)
    try {
      return {
        inclusion: seq === undefined ? [] : await this.#prover.prove(seq, size),
        consistency: from === 0 ? [] : await earlierRootProof(this.#tree, from, size),
      }
    } catch (cause) {
      throw asAuditError(cause, 'read')
    }
  }

  async redact({ seq, label, ...more }: Redaction, options?: AbortOptions): Promise<AuditReceipt> {
    const { store, owner } = this.#init
    if (!(await holdsPayload(store, seq, label))) {
      throw new AuditError('AUDIT_ENTRY_INVALID', `record ${seq} has no ${label} that could be erased`)
    }
    const entry: AuditEntry = { kind: 'redact', actor: owner, ref: seq, detail: { label }, ...more }
    const [receipt] = await this.append([entry], options)
    await erase(store, seq, label)
    return receipt as AuditReceipt
  }

  async witnessed(origin: string): Promise<SeenCheckpoint | undefined> {
    return this.#largest.of(origin)
  }

  async continuations(): Promise<readonly KeyChange[]> {
    return this.#changes
  }

  async cosign(checkpoint: Checkpoint): Promise<Cosignature> {
    const time = Math.floor(this.#clock.wallMs() / 1_000)
    return { time, signature: await this.#signer.sign(cosignedText(checkpoint, time)) }
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#closing.abort()
    await Promise.all([this.#writing, this.#lookingAgain])
    await this.#init.store.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

const FOUND = 'durable when the log was opened, although whoever appended them may not have been told'

/** For what the log itself has to say: whoever appends is told of a failure anyway. */
const UNWATCHED = { resolve: () => undefined, reject: () => undefined }
