import { decode as varint } from '../wire/varint.ts'

/** A reservation with its voucher and a relay's addresses has a few hundred. */
const MAX_BYTES = 8_192

/** Cuts the first frame out of what goes by, in pieces of any size, and lets the rest go. */
export class FirstFrame {
  #held: Buffer | undefined = Buffer.alloc(0)

  /** @returns the frame's body, once; undefined before it is whole, after it, and when it is longer than one can be */
  take(piece: Uint8Array): Uint8Array | undefined {
    if (this.#held === undefined) return undefined
    const held = Buffer.concat([this.#held, piece])
    this.#held = held
    const length = varint((at) => held[at] as number, held.length)
    if (length !== 'short' && length !== 'long' && held.length >= length[0] + length[1]) {
      this.#held = undefined
      return held.subarray(length[1], length[0] + length[1])
    }
    if (length === 'long' || held.length > MAX_BYTES) this.#held = undefined
    return undefined
  }
}
