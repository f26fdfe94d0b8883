import type { Hash } from '@branchline/audit-sink'

/** Far more than anybody scrolls back to. */
const MAX_NUMBERED = 20_000

/** Short numbers for messages, as the chat shows them; they count up, and none is used again. */
export class Numbers {
  readonly #ids = new Map<number, Hash>()
  readonly #numbers = new Map<Hash, number>()
  #last = 0

  /** The number of a message; it gets one when it has none. */
  of(id: Hash): number {
    const known = this.#numbers.get(id)
    if (known !== undefined) return known
    this.#last += 1
    this.#ids.set(this.#last, id)
    this.#numbers.set(id, this.#last)
    this.#forget(this.#last - MAX_NUMBERED)
    return this.#last
  }

  /** The number that it was shown with. */
  shown(id: Hash): number | undefined {
    return this.#numbers.get(id)
  }

  id(number: number): Hash | undefined {
    return this.#ids.get(number)
  }

  #forget(number: number): void {
    const id = this.#ids.get(number)
    if (id === undefined) return
    this.#ids.delete(number)
    this.#numbers.delete(id)
  }
}
