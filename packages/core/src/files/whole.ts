import { createHash } from 'node:crypto'
import type { FileStore, KeptFile } from './store.ts'

const READ_BYTES = 262_144

/** Whether a file is here already, and is what its name says. */
export async function isKept(store: FileStore, { sha256, size }: KeptFile): Promise<boolean> {
  await using file = await store.open(sha256)
  if (file?.size !== size) return false
  const hasher = createHash('sha256')
  for (let at = 0; at < size; ) {
    const bytes = await file.read(at, READ_BYTES)
    if (bytes.length === 0) return false
    hasher.update(bytes)
    at += bytes.length
  }
  return hasher.digest('hex') === sha256
}
