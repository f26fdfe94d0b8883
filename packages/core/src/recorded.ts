import {
  type AbortOptions,
  type AuditEntry,
  type AuditReceipt,
  type AuditRecord,
  type AuditSink,
  commitmentOf,
  type Hash,
  leafHash,
  parseRecord,
  reasonOf,
  SALT_BYTES,
} from '@branchline/audit-sink'
import { MessengerError } from './errors.ts'

export interface RecordOptions extends AbortOptions {
  readonly timeoutMs: number
  /** Called when nobody waits for the record any longer, although it may still be written. */
  readonly onGivenUp?: () => void
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
    return new Recorded(valueOf(receipt), receipt)
  }

  /**
   * The `received` record of a message that the sink's durable log already holds.
   * @throws MessengerError AUDIT_UNAVAILABLE
   */
  static async recall<T>(
    sink: AuditSink,
    seq: number,
    message: Hash,
    valueOf: (receipt: AuditReceipt) => T,
  ): Promise<Recorded<T>> {
    const receipt = await read(sink, seq)
    if (receipt?.record.kind !== 'received' || receipt.record.message !== message) {
      throw new MessengerError('AUDIT_UNAVAILABLE', `record ${seq} should be that of the message, and is not`)
    }
    return new Recorded(valueOf(receipt), receipt)
  }
}

async function read(sink: AuditSink, seq: number): Promise<AuditReceipt | undefined> {
  try {
    for await (const [entry] of sink.read({ from: seq, to: seq + 1 })) {
      if (entry?.seq !== seq) return undefined
      const { line, payloads } = entry
      return { origin: sink.origin, seq, leaf: leafHash(line), line, record: parseRecord(line), payloads }
    }
  } catch (cause) {
    throw new MessengerError('AUDIT_UNAVAILABLE', `record ${seq} cannot be read: ${reasonOf(cause)}`, { cause })
  }
  return undefined
}

/** Nothing is left unwatched: a record that outlives its caller is told to `onLate`, or its error ends here. */
async function append(sink: AuditSink, entry: AuditEntry, options: RecordOptions): Promise<AuditReceipt> {
  const { signal, timeoutMs, onGivenUp, onLate } = options
  signal?.throwIfAborted()
  return new Promise((resolve, reject) => {
    let gaveUp = false
    const leave = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    }
    const giveUp = (reason: unknown): void => {
      gaveUp = true
      leave()
      reject(reason)
    }
    const abort = (): void => giveUp(signal?.reason)
    const timer = setTimeout(() => {
      const message = `the record was not kept within ${timeoutMs} ms; nothing was sent`
      giveUp(new MessengerError('AUDIT_UNAVAILABLE', message))
      onGivenUp?.()
    }, timeoutMs)
    signal?.addEventListener('abort', abort, { once: true })
    invoke(sink, entry, signal).then((receipt) => {
      leave()
      return gaveUp ? onLate?.(receipt) : resolve(receipt)
    }, giveUp)
  })
}

/** @returns only what is proven to be over this entry */
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
  if (receipt === undefined || receipt === null) throw wrong('it is empty')
  return proven(receipt, entry)
}

/** The receipt, made anew from what its line and the entry say: what else the sink tells is not looked at. */
function proven({ origin, line, leaf, seq, payloads }: AuditReceipt, entry: AuditEntry): AuditReceipt {
  let record: AuditRecord
  try {
    record = parseRecord(line)
  } catch (cause) {
    throw wrong(reasonOf(cause), cause)
  }
  if (record.seq !== seq || leafHash(line) !== leaf) throw wrong('place or hash differ')
  const same =
    record.kind === entry.kind &&
    record.actor === entry.actor &&
    record.conversation === entry.conversation &&
    record.message === entry.message &&
    record.ref === entry.ref &&
    record.reason === entry.reason &&
    sameList(record.peers, entry.peers) &&
    JSON.stringify(record.seen) === JSON.stringify(entry.seen) &&
    sameMembers(record.detail, entry.detail)
  if (!same) throw wrong('it is over another entry')
  const committed = record.payloads ?? []
  const opened = (entry.payloads ?? []).map(({ label, bytes }, n) => {
    const [name, length, commitment] = committed[n] ?? []
    const salt = payloads?.[n]?.salt
    const opens =
      name === label &&
      length === bytes.length &&
      salt?.length === SALT_BYTES &&
      commitmentOf(salt, label, bytes) === commitment
    if (!opens) throw wrong('it is over other words')
    return { label, salt, bytes }
  })
  if (committed.length !== opened.length) throw wrong('it is over other words')
  return { origin, seq, leaf, line, record, payloads: opened }
}

function sameList(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return a === b || (a?.length === b?.length && a?.every((each, n) => each === b?.[n]) === true)
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
