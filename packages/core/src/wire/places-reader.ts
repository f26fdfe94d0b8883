import { reasonOf } from '@branchline/audit-sink'
import type { Stream, StreamMessageEvent } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { MessengerError } from '../errors.ts'
import { MAX_PLACES_FRAME_BYTES, MAX_PLACES_FRAMES_A_MINUTE } from '../limits.ts'
import { Places } from './places.ts'
import { decode as varint } from './varint.ts'

/** Who has got a place on a relay since the frame before, and who has lost it. Peer IDs. */
export interface PlacesChange {
  readonly here: readonly string[]
  readonly gone: readonly string[]
}

export interface PlacesReaderInit {
  readonly stream: Stream
  readonly onChange: (change: PlacesChange) => void
  /** Called once, with the first thing that is wrong; nothing is read after it. */
  readonly onError: (error: MessengerError) => void
}

const MINUTE_MS = 60_000

/** Reads what a relay tells of its places (spec/places.md section 2), and never holds more than one frame of it. */
export class PlacesReader {
  readonly #init: PlacesReaderInit
  #held = Buffer.alloc(0)
  #ended = false
  #frames = 0
  #minuteAt = performance.now()

  constructor(init: PlacesReaderInit) {
    this.#init = init
  }

  start(): void {
    this.#init.stream.addEventListener('message', this.#onData)
  }

  readonly #onData = ({ data }: StreamMessageEvent): void => {
    if (this.#ended) return
    try {
      this.#held = Buffer.concat([this.#held, data.subarray()])
      for (let body = this.#next(); body !== undefined; body = this.#next()) this.#init.onChange(this.#read(body))
    } catch (error) {
      this.#ended = true
      this.#held = Buffer.alloc(0)
      this.#init.stream.removeEventListener('message', this.#onData)
      this.#init.onError(error as MessengerError)
    }
  }

  #next(): Buffer | undefined {
    const length = varint((at) => this.#held[at] as number, this.#held.length)
    if (length === 'long' || (length !== 'short' && length[0] > MAX_PLACES_FRAME_BYTES)) {
      throw new MessengerError('FRAME_TOO_LARGE', `a frame of places has at most ${MAX_PLACES_FRAME_BYTES} bytes`)
    }
    if (length === 'short' || this.#held.length < length[0] + length[1]) return undefined
    const body = this.#held.subarray(length[1], length[0] + length[1])
    this.#held = this.#held.subarray(length[0] + length[1])
    return body
  }

  #read(body: Uint8Array): PlacesChange {
    this.#countFrame()
    try {
      const { here, gone } = Places.decode(body)
      return { here: here.map(peerOf), gone: gone.map(peerOf) }
    } catch (cause) {
      throw new MessengerError('FRAME_MALFORMED', `a frame of places cannot be read: ${reasonOf(cause)}`, { cause })
    }
  }

  #countFrame(): void {
    const now = performance.now()
    if (now - this.#minuteAt > MINUTE_MS) [this.#frames, this.#minuteAt] = [0, now]
    if (++this.#frames <= MAX_PLACES_FRAMES_A_MINUTE) return
    throw new MessengerError('FRAME_UNEXPECTED', `a relay told of its places ${this.#frames} times in a minute`)
  }
}

function peerOf(text: string): string {
  return peerIdFromString(text).toString()
}
