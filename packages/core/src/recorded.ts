import {
  type AbortOptions,
  type AuditEntry,
  type AuditReceipt,
  type AuditRecord,
  type AuditSink,
  commitmentOf,
  encodePlaced,
  type Hash,
  leafHash,
  parseRecord,
  type PayloadCommitment,
  reasonOf,
  SALT_BYTES,
  type StoredPayload,
} from '@branchline/audit-sink'
import { MessengerError } from './errors.ts'

export interface RecordOptions extends AbortOptions {
  readonly timeoutMs: number
  /** Called when nobody waits for the record any longer, although it may still be written. */
  readonly onGivenUp?: () => void
  /** Called when the record turned up after all, once `mint` had given up on it. */
  readonly onLate?: (receipt: AuditReceipt) => void
}

/** Where the log holds the record of a message. */
export interface MessageRecord {
  readonly kind: 'sent' | 'received'
  readonly seq: number
  /** Message ID. */
  readonly message: Hash
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
   * The record of a message that the sink's durable log already holds.
   * @throws MessengerError AUDIT_UNAVAILABLE; MESSAGE_ERASED when a payload of a `sent` record was erased since
   */
  static async recall<T>(
    sink: AuditSink,
    { kind, seq, message }: MessageRecord,
    valueOf: (receipt: AuditReceipt) => T,
  ): Promise<Recorded<T>> {
    const receipt = await read(sink, seq)
    const found = kind === 'sent' ? receipt?.leaf : receipt?.record.message
    if (receipt?.record.kind !== kind || found !== message) {
      throw new MessengerError('AUDIT_UNAVAILABLE', `record ${seq} should be that of the message, and is not`)
    }
    if (kind === 'sent' && receipt.payloads.length !== receipt.record.payloads?.length) {
      throw new MessengerError(
        'MESSAGE_ERASED',
        `the words of record ${seq} were erased, so it cannot be sent any more`,
      )
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

/**
 * The receipt, made anew: the record that this entry has at the place that the sink names, whose line must be the sink's.
 * What else the sink tells is not looked at.
 */
function proven(
  { origin, line, leaf, seq, record: told, payloads: kept }: AuditReceipt,
  entry: AuditEntry,
): AuditReceipt {
  const payloads = (entry.payloads ?? []).map(({ label, bytes }, n) => {
    const salt = kept?.[n]?.salt
    if (salt?.length !== SALT_BYTES) throw wrong('it is over other words')
    return { label, salt, bytes }
  })
  const record: AuditRecord = {
    actor: entry.actor,
    boot: told?.boot,
    conversation: entry.conversation,
    detail: entry.detail,
    kind: entry.kind,
    message: entry.message,
    mono: told?.mono,
    payloads: entry.payloads && payloads.map(commitmentTo),
    peers: entry.peers,
    prev: told?.prev,
    reason: entry.reason,
    ref: entry.ref,
    seen: entry.seen,
    seq,
    time: told?.time,
    v: 1,
  }
  if (!(line instanceof Uint8Array) || Buffer.compare(lineOf(record), line) !== 0)
    throw wrong('it is over another entry')
  if (leafHash(line) !== leaf) throw wrong('its hash differs')
  return { origin, seq, leaf, line, record, payloads }
}

function commitmentTo({ label, salt, bytes }: StoredPayload): PayloadCommitment {
  return [label, bytes.length, commitmentOf(salt, label, bytes)]
}

function lineOf(record: AuditRecord): Uint8Array {
  try {
    return encodePlaced(record)
  } catch (cause) {
    throw wrong(reasonOf(cause), cause)
  }
}

function wrong(why: string, cause?: unknown): MessengerError {
  return new MessengerError('AUDIT_RECEIPT_WRONG', `the audit sink gave a wrong receipt, so nothing was sent: ${why}`, {
    cause,
  })
}
