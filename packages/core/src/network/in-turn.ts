import { setTimeout as pause } from 'node:timers/promises'

/**
 * Tries one way after the other: the next when the one before has failed, or keeps us waiting. The first that leads
 * somewhere counts, and those that are still under way are given up.
 * @param attempt - resolves to whether it led somewhere; does not reject
 */
export async function inTurn<T>(
  ways: readonly T[],
  attempt: (way: T, signal: AbortSignal) => Promise<boolean>,
  { patienceMs, signal }: { readonly patienceMs: number; readonly signal: AbortSignal },
): Promise<boolean> {
  const done = new AbortController()
  const both = AbortSignal.any([signal, done.signal])
  const attempts: Promise<boolean>[] = []
  try {
    for (const way of ways) {
      if (signal.aborted) return false
      const latest = attempt(way, both)
      attempts.push(latest)
      const waited = pause(patienceMs, 'waited' as const, { signal: both }).catch(() => 'waited' as const)
      if ((await Promise.race([someOf(attempts), latest, waited])) === true) return true
    }
    return await someOf(attempts)
  } finally {
    done.abort(new Error('another way was found'))
  }
}

/** Whether one of them led somewhere, as soon as one did or all are over. */
async function someOf(attempts: readonly Promise<boolean>[]): Promise<boolean> {
  const leading = attempts.map(async (each) => (await each) || Promise.reject(new Error('it leads nowhere')))
  return Promise.any(leading).catch(() => false)
}
