import type { Hash } from '../hash.ts'

/** 16 MiB of prints: one and a half million messages. */
const MAX_SLOTS = 2 ** 21
const FIRST_SLOTS = 2 ** 11
const MAX_LOAD = 0.75
/** Below the sign of a 32-bit word. Prints that still do not fit were made to crowd one part. */
const MAX_PARTS = 2 ** 30
/** Hex digits of each half of a print. */
const HALF_DIGITS = 8

/** Prints whose first word, divided by `of`, a power of two, leaves `rest`. */
export interface PrintPart {
  readonly rest: number
  readonly of: number
}

/**
 * The first 64 bits of message IDs, in bounded memory: 8 bytes a slot. Who writes messages can make two of one print, so
 * a print that was there before is a reason to look at the IDs themselves, and no more.
 */
export class MessagePrints {
  readonly #maxSlots: number
  /** Two words a slot, open addressing; two zeros are an empty one. */
  #words: Uint32Array
  #count = 0
  #part: PrintPart = { rest: 0, of: 1 }

  /** @param maxSlots - a power of two */
  constructor(maxSlots: number = MAX_SLOTS) {
    this.#maxSlots = maxSlots
    this.#words = new Uint32Array(2 * Math.min(FIRST_SLOTS, maxSlots))
  }

  /** Forgets all, and keeps the prints of this part from now on. */
  begin(part: PrintPart): void {
    this.#part = part
    this.#count = 0
    this.#words.fill(0)
  }

  /** @returns whether this print was there before; undefined when there is no room for it */
  add(message: Hash): boolean | undefined {
    const high = wordAt(message, 0)
    const low = wordAt(message, HALF_DIGITS) || 1
    if (!this.#isKept(high)) return false
    const slot = this.#find(high, low)
    if (this.#words[slot + 1] !== 0) return true
    if (this.#count >= (MAX_LOAD * this.#words.length) / 2) {
      return this.#grow() ? this.add(message) : undefined
    }
    this.#put(slot, high, low)
    return false
  }

  /**
   * @returns the half that is forgotten, and passed over from now on: for that the messages must be read again; undefined
   *   when no smaller part can be kept
   */
  halve(): PrintPart | undefined {
    const { rest, of } = this.#part
    if (of === MAX_PARTS) return undefined
    this.#part = { rest, of: 2 * of }
    this.#rebuild(this.#words.length)
    return { rest: rest + of, of: 2 * of }
  }

  #isKept(high: number): boolean {
    return (high & (this.#part.of - 1)) === this.#part.rest
  }

  /** The word at which the print lies, or would. */
  #find(high: number, low: number): number {
    const words = this.#words
    const last = words.length - 2
    let slot = (low * 2) & last
    while (words[slot + 1] !== 0 && (words[slot] !== high || words[slot + 1] !== low)) slot = (slot + 2) & last
    return slot
  }

  #put(slot: number, high: number, low: number): void {
    this.#words[slot] = high
    this.#words[slot + 1] = low
    this.#count += 1
  }

  #grow(): boolean {
    const slots = this.#words.length / 2
    if (slots === this.#maxSlots) return false
    this.#rebuild(Math.min(8 * slots, 2 * this.#maxSlots))
    return true
  }

  #rebuild(length: number): void {
    const old = this.#words
    this.#words = new Uint32Array(length)
    this.#count = 0
    for (let at = 0; at < old.length; at += 2) {
      const [high, low] = [old[at] as number, old[at + 1] as number]
      if (low !== 0 && this.#isKept(high)) this.#put(this.#find(high, low), high, low)
    }
  }
}

/** Eight hex digits as a number; `parseInt` of a slice takes half as long again. */
function wordAt(message: Hash, from: number): number {
  let word = 0
  for (let at = from; at < from + HALF_DIGITS; at++) {
    const character = message.charCodeAt(at)
    word = (word << 4) | (character < 58 ? character - 48 : character - 87)
  }
  return word >>> 0
}
