import { type AuditEntry, type AuditReceipt, type Hash, reasonOf } from '@branchline/audit-sink'
import type { Connection, Stream } from '@libp2p/interface'
import { MessengerError } from '../errors.ts'
import { STOP_TIMEOUT_MS } from '../limits.ts'
import type { ReceivedMessage } from '../messages.ts'
import { Recorded } from '../recorded.ts'
import type { Frame } from '../wire/frame.ts'
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
  readonly #streams = new Set<Stream>()
  #lastLookup: Promise<unknown> = Promise.resolve()

  constructor(init: IncomingInit) {
    this.#init = init
  }

  handle(stream: Stream, connection: Connection): void {
    const from = connection.remotePeer.toString()
    const writer = new FrameWriter(stream)
    this.#streams.add(stream)
    stream.addEventListener('close', () => this.#streams.delete(stream))
    stream.addEventListener('remoteCloseWrite', () => void writer.close(STOP_TIMEOUT_MS))
    new FrameReader({
      stream,
      onFrame: (frame) => this.#onFrame(frame, from, writer),
      onError: (error) => void this.#refuseStream(stream, writer, from, error),
    })
  }

  async #onFrame(frame: Frame, from: string, writer: FrameWriter): Promise<void> {
    if (frame.message === undefined) throw new MessengerError('FRAME_UNEXPECTED', 'only messages belong here')
    let checked: CheckedMessage | undefined
    try {
      checked = checkMessage(frame.message, from, this.#init.context.self)
      writer.receipt(await this.#recordOnce(checked))
    } catch (error) {
      if (!(error instanceof MessengerError)) throw error
      if (error.code === 'AUDIT_UNAVAILABLE' || error.code === 'AUDIT_RECEIPT_WRONG') {
        this.#init.context.auditFailed(error)
        const reason = 'the record cannot be kept here at present, so the message was not taken'
        writer.refusal({ message: checked?.id, code: 'AUDIT_UNAVAILABLE', reason })
        return
      }
      this.#init.onRefused(from, error)
      writer.refusal({ message: checked?.id, code: error.code, reason: error.message })
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
    if (known !== undefined) return Recorded.recall(sink, known, valueOf)
    const message = await Recorded.mint(sink, receivedEntry(checked, self), valueOf, { timeoutMs: recordTimeoutMs })
    this.#init.onMessage(message)
    return message
  }

  /** One after the other: records are appended in the order in which lookups end, and that must be the order of arrival. */
  async #lookup(id: Hash): Promise<number | undefined> {
    const { sink } = this.#init.context
    const lookup = this.#lastLookup.then(() => sink.lookup(id))
    this.#lastLookup = lookup.catch(() => undefined)
    try {
      return await lookup
    } catch (cause) {
      throw new MessengerError('AUDIT_UNAVAILABLE', `the log cannot be read: ${reasonOf(cause)}`, { cause })
    }
  }

  async #refuseStream(stream: Stream, writer: FrameWriter, from: string, error: MessengerError): Promise<void> {
    this.#init.onRefused(from, error)
    writer.refusal({ code: error.code, reason: error.message })
    await writer.close(STOP_TIMEOUT_MS)
    stream.abort(error)
  }

  /** Ends all streams, after the receipts of what is being recorded have gone out. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#recording.values())
    for (const stream of this.#streams) await new FrameWriter(stream).close(STOP_TIMEOUT_MS)
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
