import { open, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { DiskFacts } from './facts.ts'

/** What a flush is measured with; tests put a slow or a failing disk in its place. */
export interface DiskSystem {
  /** Writes a small piece and resolves when it is durable. */
  readonly openProbe: (folder: string) => Promise<DiskProbe>
  readonly statfs: (folder: string) => Promise<{ type: bigint; bavail: bigint; bsize: bigint }>
}

interface DiskProbe {
  flush(): Promise<void>
  /** Leaves nothing behind. */
  remove(): Promise<void>
}

const FLUSHES = 20
/** A record with its text is about as large. */
const PIECE_BYTES = 1_024
/** A disk that takes longer is not asked again. */
const ENOUGH_MS = 2_000

/** As <linux/magic.h> has them. On other systems the numbers mean something else. */
const IN_MEMORY: Readonly<Record<string, string>> = { '1021994': 'tmpfs', '858458f6': 'ramfs' }
const ELSEWHERE: Readonly<Record<string, string>> = {
  '6969': 'nfs',
  '517b': 'smb',
  ff534d42: 'cifs',
  fe534d42: 'smb2',
  '1021997': '9p',
  '65735546': 'fuse',
  '5346414f': 'afs',
  c36400: 'ceph',
}

const isKind = (kinds: Readonly<Record<string, string>>, kind: string | undefined): boolean =>
  kind !== undefined && Object.values(kinds).includes(kind)
export const isInMemory = (fileSystem: string | undefined): boolean => isKind(IN_MEMORY, fileSystem)
export const isElsewhere = (fileSystem: string | undefined): boolean => isKind(ELSEWHERE, fileSystem)

/**
 * Measures how long the disk under a folder takes until something is durable. One small file is made there and removed.
 * @throws what `signal` aborts with
 */
export async function lookAtDisk(
  folder: string,
  signal: AbortSignal,
  { openProbe, statfs: look }: DiskSystem = REAL,
): Promise<DiskFacts> {
  const room = await look(folder).catch(() => undefined)
  const about = {
    ...(room !== undefined && { freeBytes: Number(room.bavail * room.bsize) }),
    ...(room !== undefined && fileSystemOf(room.type)),
  }
  const flushesMs: number[] = []
  try {
    const probe = await openProbe(folder)
    try {
      const startedAt = performance.now()
      while (flushesMs.length < FLUSHES && performance.now() - startedAt < ENOUGH_MS) {
        signal.throwIfAborted()
        const from = performance.now()
        await probe.flush()
        flushesMs.push(performance.now() - from)
      }
    } finally {
      await probe.remove()
    }
    return { flushesMs, ...about }
  } catch (error) {
    signal.throwIfAborted()
    return { flushesMs, ...about, error: (error as NodeJS.ErrnoException).code ?? String(error) }
  }
}

function fileSystemOf(type: bigint): { fileSystem?: string } {
  if (process.platform !== 'linux') return {}
  const magic = BigInt.asUintN(32, type).toString(16)
  const fileSystem = IN_MEMORY[magic] ?? ELSEWHERE[magic]
  return fileSystem === undefined ? {} : { fileSystem }
}

const REAL: DiskSystem = {
  statfs: (folder) => statfs(folder, { bigint: true }),
  openProbe: async (folder) => {
    const file = join(folder, `doctor-${process.pid}-${Date.now()}.tmp`)
    const handle = await open(file, 'wx', 0o600)
    const piece = Buffer.alloc(PIECE_BYTES, 0x2e)
    return {
      flush: async () => {
        await handle.write(piece)
        await handle.datasync()
      },
      remove: async () => {
        await handle.close()
        await rm(file, { force: true })
      },
    }
  },
}
