import type { Stream } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import type { Libp2p } from 'libp2p'
import {
  type HandOpening,
  HELLO,
  leafOf,
  messageFrame,
  opening,
  payloadOf,
  readFrames,
  RECEIPT,
  REFUSAL,
  valueOf,
} from './by-hand.ts'
import type { Listed } from '../support/library.ts'
import { HandLog, type HandProver } from './hand-log.ts'
import { bareNode, PROTOCOL } from './tap.ts'

export interface ProbeMessage {
  readonly id: string
  readonly text: string
  readonly line: Buffer
  readonly words: HandOpening
}

export interface ProbeInit {
  /** Called with each receipt as it comes. */
  readonly onReceipt: (receipt: { readonly leaf: string; readonly line: Buffer; readonly message: string }) => void
  readonly onRefusal: (refusal: { readonly code: string; readonly message: string }) => void
}

interface OpenStream {
  readonly stream: Stream
  readonly prove: HandProver
}

/** A sender whose messages are made by hand, and who keeps every answer. */
export class Probe {
  readonly #node: Libp2p
  readonly #init: ProbeInit
  readonly #log: HandLog
  #open: OpenStream | undefined

  private constructor(node: Libp2p, init: ProbeInit) {
    this.#node = node
    this.#init = init
    this.#log = new HandLog(node.peerId.toString())
  }

  static async start(init: ProbeInit): Promise<Probe> {
    return new Probe(await bareNode(), init)
  }

  get listed(): Listed {
    return { name: 'Probe', peer: this.#node.peerId.toString(), logKey: this.#log.vkey }
  }

  /** Whether what was sent last may still be answered. */
  get isHeard(): boolean {
    return isUsable(this.#open?.stream)
  }

  write(text: string, to: string): ProbeMessage {
    const words = opening('text', Buffer.from(text))
    const line = this.#log.write({ kind: 'sent', peers: [to], payloads: [payloadOf(words)] })
    return { id: leafOf(line), text, line, words }
  }

  /** @returns false when the other end was gone */
  async send(address: string, message: ProbeMessage): Promise<boolean> {
    try {
      if (!this.isHeard) this.#open = await this.#connect(address)
      const { stream, prove } = this.#open as OpenStream
      stream.send(messageFrame(message.line, [message.words], prove(message.line)))
      return true
    } catch {
      return false
    }
  }

  async #connect(address: string): Promise<OpenStream> {
    const stream = await this.#node.dialProtocol(multiaddr(address), PROTOCOL)
    const prover = Promise.withResolvers<HandProver>()
    let rest = Buffer.alloc(0)
    stream.addEventListener('message', ({ data }) => {
      rest = Buffer.concat([rest, data.subarray()])
      const { frames, consumed } = readFrames(rest)
      rest = rest.subarray(consumed)
      for (const frame of frames.filter(({ whole }) => whole)) {
        const first = valueOf(frame, 1)
        if (frame.body === HELLO) prover.resolve(this.#log.prover(frame))
        if (frame.body === RECEIPT) {
          const { message } = JSON.parse(first.toString()) as { message: string }
          this.#init.onReceipt({ leaf: leafOf(first), line: first, message })
        } else if (frame.body === REFUSAL) {
          this.#init.onRefusal({ code: valueOf(frame, 2).toString(), message: first.toString('hex') })
          // What comes after it on this stream is not looked at: its turn is over. Answers to what went before may come.
          void stream.close().catch(() => undefined)
        }
      }
    })
    stream.addEventListener('close', () => prover.reject(new Error('the other end did not say hello')))
    stream.send(this.#log.hello())
    return { stream, prove: await prover.promise }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#node.stop()
  }
}

/** The other end stops to write when it takes nothing any more. */
function isUsable(stream: Stream | undefined): boolean {
  return stream?.writeStatus === 'writable' && stream.remoteWriteStatus === 'writable'
}
