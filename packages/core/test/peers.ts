import { noise } from '@libp2p/noise'
import type { Connection, Ed25519PrivateKey, Stream } from '@libp2p/interface'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p, type Libp2p } from 'libp2p'
import { onTestFinished } from 'vitest'
import { createMessenger, type CreateMessengerInit, type HostedMessenger, PROTOCOL } from '../src/index.ts'
import type { Frame, Message } from '../src/wire/frame.ts'
import { type Device, device, framed, framesIn } from './support.ts'

export const LOOPBACK = ['/ip4/127.0.0.1/tcp/0']

export interface Person extends Device {
  readonly messenger: HostedMessenger
  readonly address: string
}

/** Someone at a messenger, on loopback; goes home when the test is over. */
export async function person(init: Partial<CreateMessengerInit> = {}, self?: Device): Promise<Person> {
  const { identity, peer, store, audit } = self ?? (await device())
  const messenger = await createMessenger({ identity, audit, listen: LOOPBACK, lan: false, ...init })
  onTestFinished(() => messenger.close())
  return { identity, peer, store, audit, messenger, address: messenger.addresses()[0] as string }
}

/** Two who can reach each other; the first knows where the second is. */
export async function pair(
  first: Partial<CreateMessengerInit> = {},
  second: Partial<CreateMessengerInit> = {},
): Promise<[Person, Person]> {
  const bea = await person(second)
  return [await person({ peers: [bea.address], ...first }), bea]
}

/** One stream of a peer that speaks the protocol by hand. */
export class RawStream {
  readonly stream: Stream
  readonly connection: Connection
  readonly chunks: Uint8Array[] = []
  ended = false

  constructor(stream: Stream, connection: Connection) {
    this.stream = stream
    this.connection = connection
    stream.addEventListener('message', ({ data }) => this.chunks.push(data.subarray()))
    stream.addEventListener('remoteCloseWrite', () => (this.ended = true))
    stream.addEventListener('close', () => (this.ended = true))
  }

  send(bytes: Uint8Array): void {
    if (this.stream.writeStatus === 'writable') this.stream.send(bytes)
  }

  get bytes(): Uint8Array {
    return Buffer.concat(this.chunks)
  }

  get frames(): Frame[] {
    return framesIn(this.bytes)
  }
}

/** A bare libp2p node: whatever it says or answers is up to the test. */
export class RawPeer {
  readonly node: Libp2p
  readonly streams: RawStream[] = []
  readonly peer: string

  constructor(node: Libp2p) {
    this.node = node
    this.peer = node.peerId.toString()
  }

  get address(): string {
    return String(this.node.getMultiaddrs()[0])
  }

  /** Bytes that came on any of its streams. */
  get received(): number {
    return this.streams.reduce((sum, { bytes }) => sum + bytes.length, 0)
  }

  get frames(): Frame[] {
    return this.streams.flatMap(({ frames }) => frames)
  }

  /** Answers each message of a stream with what the test makes of it. */
  static answering(answer: (message: Message, stream: RawStream) => Promise<Frame | undefined>) {
    return (raw: RawStream): void => {
      let answered = 0
      raw.stream.addEventListener('message', () => {
        for (const { message } of raw.frames.slice(answered)) {
          answered += 1
          if (message !== undefined) void answer(message, raw).then((frame) => frame && raw.send(framed(frame)))
        }
      })
    }
  }

  async open(address: string): Promise<RawStream> {
    const connection = await this.node.dial(multiaddr(address))
    return new RawStream(await connection.newStream(PROTOCOL), connection)
  }
}

export async function rawPeer(
  onStream: (stream: RawStream, peer: RawPeer) => void = () => undefined,
  identity?: Ed25519PrivateKey,
): Promise<RawPeer> {
  const node = await createLibp2p({
    ...(identity !== undefined && { privateKey: identity }),
    addresses: { listen: LOOPBACK },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
  })
  const peer = new RawPeer(node)
  await node.handle(PROTOCOL, (stream, connection) => {
    const raw = new RawStream(stream, connection)
    peer.streams.push(raw)
    onStream(raw, peer)
  })
  onTestFinished(() => void node.stop())
  return peer
}
