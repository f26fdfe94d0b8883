const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

const endings = new Set<() => void>()
let watching = false

/**
 * Calls `end` when this process ends in whatever way it is told of; it must be done when `end` returns.
 * @returns calls that off
 */
export function atEnd(end: () => void): () => void {
  if (!watching) watch()
  endings.add(end)
  return () => void endings.delete(end)
}

function watch(): void {
  watching = true
  process.on('exit', endAll)
  for (const signal of SIGNALS) {
    process.once(signal, () => {
      endAll()
      process.kill(process.pid, signal)
    })
  }
}

function endAll(): void {
  for (const end of [...endings].toReversed()) end()
  endings.clear()
}
