import { type AuditRecord, type AuditSink, leafHash, parseRecord, type StoredEntry } from '@branchline/audit-sink'
import { isKept, parsePlace } from '../content/admission.ts'
import type { MessageLedger } from '../messages.ts'
import type { Heads } from './heads.ts'
import type { Kept } from './outbox.ts'

/** Where delivery goes on after a restart. */
export interface Restored {
  /** What is still to be delivered, by peer, in the order of the log. */
  readonly undelivered: ReadonlyMap<string, readonly Kept[]>
  /** Drafts that are on record. */
  readonly drafts: ReadonlySet<string>
}

/** Of interest are records with one of these; most have none, and parsing one takes ten times as long as looking. */
const MARKS = ['"kind":"sent"', '"kind":"outcome"', '"conversation":"'].map((mark) => Buffer.from(mark))

/**
 * Folds a log into what waits (each of the `peers` of a `sent` record that is kept, until there is an `outcome` of them), and into the
 * heads of its conversations.
 */
class RestoreFold {
  readonly #heads: Heads
  readonly #wanted: ReadonlySet<string>
  readonly #byPeer = new Map<string, Map<number, Kept>>()
  readonly #drafts = new Set<string>()

  /** @param wanted - drafts that are asked for: nearly every message has been one */
  constructor(heads: Heads, wanted: ReadonlySet<string>) {
    this.#heads = heads
    this.#wanted = wanted
  }

  /** Entries in rising order of `seq`, none twice. */
  take({ line }: Pick<StoredEntry, 'line'>): void {
    const bytes = Buffer.from(line.buffer, line.byteOffset, line.byteLength)
    if (!MARKS.some((mark) => bytes.includes(mark))) return
    const record = parseRecord(line)
    if (record.kind === 'sent') this.#sent(record, leafHash(line))
    else if (record.kind === 'outcome') this.#outcome(record)
    else if (record.kind === 'received' && record.message !== undefined) this.#said(record, record.message)
  }

  #sent(record: AuditRecord, id: string): void {
    const { peers = [], seq, time, detail } = record
    const draft = detail?.['draft']
    if (typeof draft === 'string' && this.#wanted.has(draft)) this.#drafts.add(draft)
    // Whoever was told of any other that it did not leave must not find it delivered after a restart.
    for (const peer of isKept(detail) ? peers : []) {
      const waiting = this.#byPeer.get(peer)
      if (waiting === undefined) this.#byPeer.set(peer, new Map([[seq, { id, seq, time }]]))
      else waiting.set(seq, { id, seq, time })
    }
    this.#said(record, id)
  }

  #outcome({ peers = [], ref }: AuditRecord): void {
    if (ref === undefined) return
    for (const peer of peers) this.#byPeer.get(peer)?.delete(ref)
  }

  #said({ conversation, detail }: AuditRecord, id: string): void {
    if (conversation !== undefined) this.#heads.take(conversation, id, parsePlace(detail).after)
  }

  end(): Restored {
    return {
      undelivered: new Map([...this.#byPeer].map(([peer, waiting]) => [peer, [...waiting.values()]])),
      drafts: this.#drafts,
    }
  }
}

export interface RestoreOptions {
  readonly signal?: AbortSignal | undefined
  readonly ledger?: MessageLedger | undefined
  /** Of which it is asked whether they are on record. */
  readonly drafts?: ReadonlySet<string> | undefined
}

/** @throws what the sink throws */
export async function restore(
  sink: Pick<AuditSink, 'read'>,
  heads: Heads,
  { signal, ledger, drafts = new Set() }: RestoreOptions = {},
): Promise<Restored> {
  const fold = new RestoreFold(heads, drafts)
  for await (const piece of sink.read()) {
    signal?.throwIfAborted()
    for (const entry of piece) {
      fold.take(entry)
      ledger?.take(entry, false)
    }
  }
  ledger?.complete()
  return fold.end()
}

/**
 * @param from - the first record that is looked at
 * @throws what the sink throws
 */
export async function findDraft(sink: Pick<AuditSink, 'read'>, draft: string, from: number): Promise<Kept | undefined> {
  const mark = Buffer.from(`"draft":"${draft}"`)
  for await (const piece of sink.read({ from })) {
    for (const { line, seq } of piece) {
      if (!Buffer.from(line.buffer, line.byteOffset, line.byteLength).includes(mark)) continue
      const { kind, detail, time } = parseRecord(line)
      if (kind === 'sent' && detail?.['draft'] === draft) return { id: leafHash(line), seq, time }
    }
  }
  return undefined
}
