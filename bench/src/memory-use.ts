import { readFileSync } from 'node:fs'

const ANONYMOUS = /^RssAnon:\s+(\d+) kB$/m
const SAMPLE_MS = 10

/**
 * Most memory that the process needed while it was watched, in bytes, looked at every 10 ms. On Linux that is what is
 * its own: pages of files that LevelDB has mapped are the system's cache, as large as the log, and given back when
 * anyone needs them.
 */
export function watchMemory(): { peakBytes(): number } {
  let peak = 0
  const look = (): void => {
    peak = Math.max(peak, usedBytes())
  }
  const timer = setInterval(look, SAMPLE_MS).unref()
  return {
    peakBytes: () => {
      clearInterval(timer)
      look()
      return peak
    },
  }
}

function usedBytes(): number {
  if (process.platform !== 'linux') return process.memoryUsage.rss()
  return Number(ANONYMOUS.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1_024
}
