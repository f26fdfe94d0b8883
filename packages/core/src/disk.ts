import { type FileHandle, open } from 'node:fs/promises'

/** @param from - where in the file; default: where the last write ended */
export async function writeAll(handle: FileHandle, bytes: Uint8Array, from?: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const position = from === undefined ? null : from + at
    const { bytesWritten } = await handle.write(bytes, at, bytes.length - at, position)
    at += bytesWritten
  }
}

/** What was renamed in it survives loss of power; Windows cannot be asked. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
