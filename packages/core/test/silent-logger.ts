import type { ComponentLogger, Logger } from '@libp2p/interface'

/** Keeps what is logged as an error, and says nothing. */
export function silentLogger(): ComponentLogger & { readonly errors: string[] } {
  const errors: string[] = []
  const quiet = (): void => undefined
  const log: Logger = Object.assign(quiet, {
    error: (format: string) => void errors.push(format),
    trace: quiet,
    enabled: false,
    newScope: () => log,
  })
  return { errors, forComponent: () => log }
}
