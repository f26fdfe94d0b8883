import { FILE_DELAY_MS, FILE_SLICE_BYTES, FILE_WINDOW_BYTES } from '../limits.ts'

interface InFlight {
  readonly end: number
  readonly sentAt: number
}

/**
 * How much of a file may be on its way. A full link would keep chat waiting behind it, in buffers that no sender sees: so
 * the window grows only while bytes arrive about as fast as they ever did, and shrinks as soon as they wait (as LEDBAT,
 * RFC 6817).
 */
export class Window {
  readonly #inFlight: InFlight[] = []
  #bytes: number = FILE_WINDOW_BYTES.first
  #sent: number
  #taken: number
  #leastMs = Number.POSITIVE_INFINITY
  /** Bytes that were sent before it shrank say nothing of how it is since. */
  #shrunkAt = 0
  #wake: () => void = () => undefined
  #isEnded = false

  /** @param offset - where the transfer begins, in bytes */
  constructor(offset: number) {
    this.#sent = offset
    this.#taken = offset
  }

  get taken(): number {
    return this.#taken
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Resolves when a slice may leave, or when it is over. */
  async room(): Promise<void> {
    while (!this.#isEnded && this.#sent + FILE_SLICE_BYTES > this.#taken + this.#bytes) await this.#change()
  }

  /** Resolves when all that was sent is taken, or when it is over. */
  async empty(): Promise<void> {
    while (!this.#isEnded && this.#taken < this.#sent) await this.#change()
  }

  sent(bytes: number, now = performance.now()): void {
    this.#sent += bytes
    this.#inFlight.push({ end: this.#sent, sentAt: now })
  }

  /**
   * @param total - bytes of the file that the other side has written, from its beginning
   * @returns false when that cannot be
   */
  took(total: number, now = performance.now()): boolean {
    if (total <= this.#taken || total > this.#sent) return false
    const bytes = total - this.#taken
    this.#taken = total
    let last: InFlight | undefined
    while ((this.#inFlight[0]?.end ?? Number.POSITIVE_INFINITY) <= total) last = this.#inFlight.shift()
    if (last !== undefined) this.#adapt(last, bytes, now)
    this.#wake()
    return true
  }

  #adapt({ sentAt }: InFlight, bytes: number, now: number): void {
    const tripMs = now - sentAt
    this.#leastMs = Math.min(this.#leastMs, tripMs)
    const { least, most } = FILE_WINDOW_BYTES
    if (tripMs < FILE_DELAY_MS + 1.25 * this.#leastMs) {
      this.#bytes = Math.min(most, this.#bytes + (bytes * FILE_SLICE_BYTES) / this.#bytes)
    } else if (sentAt >= this.#shrunkAt) {
      this.#bytes = Math.max(least, this.#bytes / 2)
      this.#shrunkAt = now
    }
  }

  end(): void {
    this.#isEnded = true
    this.#wake()
  }

  async #change(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve
    })
  }
}
