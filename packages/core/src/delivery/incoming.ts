import { setImmediate as turn } from 'node:timers/promises'
import { type AuditEntry, type AuditReceipt, type Hash, leafHash, reasonOf } from '@branchline/audit-sink'
import type { Connection, Stream } from '@libp2p/interface'
import { MessengerError } from '../errors.ts'
import { inTime } from '../in-time.ts'
import { STOP_TIMEOUT_MS } from '../limits.ts'
import type { ReceivedMessage } from '../messages.ts'
import { Recorded } from '../recorded.ts'
import type { Frame, Message } from '../wire/frame.ts'
import { FrameReader } from '../wire/reader.ts'
import { FrameWriter } from '../wire/writer.ts'
import { checkMessage, type CheckedMessage } from './check-message.ts'
import type { DeliveryContext } from './context.ts'

export interface IncomingInit {
  readonly context: DeliveryContext
  /** Called once a message, and only when its record is durable. */
  readonly onMessage: (message: Recorded<ReceivedMessage>) => void
  readonly onRefused: (from: string, error: MessengerError) => void
}

/** Text from peers: check, record, then receipt and event; in this order, and no other way. */
export class Incoming {
  readonly #init: IncomingInit
  readonly #recording = new Map<Hash, Promise<Recorded<ReceivedMessage>>>()
  readonly #streams = new Map<Stream, { readonly reader: FrameReader; readonly writer: FrameWriter }>()
  #lastLookup: Promise<unknown> = Promise.resolve()

  constructor(init: IncomingInit) {
    this.#init = init
  }

  handle(stream: Stream, connection: Connection): void {
    const from = connection.remotePeer.toString()
    const writer = new FrameWriter(stream)
    const reader = new FrameReader({
      stream,
      onFrame: (frame) => this.#onFrame(frame, from, writer),
      onError: (error) => void this.#refuseStream(stream, writer, from, error),
    })
    this.#streams.set(stream, { reader, writer })
    stream.addEventListener('close', () => this.#streams.delete(stream))
    stream.addEventListener('remoteCloseWrite', () => void writer.close(STOP_TIMEOUT_MS))
  }

  async #onFrame({ message }: Frame, from: string, writer: FrameWriter): Promise<void> {
    if (message === undefined) throw new MessengerError('FRAME_UNEXPECTED', 'only messages belong here')
    try {
      writer.receipt(await this.#recordOnce(checkMessage(message, from, this.#init.context.self)))
    } catch (error) {
      if (!(error instanceof MessengerError)) throw error
      this.#refuse(message, from, writer, error)
    }
    await writer.room()
  }

  /** A refusal names its message wherever it can: one that does not is of all that is under way on the stream. */
  #refuse({ record }: Message, from: string, writer: FrameWriter, error: MessengerError): void {
    const message = record.length === 0 ? undefined : leafHash(record)
    if (error.code === 'AUDIT_UNAVAILABLE' || error.code === 'AUDIT_RECEIPT_WRONG') {
      this.#init.context.auditFailed(error)
      const reason = 'the record cannot be kept here at present, so the message was not taken'
      writer.refusal({ message, code: 'AUDIT_UNAVAILABLE', reason })
    } else {
      this.#init.onRefused(from, error)
      writer.refusal({ message, code: error.code, reason: error.message })
    }
  }

  /** A message that came before, or is being recorded right now, is neither recorded nor shown again. */
  async #recordOnce(checked: CheckedMessage): Promise<Recorded<ReceivedMessage>> {
    const under = this.#recording.get(checked.id)
    if (under !== undefined) return under
    const recording = this.#record(checked)
    this.#recording.set(checked.id, recording)
    try {
      return await recording
    } finally {
      this.#recording.delete(checked.id)
    }
  }

  async #record(checked: CheckedMessage): Promise<Recorded<ReceivedMessage>> {
    const { sink, self, recordTimeoutMs } = this.#init.context
    const valueOf = (receipt: AuditReceipt): ReceivedMessage => receivedMessage(checked, receipt)
    const known = await this.#lookup(checked.id)
    if (known !== undefined) return readInTime(Recorded.recall(sink, known, checked.id, valueOf), recordTimeoutMs)
    const message = await Recorded.mint(sink, receivedEntry(checked, self), valueOf, { timeoutMs: recordTimeoutMs })
    this.#init.onMessage(message)
    return message
  }

  /** One after the other: records are appended in the order in which lookups end, and that must be the order of arrival. */
  async #lookup(id: Hash): Promise<number | undefined> {
    const { sink, recordTimeoutMs } = this.#init.context
    const lookup = readInTime(
      this.#lastLookup.then(() => sink.lookup(id)),
      recordTimeoutMs,
    )
    this.#lastLookup = lookup.catch(() => undefined)
    return lookup
  }

  async #refuseStream(stream: Stream, writer: FrameWriter, from: string, error: MessengerError): Promise<void> {
    this.#init.onRefused(from, error)
    writer.refusal({ code: error.code, reason: error.message })
    await writer.close(STOP_TIMEOUT_MS)
    stream.abort(error)
  }

  /** Reads no more, and ends all streams after the receipts of what is being recorded have gone out. */
  async close(): Promise<void> {
    const streams = [...this.#streams.values()]
    for (const { reader } of streams) reader.end()
    await Promise.allSettled(this.#recording.values())
    await turn()
    await Promise.all(streams.map(({ writer }) => writer.close(STOP_TIMEOUT_MS)))
  }
}

/** @throws MessengerError AUDIT_UNAVAILABLE when the log cannot be read, or takes too long */
async function readInTime<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  try {
    return await inTime(work, { timeoutMs, late: () => new Error(`it did not answer within ${timeoutMs} ms`) })
  } catch (cause) {
    if (cause instanceof MessengerError) throw cause
    throw new MessengerError('AUDIT_UNAVAILABLE', `the log cannot be read: ${reasonOf(cause)}`, { cause })
  }
}

function receivedEntry({ id, line, record, payloads }: CheckedMessage, self: string): AuditEntry {
  return {
    kind: 'received',
    actor: self,
    peers: [record.actor],
    message: id,
    conversation: record.conversation,
    detail: record.detail,
    payloads: [...payloads, { label: 'record', bytes: line }],
  }
}

function receivedMessage({ id, record, text }: CheckedMessage, receipt: AuditReceipt): ReceivedMessage {
  const name = record.detail?.['name']
  return {
    id,
    from: record.actor,
    name: typeof name === 'string' ? name : undefined,
    text: Buffer.from(text).toString('utf8'),
    bytes: text,
    sentAt: record.time,
    receivedAt: receipt.record.time,
  }
}
