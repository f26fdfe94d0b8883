import { setImmediate as turn } from 'node:timers/promises'
import { AuditError } from '../errors.ts'
import { type AuditClock, systemClock } from '../clock.ts'
import { genesisPrev, type Hash } from '../hash.ts'
import type { KeyChange } from '../keys/epochs.ts'
import type { LogSigner } from '../keys/log-key.ts'
import { STORE_TIMEOUT_MS } from '../limits.ts'
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
import { type Checkpoint, cosignedText } from '../tlog/checkpoint.ts'
import { InclusionProver } from '../tlog/neighbours.ts'
import { earlierRootProof } from '../tlog/proofs.ts'
import { TiledTree } from '../tlog/tiled-tree.ts'
import { ClockWatch } from './clock-watch.ts'
import type { Draft } from './draft.ts'
import { asAuditError } from './failure.ts'
import { LargestSeen } from './largest-seen.ts'
import { checkOpening, type OpenedLog } from './opening.ts'
import { withinTime } from './durable.ts'
import { erase, holdsPayload } from './redaction.ts'
import { assertWhole } from './second-look.ts'
import { LogWriter } from './writer.ts'

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

export class AuditLog implements AuditSink {
  readonly origin: string
  readonly #init: AuditLogInit
  readonly #clock: AuditClock
  readonly #largest: LargestSeen
  /** Ahead of what is durable while a batch is being stored, and for good when that failed. */
  readonly #tree: TiledTree
  readonly #prover: InclusionProver
  readonly #writer: LogWriter
  readonly #changes: readonly KeyChange[]
  #closed = false
  #lookingAgain: Promise<void> | undefined
  readonly #closing = new AbortController()

  constructor(
    init: AuditLogInit,
    { head, tree, signer, lastTime, changes }: Omit<OpenedLog, 'epochs'>,
    timeoutMs: number,
  ) {
    this.origin = init.signer.name
    this.#init = init
    this.#changes = changes
    this.#tree = tree
    this.#prover = new InclusionProver(tree)
    this.#largest = new LargestSeen(init.store)
    this.#clock = init.clock ?? systemClock()
    const clockWatch = new ClockWatch(this.#clock, init.owner, lastTime)
    const place = { head, tree, signer, origin: this.origin, store: init.store }
    this.#writer = new LogWriter({ ...place, clock: this.#clock, clockWatch, largest: this.#largest, timeoutMs })
  }

  get key(): string {
    return this.#writer.signer.vkey
  }

  async begin(): Promise<void> {
    const { owner } = this.#init
    await this.#writer.add([{ kind: 'genesis', actor: owner, detail: { origin: this.origin, key: this.key } }])
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
    await this.#writer.noteHead()
    if (notedSize >= head.size || head.size <= 1) return
    const detail = { 'found-from': notedSize, 'found-to': head.size - 1 }
    await this.#writer.add([{ kind: 'recovery', actor: this.#init.owner, detail, reason: FOUND }])
  }

  /** See `LogWriter.goOn`. */
  async goOn(signer: LogSigner, statement: (size: number, root: Hash) => Promise<Draft>): Promise<AuditReceipt> {
    return this.#writer.goOn(signer, statement)
  }

  /** What it finds fails the log as a failed write does: nothing is recorded any more, and so nothing sent. */
  async #lookAgain(head: Head): Promise<void> {
    try {
      await assertWhole(this.#init.store, head, this.origin, this.#closing.signal)
    } catch (thrown) {
      if (!this.#closing.signal.aborted) this.#writer.fail(asAuditError(thrown, 'read'))
    }
  }

  async append(entries: readonly AuditEntry[], options: AbortOptions = {}): Promise<AuditReceipt[]> {
    if (entries.some(isContinuation)) {
      throw new AuditError('AUDIT_ENTRY_INVALID', 'the log itself writes what changes its key')
    }
    options.signal?.throwIfAborted()
    if (this.#closed) throw new AuditError('AUDIT_CLOSED', 'the log is closed')
    return this.#writer.add(entries, options.signal)
  }

  async head(): Promise<Head> {
    return this.#writer.head
  }

  read(range: EntryRange = {}): AsyncIterable<readonly StoredEntry[]> {
    const { size } = this.#writer.head
    return this.#init.store.read({ ...range, to: Math.min(range.to ?? size, size) })
  }

  async lookup(message: Hash): Promise<number | undefined> {
    return this.#init.store.lookup(message)
  }

  async checkpoint(): Promise<SignedCheckpoint> {
    return this.#writer.checkpoint as SignedCheckpoint
  }

  async prove({ size, seq, from = 0 }: ProofRequest): Promise<Proof> {
    const own = this.#writer.head.size
    const known = size <= own && from >= 0 && from <= size && (seq === undefined || seq < size)
    if (!known) throw new AuditError('AUDIT_PROOF_IMPOSSIBLE', `the log has ${own} records, not ${size}`)
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

  /** After what waits has been handed to the store: whoever cosigns records first, and the disk works meanwhile. */
  async cosign(checkpoint: Checkpoint): Promise<Cosignature> {
    for (let turns = 0; turns < 2; turns++) await turn()
    const time = Math.floor(this.#clock.wallMs() / 1_000)
    return { time, signature: await this.#writer.signer.sign(cosignedText(checkpoint, time)) }
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#closing.abort()
    await Promise.all([this.#writer.idle(), this.#lookingAgain])
    await this.#init.store.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

const FOUND = 'durable when the log was opened, although whoever appended them may not have been told'
