import type { Stream, StreamMessageEvent } from '@libp2p/interface'
import { Uint8ArrayList } from 'uint8arraylist'
import { MessengerError } from '../errors.ts'
import {
  FILE_STALL_MS,
  MAX_FILE_ANSWER_BYTES,
  MAX_FILE_FRAME_BYTES,
  MAX_UNWRITTEN_BYTES,
  RESUME_UNWRITTEN_BYTES,
} from '../limits.ts'
import { decode as varint } from './varint.ts'

const CODE = /^[A-Z_]*$/

/** Reads an answer and the chunks after it (spec/files.md section 2), and holds a sender back who is faster than the disk. */
export class FileReader {
  readonly #stream: Stream
  readonly #stallMs: number
  readonly #held = new Uint8ArrayList()
  #isAtEnd = false
  #wake: () => void = () => undefined

  constructor(stream: Stream, stallMs = FILE_STALL_MS) {
    this.#stream = stream
    this.#stallMs = stallMs
    stream.addEventListener('message', this.#onData)
    stream.addEventListener('remoteCloseWrite', this.#onEnd)
    stream.addEventListener('close', this.#onEnd)
  }

  readonly #onData = ({ data }: StreamMessageEvent): void => {
    this.#held.append(data)
    if (this.#held.byteLength > MAX_UNWRITTEN_BYTES && this.#stream.readStatus === 'readable') this.#stream.pause()
    this.#wake()
  }

  readonly #onEnd = (): void => {
    this.#isAtEnd = true
    this.#wake()
  }

  /**
   * The code with which the request is refused; empty when it is not.
   * @throws MessengerError FRAME_TOO_LARGE, FRAME_MALFORMED, FRAME_STALLED; an Error when the stream ends before
   */
  async answer(): Promise<string> {
    const body = await this.#next(MAX_FILE_ANSWER_BYTES)
    if (body === undefined) throw new Error('the peer ended the stream and answered nothing')
    const code = Buffer.from(body).toString('latin1')
    if (!CODE.test(code)) throw new MessengerError('FRAME_MALFORMED', 'a peer answers with what is no code')
    return code
  }

  /**
   * 1 to 65,536 bytes of the file; undefined when the stream has ended. Called again only when the call before has settled.
   * @throws MessengerError FRAME_TOO_LARGE, FRAME_MALFORMED, FRAME_STALLED
   */
  async chunk(): Promise<Uint8Array | undefined> {
    const body = await this.#next(MAX_FILE_FRAME_BYTES)
    if (body?.length === 0) throw new MessengerError('FRAME_MALFORMED', 'a chunk of a file is empty')
    return body
  }

  async #next(maxBytes: number): Promise<Uint8Array | undefined> {
    for (;;) {
      const body = this.#take(maxBytes)
      if (body !== undefined) return body
      // Having paused, the stream may hold more, and may have ended behind that.
      if (this.#resume()) continue
      if (this.#isAtEnd) return undefined
      await this.#more()
    }
  }

  #take(maxBytes: number): Uint8Array | undefined {
    const length = varint((at) => this.#held.get(at), this.#held.byteLength)
    if (length === 'long' || (length !== 'short' && length[0] > maxBytes)) {
      throw new MessengerError('FRAME_TOO_LARGE', `a frame of a file has at most ${maxBytes} bytes here`)
    }
    if (length === 'short' || this.#held.byteLength < length[0] + length[1]) return undefined
    const end = length[0] + length[1]
    const body = this.#held.slice(length[1], end)
    this.#held.consume(end)
    if (this.#held.byteLength < RESUME_UNWRITTEN_BYTES) this.#resume()
    return body
  }

  /** @returns whether it was paused */
  #resume(): boolean {
    if (this.#stream.readStatus !== 'paused') return false
    try {
      this.#stream.resume()
    } catch (error) {
      // The connection is closing, and the stream does not know it yet.
      this.#stream.abort(error as Error)
    }
    return true
  }

  async #more(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new MessengerError('FRAME_STALLED', `nothing of a file came for ${this.#stallMs} ms`))
      }, this.#stallMs)
      this.#wake = () => {
        clearTimeout(timer)
        this.#wake = () => undefined
        resolve()
      }
    })
  }
}
