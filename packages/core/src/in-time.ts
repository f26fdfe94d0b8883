export interface TimeLimit {
  readonly timeoutMs: number
  /** Makes the error for work that takes longer. */
  readonly late: () => Error
  readonly signal?: AbortSignal | undefined
}

/** What the work comes to, unless its time is over before or `signal` aborts; the work itself goes on, unheard. */
export async function inTime<T>(work: Promise<T>, { timeoutMs, late, signal }: TimeLimit): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    }
    const giveUp = (reason: unknown): void => {
      leave()
      reject(reason)
    }
    const abort = (): void => giveUp(signal?.reason)
    const timer = setTimeout(() => giveUp(late()), Math.max(0, timeoutMs))
    signal?.addEventListener('abort', abort, { once: true })
    work.then((value) => {
      leave()
      return resolve(value)
    }, giveUp)
    if (signal?.aborted === true) abort()
  })
}
