import type { Stream } from '@libp2p/interface'
import { MessengerError } from '../errors.ts'

/** Reads from a stream as many bytes as are asked for, of no more than it may send in all. */
export class ExactReader {
  readonly #stream: Stream
  readonly #maxBytes: number
  #held: Uint8Array[] = []
  #bytes = 0
  #total = 0
  #ended: Error | undefined
  #wake: () => void = () => undefined

  /** @param what - is read, in words */
  constructor(stream: Stream, maxBytes: number, what: string) {
    this.#stream = stream
    this.#maxBytes = maxBytes
    stream.addEventListener('message', ({ data }) => this.#take(data.subarray(), what))
    for (const type of ['remoteCloseWrite', 'close'] as const) {
      stream.addEventListener(type, () => {
        this.#ended ??= new Error('the peer ended the stream')
        this.#wake()
      })
    }
  }

  #take(bytes: Uint8Array, what: string): void {
    this.#total += bytes.length
    if (this.#total > this.#maxBytes) {
      this.#ended = new MessengerError('FRAME_TOO_LARGE', `a peer sends more than ${what} may have`)
      this.#stream.abort(this.#ended)
    } else {
      this.#held.push(bytes)
      this.#bytes += bytes.length
    }
    this.#wake()
  }

  /** Whether everything was read, and nothing more comes. */
  get isAtEnd(): boolean {
    return this.#bytes === 0 && this.#ended !== undefined
  }

  /**
   * Called again only when the call before has settled.
   * @throws MessengerError FRAME_TOO_LARGE; an Error when the stream ends too early
   */
  async read(length: number): Promise<Buffer> {
    while (this.#bytes < length) {
      if (this.#ended !== undefined) throw this.#ended
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    const all = Buffer.concat(this.#held)
    this.#held = [all.subarray(length)]
    this.#bytes = all.length - length
    return all.subarray(0, length)
  }
}
