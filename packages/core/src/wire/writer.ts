import type { Cosignature, Hash, KeyChange } from '@branchline/audit-sink'
import type { Stream } from '@libp2p/interface'
import { encode as varint } from './varint.ts'
import { MAX_REFUSAL_REASON_BYTES } from '../limits.ts'
import type { ReceivedMessage, SentMessage } from '../messages.ts'
import { Recorded } from '../recorded.ts'
import { formatClockAnswer } from './clock.ts'
import { formatFileRequest, formatTaken } from './file-request.ts'
import { Frame, type Message } from './frame.ts'
import { Places } from './places.ts'
import { formatPresence, type PresenceState } from './presence.ts'
import { Hop } from './hop.ts'
import { type LogProof, ProofWriter, toWireCheckpoint } from './proof.ts'
import type { RosterState } from './roster-reader.ts'

export interface Greeting {
  /** The largest checkpoint of the peer's log that ours holds. */
  readonly held: LogProof['checkpoint'] | undefined
  /** Of our log. */
  readonly continuations: readonly KeyChange[]
}

export interface RefusalFrame {
  /** Message ID, or undefined when the frame told none. */
  readonly message?: string | undefined
  readonly code: string
  readonly reason: string
}

/**
 * The one place from which bytes go to a stream: no other file calls `stream.send`. A message or a receipt passes
 * only as a `Recorded`, and the bytes that leave are the bytes that were recorded. Frames of one turn of the event
 * loop leave together.
 */
export class FrameWriter {
  readonly #stream: Stream
  readonly #proofs = new ProofWriter()
  #cosignature: Cosignature | undefined
  #waiting: Uint8Array[] = []
  #flushing = false
  #drained: Promise<void> | undefined

  constructor(stream: Stream) {
    this.#stream = stream
  }

  hello(genesis: Uint8Array, { held, continuations }: Greeting): void {
    const statements = continuations.map(({ line, root }) => {
      return { record: bytesOf(line), root: Buffer.from(root, 'hex') }
    })
    const checkpoint = held && { held: toWireCheckpoint(held) }
    this.#write({ hello: { genesis: bytesOf(genesis), ...checkpoint, continuations: statements } })
  }

  message(message: Recorded<SentMessage>, proof: LogProof): void {
    assertRecorded(message)
    const openings = message.value.openings as Message['openings']
    this.#write({ message: { record: bytesOf(message.receipt.line), openings, proof: this.#proofs.write(proof) } })
  }

  /** @param cosignature - left out when it is that of the receipt before */
  receipt(message: Recorded<ReceivedMessage>, proof: LogProof, cosignature: Cosignature): void {
    assertRecorded(message)
    const isNew = this.#cosignature !== cosignature
    this.#cosignature = cosignature
    const { time, signature } = cosignature
    this.#write({
      receipt: {
        record: bytesOf(message.receipt.line),
        proof: this.#proofs.write(proof),
        ...(isNew && { cosignature: { time, signature: bytesOf(signature) } }),
      },
    })
  }

  refusal({ message = '', code, reason }: RefusalFrame): void {
    const words = cut(reason, MAX_REFUSAL_REASON_BYTES)
    this.#write({ refusal: { message: bytesOf(Buffer.from(message, 'hex')), code, reason: words } })
  }

  #write(frame: Frame): void {
    const body = Frame.encode(frame)
    this.#waiting.push(varint(body.length), body)
    if (this.#flushing) return
    this.#flushing = true
    setImmediate(() => void this.#flush())
  }

  /** Never rejects: a stream that fails says so by its own `close` event, which its owner hears. */
  async #flush(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        if (this.#sendWaiting()) continue
        this.#drained = drained(this.#stream)
        await this.#drained
        this.#drained = undefined
      }
    } catch (error) {
      this.#waiting = []
      if (this.#stream.status === 'open') this.#stream.abort(error as Error)
    } finally {
      this.#flushing = false
    }
  }

  #sendWaiting(): boolean {
    const bytes = Buffer.concat(this.#waiting)
    this.#waiting = []
    return bytes.length === 0 || this.#stream.send(bytes)
  }

  /** Resolves when the stream takes more: who answers a peer that does not read must not read on from it. */
  async room(): Promise<void> {
    await this.#drained
  }

  /** Sends what waits, then ends our side; a stream that does not want to end is aborted. */
  async close(timeoutMs: number): Promise<void> {
    try {
      if (this.#stream.writeStatus === 'writable') this.#sendWaiting()
      await this.#stream.close({ signal: AbortSignal.timeout(timeoutMs) })
    } catch (error) {
      this.#stream.abort(error as Error)
    }
  }
}

/** Writes rosters, which are on record since they are in force (spec/roster.md section 8). */
export class RosterWriter {
  readonly #stream: Stream

  constructor(stream: Stream) {
    this.#stream = stream
  }

  state({ serial, hash }: RosterState): void {
    const bytes = Buffer.alloc(8)
    bytes.writeBigUInt64BE(BigInt(serial))
    this.#stream.send(Buffer.concat([bytes, Buffer.from(hash, 'hex')]))
  }

  roster(signed: Uint8Array): void {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(signed.length)
    this.#stream.send(Buffer.concat([length, signed]))
  }
}

/** Writes what compares clocks: no word of anybody is in it (spec/clock.md). */
export class ClockWriter {
  readonly #stream: Stream

  constructor(stream: Stream) {
    this.#stream = stream
  }

  question(nonce: Uint8Array): void {
    this.#stream.send(nonce)
  }

  answer(nonce: Uint8Array, timeMs: number): void {
    this.#stream.send(formatClockAnswer(nonce, timeMs))
  }
}

/** Of HopMessage's `type` (libp2p's specification of circuit-relay-v2). */
const TYPE_RESERVE = 0

/** Asks a relay for a place, and says nothing else. */
export function writeReserve(stream: Stream): void {
  stream.send(framed(Hop.encode({ type: TYPE_RESERVE })))
}

/** Writes who holds a place on a relay (spec/places.md section 2). */
export class PlacesWriter {
  readonly #stream: Stream

  constructor(stream: Stream) {
    this.#stream = stream
  }

  /** Peer IDs. Resolves when the stream takes more. */
  async places(here: string[], gone: string[]): Promise<void> {
    if (!this.#stream.send(framed(Places.encode({ here, gone })))) await drained(this.#stream)
  }
}

/** Writes whether somebody is here: four states, and no word of anybody (spec/presence.md section 2). */
export class PresenceWriter {
  readonly #stream: Stream

  constructor(stream: Stream) {
    this.#stream = stream
  }

  state(state: PresenceState): void {
    this.#stream.send(formatPresence(state))
  }
}

/** Asks for a file, and tells how much of it is there (spec/files.md section 2). */
export class FileAsker {
  readonly #stream: Stream

  constructor(stream: Stream) {
    this.#stream = stream
  }

  ask(offer: Hash, offset: number): void {
    this.#stream.send(formatFileRequest({ offer, offset }))
  }

  /** @param bytes - of the file that are written here, from its beginning */
  taken(bytes: number): void {
    if (this.#stream.writeStatus === 'writable') this.#stream.send(formatTaken(bytes))
  }
}

/** Writes a file: not a byte before its offer and the peer's acceptance are given, and only as they are on record. */
export class FileWriter {
  readonly #stream: Stream
  #isGranted = false

  constructor(stream: Stream) {
    this.#stream = stream
  }

  refuse(code: string): void {
    this.#stream.send(framed(Buffer.from(code)))
  }

  grant(offer: Recorded<unknown>, acceptance: Recorded<unknown>): void {
    for (const each of [offer, acceptance]) assertRecorded(each)
    this.#isGranted = true
    this.#stream.send(framed(Buffer.alloc(0)))
  }

  /** 1 to 65,536 bytes. Resolves when the stream takes more. */
  async chunk(bytes: Uint8Array): Promise<void> {
    if (!this.#isGranted) throw new TypeError('a file leaves only when it was offered and accepted, on record')
    if (!this.#stream.send(framed(bytes))) await drained(this.#stream)
  }
}

/** Not `stream.onDrain()`: its promise is made once, and from the second time on it does not wait. */
async function drained(stream: Stream): Promise<void> {
  if (stream.status !== 'open') return
  await new Promise<void>((resolve) => {
    const settle = (): void => {
      stream.removeEventListener('drain', settle)
      stream.removeEventListener('close', settle)
      resolve()
    }
    stream.addEventListener('drain', settle)
    stream.addEventListener('close', settle)
  })
}

/** The length, and the bytes. */
function framed(body: Uint8Array): Uint8Array {
  return Buffer.concat([varint(body.length), body])
}

/** As many whole characters as fit. */
function cut(text: string, maxBytes: number): string {
  const bytes = Buffer.alloc(maxBytes)
  return bytes.toString('utf8', 0, new TextEncoder().encodeInto(text, bytes).written)
}

function assertRecorded(value: unknown): void {
  if (!Recorded.is(value)) throw new TypeError('only what has been recorded may be written to a stream')
}

function bytesOf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes as Uint8Array<ArrayBuffer>
}
