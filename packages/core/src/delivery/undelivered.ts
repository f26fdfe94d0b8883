import { type AuditSink, leafHash, parseRecord, type StoredEntry } from '@branchline/audit-sink'
import type { Kept } from './outbox.ts'

/** What our log says is still to be delivered, by peer, in the order of the log. */
export type Undelivered = ReadonlyMap<string, readonly Kept[]>

const SENT = Buffer.from('"kind":"sent"')
const OUTCOME = Buffer.from('"kind":"outcome"')

/** Folds a log into what waits: each of the `peers` of a `sent` record until there is an `outcome` of them. */
export class UndeliveredFold {
  readonly #byPeer = new Map<string, Map<number, Kept>>()

  /** Entries in rising order of `seq`, none twice. */
  take({ seq, line }: Pick<StoredEntry, 'seq' | 'line'>): void {
    const bytes = Buffer.from(line.buffer, line.byteOffset, line.byteLength)
    // Most records are neither, and parsing one takes ten times as long as looking. (A text that holds these bytes is
    // in no line.)
    if (bytes.includes(SENT)) this.#sent(seq, line)
    else if (bytes.includes(OUTCOME)) this.#outcome(line)
  }

  #sent(seq: number, line: Uint8Array): void {
    const { kind, peers = [], time } = parseRecord(line)
    if (kind !== 'sent') return
    const kept = { id: leafHash(line), seq, time }
    for (const peer of peers) {
      const waiting = this.#byPeer.get(peer)
      if (waiting === undefined) this.#byPeer.set(peer, new Map([[seq, kept]]))
      else waiting.set(seq, kept)
    }
  }

  #outcome(line: Uint8Array): void {
    const { kind, peers = [], ref } = parseRecord(line)
    if (kind !== 'outcome' || ref === undefined) return
    for (const peer of peers) this.#byPeer.get(peer)?.delete(ref)
  }

  end(): Undelivered {
    return new Map([...this.#byPeer].map(([peer, waiting]) => [peer, [...waiting.values()]]))
  }
}

/** @throws what the sink throws */
export async function undeliveredIn(sink: Pick<AuditSink, 'read'>, signal?: AbortSignal): Promise<Undelivered> {
  const fold = new UndeliveredFold()
  for await (const piece of sink.read()) {
    signal?.throwIfAborted()
    for (const entry of piece) fold.take(entry)
  }
  return fold.end()
}
