import { noise } from '@libp2p/noise'
import type { Connection, Stream } from '@libp2p/interface'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p, type Libp2p } from 'libp2p'
import { onTestFinished } from 'vitest'
import { createMessenger, type CreateMessengerInit, type HostedMessenger, PROTOCOL } from '../src/index.ts'
import type { Frame, Hello, Message } from '../src/wire/frame.ts'
import { type LogProof, toWireCheckpoint } from '../src/wire/proof.ts'
import { onRoster } from './rosters.ts'
import { appended, type Device, device, framed, framesIn, messageFrame, own, textTo } from './support.ts'
import { afterHello, helloIn, Voice } from './voice.ts'

export const LOOPBACK = ['/ip4/127.0.0.1/tcp/0']

export interface Person extends Device {
  readonly messenger: HostedMessenger
  readonly address: string
}

/** Someone at a messenger, on loopback; goes home when the test is over. */
export async function person(init: Partial<CreateMessengerInit> = {}, self?: Device): Promise<Person> {
  const { identity, peer, store, signer, audit, roster } = self ?? (await device())
  if (init.name !== undefined) await onRoster(peer, signer.vkey, init.name)
  const messenger = await createMessenger({ identity, audit, roster, listen: LOOPBACK, lan: false, ...init })
  onTestFinished(() => messenger.close())
  return { identity, peer, store, signer, audit, roster, messenger, address: messenger.addresses()[0] as string }
}

/** Two who can reach each other; the first knows where the second is. */
export async function pair(
  first: Partial<CreateMessengerInit> = {},
  second: Partial<CreateMessengerInit> = {},
): Promise<[Person, Person]> {
  const bea = await person(second)
  return [await person({ peers: [bea.address], ...first }), bea]
}

/** What a peer that speaks by hand says first: the genesis of its own log, unless the test has it say something else. */
export type Greeting = (voice: Voice) => Promise<Frame | undefined>
const honestly: Greeting = (voice) => voice.hello()

/** One stream of a peer that speaks the protocol by hand. */
export class RawStream {
  readonly stream: Stream
  readonly connection: Connection
  readonly chunks: Uint8Array[] = []
  readonly #voice: Voice
  #said: Promise<void>
  ended = false

  constructor(stream: Stream, connection: Connection, self: Device, greeting: Greeting) {
    this.stream = stream
    this.connection = connection
    stream.addEventListener('message', ({ data }) => this.chunks.push(data.subarray()))
    stream.addEventListener('remoteCloseWrite', () => (this.ended = true))
    stream.addEventListener('close', () => (this.ended = true))
    this.#voice = new Voice(self, () => this.#heard)
    this.#said = this.#sayHello(greeting)
  }

  async #sayHello(greeting: Greeting): Promise<void> {
    const hello = await greeting(this.#voice)
    if (hello !== undefined) this.send(framed(hello))
  }

  /** Sends the frames in one chunk, each with the proof and the cosignature that an honest peer adds. */
  async say(...frames: readonly Frame[]): Promise<void> {
    this.#said = this.#sayAfter(this.#said, frames)
    return this.#said
  }

  async #sayAfter(before: Promise<void>, frames: readonly Frame[]): Promise<void> {
    await before
    const complete: Uint8Array[] = []
    for (const frame of frames) complete.push(framed(await this.#voice.complete(frame)))
    this.send(Buffer.concat(complete))
  }

  /** Sends the bytes as they are. */
  send(bytes: Uint8Array): void {
    if (this.stream.writeStatus === 'writable') this.stream.send(bytes)
  }

  get #heard(): Uint8Array {
    return Buffer.concat(this.chunks)
  }

  get hello(): Hello | undefined {
    return helloIn(this.#heard)
  }

  /** Without the hello. */
  get bytes(): Uint8Array {
    return afterHello(this.#heard)
  }

  /** Without the hello. */
  get frames(): Frame[] {
    return framesIn(this.bytes)
  }
}

/** A bare libp2p node: whatever it says or answers is up to the test. */
export class RawPeer {
  readonly node: Libp2p
  /** Who it is, and the log of which it gives proof. */
  readonly self: Device
  readonly streams: RawStream[] = []
  readonly peer: string
  readonly #greeting: Greeting

  constructor(node: Libp2p, self: Device, greeting: Greeting) {
    this.node = node
    this.self = self
    this.peer = self.peer
    this.#greeting = greeting
  }

  get address(): string {
    return String(this.node.getMultiaddrs()[0])
  }

  /** Bytes that came on any of its streams, beside hellos. */
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
          if (message !== undefined) void answer(message, raw).then((frame) => frame && raw.say(frame))
        }
      })
    }
  }

  async open(address: string, greeting = this.#greeting): Promise<RawStream> {
    const connection = await this.node.dial(multiaddr(address))
    return new RawStream(await connection.newStream(PROTOCOL), connection, this.self, greeting)
  }

  accept(stream: Stream, connection: Connection): RawStream {
    const raw = new RawStream(stream, connection, this.self, this.#greeting)
    this.streams.push(raw)
    return raw
  }
}

export async function rawPeer(
  onStream: (stream: RawStream, peer: RawPeer) => void = () => undefined,
  { self, greeting = honestly }: { readonly self?: Device; readonly greeting?: Greeting } = {},
): Promise<RawPeer> {
  const who = self ?? (await device())
  const node = await createLibp2p({
    privateKey: who.identity,
    addresses: { listen: LOOPBACK },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
  })
  const peer = new RawPeer(node, who, greeting)
  await node.handle(PROTOCOL, (stream, connection) => onStream(peer.accept(stream, connection), peer))
  onTestFinished(() => void node.stop())
  return peer
}

/** What the wire says of a log that the test gives: its genesis, and what it holds of the other's. */
export function saying(genesis: Uint8Array, held?: LogProof['checkpoint']): Greeting {
  return async () => ({
    hello: { genesis: own(genesis), ...(held && { held: toWireCheckpoint(held) }), continuations: [] },
  })
}

export const silently: Greeting = async () => undefined

/** A text that the raw peer has in its own log. */
export async function written({ self }: Pick<RawPeer, 'self'>, to: string, text = 'hello'): Promise<Frame> {
  return messageFrame(await appended(self.audit, textTo(to, text, self.peer)))
}

/** Errors of 'audit:failed', from now on. */
export function alarms({ messenger }: Pick<Person, 'messenger'>): unknown[] {
  const errors: unknown[] = []
  messenger.addEventListener('audit:failed', ({ detail }) => errors.push(detail.error))
  return errors
}
