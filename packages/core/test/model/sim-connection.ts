import type { Connection, PeerId, Stream } from '@libp2p/interface'
import { Pipe, type Wire } from './pipe.ts'
import type { Host } from './host.ts'
import { SimStream } from './sim-stream.ts'

/** One end of a connection: what libp2p calls a Connection. */
export class ConnectionEnd {
  readonly host: Host
  readonly remotePeer: PeerId
  status: 'open' | 'closed' = 'open'
  readonly inbound = new Set<SimStream>()
  readonly #streams = new Set<SimStream>()
  readonly #connection: SimConnection

  constructor(connection: SimConnection, host: Host, remotePeer: PeerId) {
    this.#connection = connection
    this.host = host
    this.remotePeer = remotePeer
  }

  asConnection(): Connection {
    return this as unknown as Connection
  }

  async newStream(protocol: string, { signal }: { readonly signal?: AbortSignal } = {}): Promise<Stream> {
    if (this.status !== 'open') throw new Error('the connection is closed')
    const stream = this.#connection.pair(this, protocol)
    await new Promise<void>((resolve, reject) => {
      stream.onAck = resolve
      stream.addEventListener('close', () => reject(new Error('the stream was reset before it was open')))
      signal?.addEventListener('abort', () => {
        stream.abort()
        reject(signal.reason as Error)
      })
    })
    return stream.asStream()
  }

  add(stream: SimStream): void {
    this.#streams.add(stream)
    stream.addEventListener('close', () => {
      this.#streams.delete(stream)
      this.inbound.delete(stream)
    })
  }

  abort(): void {
    if (this.status !== 'open') return
    for (const stream of this.#streams) stream.abort()
    this.lost()
    this.#connection.other(this).noticeLater()
  }

  /** This side knows that it is over. */
  lost(): void {
    if (this.status !== 'open') return
    this.status = 'closed'
    for (const stream of this.#streams) stream.lost()
    this.host.disconnected(this)
  }

  /** A side that hears nothing any more takes a while to tell: so long does a pulse go unanswered. */
  noticeLater(afterMs = UNHEARD_MS): void {
    setTimeout(() => this.lost(), afterMs)
  }

  freeze(): void {
    for (const stream of this.#streams) stream.freeze()
  }
}

const UNHEARD_MS = 15_000
/** The machine of a process that was killed says at once that nobody is there. */
const HEARD_MS = 5

export interface Death {
  /** Of each stream, what it had sent and still comes. */
  readonly keepBytes: number
  readonly isHeard: boolean
}

/** How a way is lost. */
export interface Cut {
  /** Which of the two ends know at once. */
  readonly notices: readonly [boolean, boolean]
  /** Of each stream, what was on its way and still comes. */
  readonly keepBytes: number
  /** How much later that comes. */
  readonly stallMs?: number
}

export class SimConnection {
  readonly ends: readonly [ConnectionEnd, ConnectionEnd]
  readonly #wire: Wire
  readonly #pipes = new Set<Pipe>()

  constructor(wire: Wire, a: Host, b: Host) {
    this.#wire = wire
    this.ends = [new ConnectionEnd(this, a, b.peerId), new ConnectionEnd(this, b, a.peerId)]
  }

  other(end: ConnectionEnd): ConnectionEnd {
    return end === this.ends[0] ? this.ends[1] : this.ends[0]
  }

  pair(opener: ConnectionEnd, protocol: string): SimStream {
    const acceptor = this.other(opener)
    const [from, to] = [opener.host.peer, acceptor.host.peer]
    const out = new Pipe(this.#wire, { from, to, protocol })
    const back = new Pipe(this.#wire, { from: to, to: from, protocol })
    for (const pipe of [out, back]) this.#pipes.add(pipe)
    const [stream, theirs] = [
      new SimStream(opener.host.machine, out, back),
      new SimStream(acceptor.host.machine, back, out),
    ]
    opener.add(stream)
    acceptor.add(theirs)
    theirs.onRequest = () => {
      acceptor.inbound.add(theirs)
      if (!acceptor.host.accept(theirs, acceptor)) theirs.abort()
    }
    if (opener.status === 'open' && acceptor.status === 'open') out.push({ kind: 'open' })
    return stream
  }

  /**
   * The way is lost. The sides that notice know at once; what was on its way to the other may still come, then it hears
   * that it is over, or nothing.
   */
  cut({ notices, keepBytes, stallMs = 0 }: Cut): void {
    for (const pipe of this.#pipes) {
      pipe.cut(keepBytes)
      if (stallMs > 0) pipe.stall(stallMs)
    }
    for (const [n, end] of this.ends.entries()) {
      if (notices[n]) end.lost()
      else end.noticeLater()
    }
  }

  /** One side was killed: what it had sent may still come, in part. */
  killed(dead: ConnectionEnd, { keepBytes, isHeard }: Death): void {
    dead.freeze()
    dead.status = 'closed'
    for (const pipe of this.#pipes) {
      if (pipe.from === dead.host.peer) pipe.cut(keepBytes)
      else pipe.drop()
    }
    this.other(dead).noticeLater(isHeard ? HEARD_MS : UNHEARD_MS)
  }
}
