import { readFileSync } from 'node:fs'

const HIGH_WATER = /^VmHWM:\s+(\d+) kB$/m

/**
 * Most memory that this process has had, in bytes. On Linux the figure of `getrusage` begins with that of the process
 * that started this one, so it is not taken there.
 */
export function peakBytes(): number {
  const kibibytes =
    process.platform === 'linux'
      ? Number(HIGH_WATER.exec(readFileSync('/proc/self/status', 'utf8'))?.[1])
      : process.resourceUsage().maxRSS
  return kibibytes * 1_024
}
