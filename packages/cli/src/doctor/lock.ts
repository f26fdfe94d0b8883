import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'

interface LockSystem {
  readonly readLocks: () => Promise<string>
  readonly inodeOf: (file: string) => Promise<number>
}

const REAL: LockSystem = {
  readLocks: () => readFile('/proc/locks', 'utf8'),
  inodeOf: async (file) => (await stat(file)).ino,
}

/**
 * Who holds the lock of a LevelDB, looked up where Linux lists locks: to try it would be to take it.
 * @returns process ID; undefined when nobody does, or the system does not tell
 */
export async function lockHolder(log: string, { readLocks, inodeOf }: LockSystem = REAL): Promise<number | undefined> {
  const [locks, inode] = await Promise.all([
    readLocks().catch(() => undefined),
    inodeOf(join(log, 'LOCK')).catch(() => undefined),
  ])
  if (locks === undefined || inode === undefined) return undefined
  for (const line of locks.split('\n')) {
    const found = /^\d+: \S+ +\S+ +WRITE +(\d+) [0-9a-f]+:[0-9a-f]+:(\d+) /.exec(line)
    if (found !== null && Number(found[2]) === inode) return Number(found[1])
  }
  return undefined
}
