import { MessengerError } from '../errors.ts'
import { MAX_UNDER_WAY, MAX_UNDER_WAY_BYTES } from '../limits.ts'

interface Waiting {
  readonly bytes: number
  readonly enter: () => void
}

/** Holds senders back, in the order in which they came, while as much is under way as spec/wire.md section 7 admits. */
export class SendWindow {
  #messages = 0
  #bytes = 0
  readonly #waiting = new Set<Waiting>()

  /**
   * Resolves when there is room; the caller must `leave` with the same number of bytes.
   * @param deadline - by `performance.now()`, which nobody sets; none: however long it takes
   * @throws MessengerError BUSY at the deadline; or what `signal` aborts with
   */
  async enter(bytes: number, deadline: number | undefined, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    if (this.tryEnter(bytes)) return
    await new Promise<void>((resolve, reject) => {
      const leave = (settle: () => void): void => {
        this.#waiting.delete(place)
        clearTimeout(timer)
        signal?.removeEventListener('abort', abort)
        settle()
      }
      const abort = (): void => leave(() => reject(signal?.reason))
      const late = (): void => leave(() => reject(busy()))
      const timer = deadline === undefined ? undefined : setTimeout(late, Math.max(0, deadline - performance.now()))
      const place = { bytes, enter: () => leave(resolve) }
      signal?.addEventListener('abort', abort, { once: true })
      this.#waiting.add(place)
    })
  }

  /** @returns whether there was room, and nobody was before */
  tryEnter(bytes: number): boolean {
    if (this.#waiting.size > 0 || !this.#hasRoom(bytes)) return false
    this.#take(bytes)
    return true
  }

  leave(bytes: number): void {
    this.#messages -= 1
    this.#bytes -= bytes
    for (const place of this.#waiting) {
      if (!this.#hasRoom(place.bytes)) break
      this.#take(place.bytes)
      place.enter()
    }
  }

  #hasRoom(bytes: number): boolean {
    return this.#messages < MAX_UNDER_WAY && this.#bytes + bytes <= MAX_UNDER_WAY_BYTES
  }

  #take(bytes: number): void {
    this.#messages += 1
    this.#bytes += bytes
  }
}

function busy(): MessengerError {
  return new MessengerError('BUSY', 'too many messages to this peer wait for receipts; nothing was recorded or sent')
}
