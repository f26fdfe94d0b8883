import { spawnSync } from 'node:child_process'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { join } from 'node:path'

const DISK_BYTES = 2 * 1024 * 1024

/** @returns why it cannot be mounted here; undefined when it was */
export function mountSmallDisk(disk: string): string | undefined {
  const command = ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', disk]
  const { status, stderr, error } = spawnSync('mount', command, { encoding: 'utf8' })
  return status === 0 ? undefined : (error?.message ?? stderr.trim())
}

export function unmountSmallDisk(disk: string): void {
  spawnSync('umount', ['--lazy', disk])
}

/**
 * Writes until nothing more fits.
 * @returns makes room again
 */
export async function fillDisk(disk: string): Promise<() => Promise<void>> {
  const ballast = join(disk, 'ballast')
  const file = await open(ballast, 'w')
  for (const piece of [65_536, 4_096, 1]) while (await hasRoomFor(piece, file));
  await file.close()
  return () => rm(ballast)
}

async function hasRoomFor(bytes: number, file: FileHandle): Promise<boolean> {
  try {
    const { bytesWritten } = await file.write(Buffer.alloc(bytes))
    return bytesWritten === bytes
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return false
    throw error
  }
}
