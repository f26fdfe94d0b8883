import {
  type AbortOptions,
  type AuditEntry,
  type AuditReceipt,
  type AuditRecord,
  type AuditSink,
  commitmentOf,
  leafHash,
  parseRecord,
  reasonOf,
} from '@branchline/audit-sink'
import { MessengerError } from './errors.ts'

export interface RecordOptions extends AbortOptions {
  readonly timeoutMs: number
  /** Called when the record turned up after all, once `mint` had given up on it. */
  readonly onLate?: (receipt: AuditReceipt) => void
}

/**
 * A value whose record is durable. Only `mint` makes one, and only this package can call it: what crosses the wire or
 * reaches the application takes a `Recorded`, so that nothing gets there around the record. A look-alike does not
 * compile, and `is` refuses it when it was cast.
 */
export class Recorded<T> {
  readonly #minted = true
  readonly value: T
  readonly receipt: AuditReceipt

  private constructor(value: T, receipt: AuditReceipt) {
    this.value = value
    this.receipt = receipt
  }

  static is(value: unknown): value is Recorded<unknown> {
    return typeof value === 'object' && value !== null && #minted in value && value.#minted
  }

  /**
   * Records an entry and waits until that is durable. The sink is not trusted: its receipt must be over these very
   * bytes.
   * @param valueOf - makes the value from the checked receipt
   * @throws MessengerError AUDIT_UNAVAILABLE, with the sink's error as cause, or AUDIT_RECEIPT_WRONG; or what
   *   `options.signal` aborts with
   */
  static async mint<T>(
    sink: AuditSink,
    entry: AuditEntry,
    valueOf: (receipt: AuditReceipt) => T,
    options: RecordOptions,
  ): Promise<Recorded<T>> {
    const receipt = await append(sink, entry, options)
    assertCovers(receipt, entry)
    return new Recorded(valueOf(receipt), receipt)
  }

  /** What the sink's durable log already holds. */
  static async recall<T>(sink: AuditSink, seq: number, valueOf: (receipt: AuditReceipt) => T): Promise<Recorded<T>> {
    for await (const piece of sink.read({ from: seq, to: seq + 1 })) {
      const entry = piece[0]
      if (entry === undefined || entry.seq !== seq) break
      const { line, payloads } = entry
      const receipt = { origin: sink.origin, seq, leaf: leafHash(line), line, record: parseRecord(line), payloads }
      return new Recorded(valueOf(receipt), receipt)
    }
    throw new MessengerError('AUDIT_UNAVAILABLE', `record ${seq} should be in the log and cannot be read`)
  }
}

/** Nothing is left unwatched: an append that outlives its caller is told to `onLate`, or its error ends here. */
async function append(sink: AuditSink, entry: AuditEntry, options: RecordOptions): Promise<AuditReceipt> {
  const { signal, timeoutMs, onLate } = options
  signal?.throwIfAborted()
  const appended = invoke(sink, entry, signal)
  let timer: NodeJS.Timeout | undefined
  let giveUp: (() => void) | undefined
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(
        new MessengerError('AUDIT_UNAVAILABLE', `the record was not kept within ${timeoutMs} ms; nothing was sent`),
      )
    }, timeoutMs)
    giveUp = () => reject(signal?.reason)
    signal?.addEventListener('abort', giveUp, { once: true })
  })
  let decided = false
  appended.then(
    (receipt) => {
      if (decided) onLate?.(receipt)
    },
    () => undefined,
  )
  try {
    return await Promise.race([appended, tooLate])
  } finally {
    decided = true
    clearTimeout(timer)
    if (giveUp !== undefined) signal?.removeEventListener('abort', giveUp)
  }
}

async function invoke(sink: AuditSink, entry: AuditEntry, signal: AbortSignal | undefined): Promise<AuditReceipt> {
  let receipts: AuditReceipt[]
  try {
    receipts = await sink.append([entry], { signal })
  } catch (cause) {
    if (signal?.aborted === true) throw cause
    throw new MessengerError(
      'AUDIT_UNAVAILABLE',
      `the record cannot be kept, so nothing was sent: ${reasonOf(cause)}`,
      {
        cause,
      },
    )
  }
  const receipt = receipts?.[0]
  if (receipt === undefined) throw wrong('it is empty')
  return receipt
}

function assertCovers(receipt: AuditReceipt, entry: AuditEntry): void {
  let record: AuditRecord
  try {
    record = parseRecord(receipt.line)
  } catch (cause) {
    throw wrong(reasonOf(cause), cause)
  }
  if (record.seq !== receipt.seq || leafHash(receipt.line) !== receipt.leaf) throw wrong('place or hash differ')
  const same =
    record.kind === entry.kind &&
    record.actor === entry.actor &&
    record.conversation === entry.conversation &&
    record.message === entry.message &&
    record.ref === entry.ref &&
    record.reason === entry.reason &&
    sameJson(record.peers, entry.peers) &&
    sameJson(record.seen, entry.seen) &&
    sameMembers(record.detail, entry.detail)
  if (!same) throw wrong('it is over another entry')
  const committed = record.payloads ?? []
  const payloads = entry.payloads ?? []
  const opens = payloads.every(({ label, bytes }, n) => {
    const [name, length, commitment] = committed[n] ?? []
    const salt = receipt.payloads[n]?.salt
    return (
      name === label &&
      length === bytes.length &&
      salt?.length === 32 &&
      commitmentOf(salt, label, bytes) === commitment
    )
  })
  if (!opens || committed.length !== payloads.length) throw wrong('it is over other words')
}

function sameJson(a: readonly unknown[] | undefined, b: readonly unknown[] | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

function sameMembers(a: AuditRecord['detail'], b: AuditEntry['detail']): boolean {
  const names = Object.keys(a ?? {})
  return names.length === Object.keys(b ?? {}).length && names.every((name) => a?.[name] === b?.[name])
}

function wrong(why: string, cause?: unknown): MessengerError {
  return new MessengerError('AUDIT_RECEIPT_WRONG', `the audit sink gave a wrong receipt, so nothing was sent: ${why}`, {
    cause,
  })
}
