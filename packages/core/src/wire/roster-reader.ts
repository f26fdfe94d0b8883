import type { Stream } from '@libp2p/interface'
import { MessengerError } from '../errors.ts'
import { MAX_ROSTER_BYTES } from '../limits.ts'
import { ExactReader } from './exact-reader.ts'

const SERIAL_BYTES = 8
const HASH_BYTES = 32
const LENGTH_BYTES = 4
const STATE_BYTES = SERIAL_BYTES + HASH_BYTES
const MAX_BYTES = STATE_BYTES + LENGTH_BYTES + MAX_ROSTER_BYTES

/** What the other side of a stream holds. */
export interface RosterState {
  readonly serial: number
  /** SHA-256 of the roster's text, in hex. */
  readonly hash: string
}

/** Reads the two things that a side of a roster stream says (spec/roster.md section 8), and no byte more. */
export class RosterReader {
  readonly #reader: ExactReader

  constructor(stream: Stream) {
    this.#reader = new ExactReader(stream, MAX_BYTES, 'a roster')
  }

  /** @throws MessengerError FRAME_MALFORMED, FRAME_TOO_LARGE; an Error when it ends too early */
  async state(): Promise<RosterState> {
    const bytes = await this.#reader.read(STATE_BYTES)
    const serial = Number(bytes.readBigUInt64BE())
    if (!Number.isSafeInteger(serial) || serial === 0) throw malformed('its state is none')
    return { serial, hash: bytes.toString('hex', SERIAL_BYTES) }
  }

  /** @throws MessengerError FRAME_MALFORMED, FRAME_TOO_LARGE; an Error when it ends too early */
  async roster(): Promise<Uint8Array> {
    const length = (await this.#reader.read(LENGTH_BYTES)).readUInt32BE()
    if (length === 0 || length > MAX_ROSTER_BYTES) throw malformed(`a roster does not have ${length} bytes`)
    return this.#reader.read(length)
  }
}

function malformed(why: string): MessengerError {
  return new MessengerError('FRAME_MALFORMED', `a peer says something else than a roster: ${why}`)
}
