import type { Hash } from '../hash.ts'
import type { StoredEntry } from '../store.ts'
import type { Findings } from './findings.ts'
import { MessagePrints, type PrintPart } from './message-prints.ts'
import { type ReadEntry, readEntry } from './read-entry.ts'
import type { LogSource } from './verify-log.ts'

/** Beside the first; more would be too slow, and only a log of 60 million messages, or a crafted one, asks for more. */
const MAX_READINGS = 64
/** Messages whose print came twice. */
const MAX_SUSPECTS = 100_000
const RECEIVED = Buffer.from('"kind":"received"')

/**
 * Whether a message was recorded as received twice (spec/audit-log.md section 10), exactly and in bounded memory. One
 * reading tells for one and a half million messages; longer logs are read again for the others, and a log in which two
 * messages look alike once more, to compare the whole IDs.
 */
export class RepeatCheck {
  readonly #findings: Findings
  readonly #prints: MessagePrints
  /** Those of all messages that a reading of their own is for; it may add to them. */
  readonly #parts: PrintPart[] = []
  readonly #suspects = new Set<Hash>()
  /** The first record whose message was not compared with those before it. */
  #openFrom = Number.POSITIVE_INFINITY

  constructor(findings: Findings, prints: MessagePrints = new MessagePrints()) {
    this.#findings = findings
    this.#prints = prints
  }

  add({ seq, record }: ReadEntry): void {
    // What lies at another place than its own has a finding of its own, and may be there, too.
    if (record?.kind !== 'received' || record.seq !== seq) return
    this.#compare({ seq, message: record.message as Hash })
  }

  /**
   * Reads the log again where that is needed.
   * @param size - the place after the last record that was read
   * @returns the first record of which it is not known whether its message came before; undefined when there is none
   * @throws what `signal` aborts with
   */
  async finish(source: LogSource, size: number, signal?: AbortSignal): Promise<number | undefined> {
    try {
      for (const part of this.#parts) {
        this.#prints.begin(part)
        for await (const each of received(source, size, signal)) this.#compare(each)
      }
      if (this.#suspects.size > 0) await this.#accuse(received(source, size, signal))
    } catch {
      signal?.throwIfAborted()
      this.#openFrom = 0
    }
    return Number.isFinite(this.#openFrom) ? this.#openFrom : undefined
  }

  #compare({ seq, message }: Received): void {
    let isKnown = this.#prints.add(message)
    while (isKnown === undefined && this.#parts.length < MAX_READINGS) {
      const later = this.#prints.halve()
      if (later === undefined) break
      this.#parts.push(later)
      isKnown = this.#prints.add(message)
    }
    if (isKnown === false) return
    if (isKnown === true && (this.#suspects.size < MAX_SUSPECTS || this.#suspects.has(message))) {
      this.#suspects.add(message)
    } else this.#openFrom = Math.min(this.#openFrom, seq)
  }

  async #accuse(entries: AsyncIterable<Received>): Promise<void> {
    const firsts = new Map<Hash, number>()
    for await (const { seq, message } of entries) {
      if (!this.#suspects.has(message)) continue
      const first = firsts.get(message)
      if (first === undefined) firsts.set(message, seq)
      else {
        const text = `Record ${seq} says that a message came which record ${first} has already: it was recorded again.`
        this.#findings.add('MESSAGE_REPEATED', seq, text)
      }
    }
  }
}

interface Received {
  readonly seq: number
  readonly message: Hash
}

async function* received(source: LogSource, size: number, signal?: AbortSignal): AsyncGenerator<Received> {
  for await (const piece of source.read({ from: 0, to: size })) {
    signal?.throwIfAborted()
    for (const stored of piece) {
      if (!mayBeReceived(stored)) continue
      const { seq, record } = readEntry(stored)
      if (record?.kind === 'received' && record.seq === seq) yield { seq, message: record.message as Hash }
    }
  }
}

/** Spares most lines the parsing. */
function mayBeReceived({ line }: StoredEntry): boolean {
  return Buffer.from(line.buffer, line.byteOffset, line.length).includes(RECEIVED)
}
