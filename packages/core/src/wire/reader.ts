import { reasonOf } from '@branchline/audit-sink'
import type { Stream, StreamMessageEvent } from '@libp2p/interface'
import { Uint8ArrayList } from 'uint8arraylist'
import { MessengerError } from '../errors.ts'
import {
  FRAME_COST_BYTES,
  FRAME_TIMEOUT_MS,
  MAX_FRAME_BYTES,
  MAX_UNREAD_BYTES,
  RESUME_UNREAD_BYTES,
} from '../limits.ts'
import { Frame } from './frame.ts'
import { decode as varint } from './varint.ts'

export interface FrameReaderInit {
  readonly stream: Stream
  /** Called with each frame, in order. Until the promise settles its bytes count as unread. */
  readonly onFrame: (frame: Frame) => Promise<void>
  /** Called once, with the first thing that is wrong; nothing is read after it. */
  readonly onError: (error: MessengerError) => void
}

/**
 * Cuts a stream into frames (spec/wire.md section 2) and holds a sender back: `for await` over a stream queues without
 * bound, so this listens to its events and pauses it while too much is being worked on.
 */
export class FrameReader {
  readonly #init: FrameReaderInit
  readonly #buffer = new Uint8ArrayList()
  #unread = 0
  #ended = false
  #timer: NodeJS.Timeout | undefined

  constructor(init: FrameReaderInit) {
    this.#init = init
    init.stream.addEventListener('message', this.#onData)
    init.stream.addEventListener('close', this.end)
  }

  readonly end = (): void => {
    this.#ended = true
    this.#unwatch()
    this.#init.stream.removeEventListener('message', this.#onData)
    this.#init.stream.removeEventListener('close', this.end)
    this.#buffer.consume(this.#buffer.byteLength)
  }

  readonly #onData = ({ data }: StreamMessageEvent): void => {
    this.#buffer.append(data)
    this.#read()
  }

  /** Stops in the middle of what came, too: a stream that is resumed gives all that it held in one piece. */
  #read(): void {
    try {
      while (this.#unread <= MAX_UNREAD_BYTES) {
        const body = this.#next()
        if (body === undefined) return
        this.#hand(body)
      }
    } catch (error) {
      this.#fail(error as MessengerError)
    }
  }

  #next(): Uint8Array | undefined {
    if (this.#ended) return undefined
    const length = varint((at) => this.#buffer.get(at), this.#buffer.byteLength)
    if (length === 'long' || (length !== 'short' && length[0] > MAX_FRAME_BYTES)) {
      throw new MessengerError('FRAME_TOO_LARGE', `a frame has at most ${MAX_FRAME_BYTES} bytes`)
    }
    const whole = length !== 'short' && this.#buffer.byteLength >= length[0] + length[1]
    if (!whole) {
      this.#watch()
      return undefined
    }
    const end = length[0] + length[1]
    const body = this.#buffer.slice(length[1], end)
    this.#buffer.consume(end)
    return body
  }

  /** A frame that was begun must end in time, however slowly its bytes drip; while we do not read it has all there is. */
  #watch(): void {
    const begun = this.#buffer.byteLength > 0 && this.#init.stream.readStatus !== 'paused'
    if (begun && this.#timer !== undefined) return
    this.#unwatch()
    if (!begun) return
    this.#timer = setTimeout(() => {
      this.#fail(new MessengerError('FRAME_STALLED', `a frame was not ended within ${FRAME_TIMEOUT_MS} ms`))
    }, FRAME_TIMEOUT_MS)
  }

  #unwatch(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #hand(body: Uint8Array): void {
    this.#unwatch()
    const frame = decodeFrame(body)
    const cost = body.length + FRAME_COST_BYTES
    const { stream } = this.#init
    this.#unread += cost
    if (this.#unread > MAX_UNREAD_BYTES && stream.readStatus === 'readable') stream.pause()
    const read = (): void => {
      this.#unread -= cost
      if (this.#unread < RESUME_UNREAD_BYTES) this.#readOn()
    }
    this.#init.onFrame(frame).then(read, (error: MessengerError) => {
      this.#fail(error)
      read()
    })
  }

  #readOn(): void {
    const { stream } = this.#init
    if (this.#buffer.byteLength > 0) this.#read()
    if (this.#ended || stream.readStatus !== 'paused' || this.#unread > MAX_UNREAD_BYTES) return
    try {
      stream.resume()
      this.#watch()
    } catch (error) {
      // The connection is closing, and the stream does not know it yet.
      stream.abort(error as Error)
    }
  }

  #fail(error: MessengerError): void {
    if (this.#ended) return
    this.end()
    this.#init.onError(error)
  }
}

function decodeFrame(body: Uint8Array): Frame {
  let frame: Frame
  try {
    frame = Frame.decode(body)
  } catch (cause) {
    throw new MessengerError('FRAME_MALFORMED', `a frame cannot be read: ${reasonOf(cause)}`, { cause })
  }
  if (Object.values(frame).every((body) => body === undefined)) {
    throw new MessengerError('FRAME_MALFORMED', 'a frame has no body')
  }
  return frame
}
