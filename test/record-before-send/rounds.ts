import { setTimeout as pause } from 'node:timers/promises'
import { FULL } from '../support/trial.ts'

/** How often each program is killed. */
export const KILLS = Number(process.env['BRANCHLINE_KILLS'] ?? (FULL ? 100 : 30))
/** Each takes half a second, on a machine that has nothing else to do. */
export const KILLS_TIMEOUT_MS = 60_000 + KILLS * 5_000
/** One log lives through so many kills, then another one is begun. */
const KILLS_OF_ONE_LOG = 10
const LONGEST_MS = 80
/** Starting a program takes far longer than killing it, so two take turns. */
const AT_ONCE = 2

export async function atAnyMoment(): Promise<void> {
  await pause(Math.random() * LONGEST_MS)
}

export function killsOf(log: number): number[] {
  const first = log * KILLS_OF_ONE_LOG
  return Array.from({ length: Math.min(KILLS_OF_ONE_LOG, KILLS - first) }, (_, n) => first + n)
}

/** Works through as many logs as the kills need, two at a time. */
export async function eachLog(work: (log: number) => Promise<void>): Promise<void> {
  let next = 0
  const worker = async (): Promise<void> => {
    while (next * KILLS_OF_ONE_LOG < KILLS) await work(next++)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}
