import type { Connection, Stream } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { createLibp2p, type Libp2p } from 'libp2p'
import {
  frame,
  field,
  type HandFrame,
  type HandOpening,
  type HandRecord,
  HELLO,
  leafOf,
  MESSAGE,
  opening,
  openingsOf,
  payloadOf,
  readFrames,
  RECEIPT,
  REFUSAL,
  valueOf,
} from './by-hand.ts'
import type { Listed } from '../support/library.ts'
import { HandLog, type HandProver } from './hand-log.ts'

export const PROTOCOL = '/branchline/message/1'

/** A bare libp2p node on the loopback, which knows nothing of messengers. */
export async function bareNode(): Promise<Libp2p> {
  return createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionManager: { inboundConnectionThreshold: 1_000 },
  })
}

/** Every byte that came on one stream. */
export class TappedStream {
  readonly from: string
  readonly #chunks: Buffer[] = []
  open = true

  constructor(stream: Stream, connection: Connection) {
    this.from = connection.remotePeer.toString()
    stream.addEventListener('message', ({ data }) => this.#chunks.push(Buffer.from(data.subarray())))
    stream.addEventListener('close', () => {
      this.open = false
    })
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks)
  }
}

export interface TappedMessage {
  readonly from: string
  readonly id: string
  readonly record: HandRecord
  readonly openings: readonly HandOpening[]
  /** How often it has come, with this time. */
  readonly times: number
}

/** With what its answer needs. */
interface Untold extends TappedMessage {
  readonly line: Buffer
  readonly proof: Buffer
}

/** One stream on which messages come. */
interface TapSide {
  readonly stream: Stream
  readonly from: string
  readonly prove: HandProver
}

/** What the tap says to a message: its receipt, nothing, or something wrong. */
export type TapAnswer = 'receipt' | 'nothing' | 'other words' | 'other sender' | 'no record' | 'refusal'

export interface TapInit {
  /** Default: its receipt. */
  readonly answer?: (message: TappedMessage) => TapAnswer
  /** Called with each whole message, as it comes. */
  readonly onMessage?: (message: TappedMessage) => void
}

/** The other end of the wire: keeps what comes, and plays a receiver whose log is written by hand. */
export class Tap {
  readonly streams: TappedStream[] = []
  /** Leaf hashes of all proper receipts that were given. */
  readonly answered = new Set<string>()
  readonly #node: Libp2p
  readonly #init: TapInit
  readonly #log: HandLog
  readonly #received = new Map<string, Buffer>()
  readonly #times = new Map<string, number>()
  readonly #authors = new Map<string, string>()

  private constructor(node: Libp2p, init: TapInit) {
    this.#node = node
    this.#init = init
    this.#log = new HandLog(this.peer)
  }

  static async start(init: TapInit = {}): Promise<Tap> {
    const node = await bareNode()
    const tap = new Tap(node, init)
    await node.handle(PROTOCOL, (stream, connection) => tap.#listen(stream, connection), { maxInboundStreams: 1_000 })
    return tap
  }

  get peer(): string {
    return this.#node.peerId.toString()
  }

  get listed(): Listed {
    return { name: 'Tap', peer: this.peer, logKey: this.#log.vkey }
  }

  /** With the peer ID at its end. */
  get address(): string {
    return String(this.#node.getMultiaddrs()[0])
  }

  streamsOf(peer: string): TappedStream[] {
    return this.streams.filter(({ from }) => from === peer)
  }

  /** IDs of the whole messages that came from this peer. */
  messagesOf(peer: string): string[] {
    return [...this.#authors].filter(([, author]) => author === peer).map(([id]) => id)
  }

  #listen(stream: Stream, connection: Connection): void {
    const tapped = new TappedStream(stream, connection)
    this.streams.push(tapped)
    stream.send(this.#log.hello())
    let side: TapSide | undefined
    let rest = Buffer.alloc(0)
    stream.addEventListener('message', ({ data }) => {
      rest = Buffer.concat([rest, data.subarray()])
      const { frames, consumed } = readFrames(rest)
      rest = rest.subarray(consumed)
      for (const each of frames) {
        if (each.whole && each.body === HELLO) side = { stream, from: tapped.from, prove: this.#log.prover(each) }
        if (each.whole && each.body === MESSAGE && side !== undefined) this.#onMessage(side, each)
      }
    })
  }

  #onMessage(side: TapSide, frame: HandFrame): void {
    const { stream, from } = side
    const [line, openings] = [valueOf(frame, 1), openingsOf(frame)]
    const id = leafOf(line)
    const times = (this.#times.get(id) ?? 0) + 1
    this.#times.set(id, times)
    this.#authors.set(id, from)
    const record = (line.length === 0 ? { kind: 'none' } : JSON.parse(line.toString())) as HandRecord
    const message = { from, id, record, openings, times }
    this.#init.onMessage?.(message)
    const proof = valueOf(frame, 3)
    const bytes = this.#answer({ ...message, line, proof }, side, this.#init.answer?.(message) ?? 'receipt')
    if (bytes !== undefined && stream.writeStatus === 'writable') stream.send(bytes)
  }

  #answer(message: Untold, side: TapSide, answer: TapAnswer): Buffer | undefined {
    switch (answer) {
      case 'receipt':
        return this.#receiptFrame(this.#receiptOf(message), message, side)
      case 'nothing':
        return undefined
      case 'other words': {
        const others = message.openings.map(({ label, payload }) => opening(label, payload))
        return this.#receiptFrame(this.#receive({ ...message, openings: others }), message, side)
      }
      case 'other sender':
        return this.#receiptFrame(this.#receive({ ...message, from: this.peer }), message, side)
      case 'no record':
        return frame(RECEIPT, field(1, '{"kind":"received"}'))
      case 'refusal':
        return frame(REFUSAL, field(1, Buffer.from(message.id, 'hex')), field(2, 'MESSAGE_UNKNOWN'), field(3, 'no'))
    }
  }

  #receiptFrame(receipt: Buffer, { from, proof }: Untold, { prove }: TapSide): Buffer {
    return frame(RECEIPT, field(1, receipt), field(2, prove(receipt)), field(3, this.#log.cosign(from, proof)))
  }

  /** Wire, section 5: a message that the log holds is answered with the line that is there. */
  #receiptOf(message: Untold): Buffer {
    const receipt = this.#received.get(message.id) ?? this.#receive(message)
    this.#received.set(message.id, receipt)
    this.answered.add(leafOf(receipt))
    return receipt
  }

  #receive({ from, id, record, openings, line }: Untold): Buffer {
    const payloads = [...openings, opening('record', line)].map(payloadOf)
    const detail = record.detail === undefined ? {} : { detail: record.detail }
    return this.#log.write({ kind: 'received', peers: [from], message: id, payloads, ...detail })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#node.stop()
  }
}
