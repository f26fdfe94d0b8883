import { readFileSync } from 'node:fs'

const NAME = /^branchline-(\d+)-(\d+)-/
let beds = 0

/**
 * Begins the names of all that one bed makes: with the process that made it, told from later ones of the same number
 * by when it started, so that what a dead one left can be known.
 */
export function newRunId(): string {
  return `branchline-${process.pid}-${startOf(process.pid)}-${beds++}`
}

/** Whether this is a name of ours, and the process that gave it is gone. */
export function isLeftover(name: string): boolean {
  const [, pid, start] = NAME.exec(name) ?? []
  return pid !== undefined && startOf(Number(pid)) !== start
}

/** In clock ticks since the boot; undefined for a process that is not there. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is a name in brackets that may hold anything; this is the 22nd.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[19]
  } catch {
    return undefined
  }
}
