import { FILE_PACE, HUSH_MS, MAX_HUSH_MS } from '../limits.ts'

/**
 * Keeps all transfers of a messenger out of the way of what people say: after each message they are silent for a moment,
 * but never so long that a file comes to a halt, and in all they are not faster than a machine can do beside its work.
 */
export class Quiet {
  #quietUntil = 0
  #tokens: number = FILE_PACE.burst
  #countedAt = performance.now()

  /** Something was said, or heard. */
  hush(): void {
    this.#quietUntil = performance.now() + HUSH_MS
  }

  /** Resolves when nobody speaks, in any case after 250 ms. */
  async silence(): Promise<void> {
    const end = performance.now() + MAX_HUSH_MS
    for (;;) {
      const left = Math.min(this.#quietUntil, end) - performance.now()
      if (left <= 0) return
      await pause(left)
    }
  }

  /** Resolves when so many bytes may leave. */
  async take(bytes: number): Promise<void> {
    this.#count()
    this.#tokens -= bytes
    if (this.#tokens < 0) await pause((-this.#tokens / FILE_PACE.perSecond) * 1_000)
    await this.silence()
  }

  #count(): void {
    const now = performance.now()
    const earned = ((now - this.#countedAt) / 1_000) * FILE_PACE.perSecond
    this.#tokens = Math.min(FILE_PACE.burst, this.#tokens + earned)
    this.#countedAt = now
  }
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms))
}
