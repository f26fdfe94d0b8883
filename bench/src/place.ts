import { mkdtemp, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Linux's name for a file system that lives in memory, where a flush costs nothing. */
const TMPFS_MAGIC = 0x01021994

/** A folder for the time of one benchmark. */
export async function inTemporaryFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'branchline-bench-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export async function isInMemory(): Promise<boolean> {
  return (await statfs(tmpdir())).type === TMPFS_MAGIC
}
