import { createHash, type Hash as Hasher } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import type { Hash } from '@branchline/audit-sink'
import { MessengerError } from '../errors.ts'
import { syncFolder, writeAll } from '../disk.ts'
import { inStore } from './disk.ts'
import type { KeptFile, PartialFile } from './store.ts'

const READ_BYTES = 262_144

interface Opened {
  readonly folder: string
  readonly file: string
  readonly pathOf: (sha256: Hash) => string
  readonly handle: FileHandle
  readonly hasher: Hasher
  readonly bytes: number
}

/** A file on its way, in a folder. Its hash grows with it. */
export class FolderPartial implements PartialFile {
  readonly #opened: Opened
  #bytes: number
  #isClosed = false

  private constructor(opened: Opened) {
    this.#opened = opened
    this.#bytes = opened.bytes
  }

  static async open(folder: string, file: string, pathOf: (sha256: Hash) => string): Promise<FolderPartial> {
    return inStore('written', async () => {
      const handle = await open(file, constants.O_RDWR | constants.O_CREAT, 0o600)
      try {
        const { hasher, bytes } = await hashOf(handle)
        return new FolderPartial({ folder, file, pathOf, handle, hasher, bytes })
      } catch (error) {
        await handle.close()
        throw error
      }
    })
  }

  get bytes(): number {
    return this.#bytes
  }

  get isResumed(): boolean {
    return this.#opened.bytes > 0
  }

  /** A write that failed in its middle is written over by the next. */
  async write(chunk: Uint8Array): Promise<void> {
    const { handle, hasher } = this.#opened
    await inStore('written', async () => writeAll(handle, chunk, this.#bytes))
    hasher.update(chunk)
    this.#bytes += chunk.length
  }

  async finish({ sha256, size }: KeptFile): Promise<void> {
    const { folder, file, pathOf, handle, hasher } = this.#opened
    if (this.#bytes !== size || hasher.copy().digest('hex') !== sha256) {
      await this.drop()
      throw new MessengerError('FILE_WRONG', 'what came is not the file that was offered; nothing of it was kept')
    }
    await inStore('written', async () => {
      await handle.truncate(size)
      await handle.sync()
      await this.#close()
      await rename(file, pathOf(sha256))
      await syncFolder(folder)
    })
  }

  async drop(): Promise<void> {
    await inStore('written', async () => {
      await this.#close()
      await rm(this.#opened.file, { force: true })
    })
  }

  async #close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await this.#opened.handle.close()
  }

  /** What a failed write left behind the end is cut off: it was not hashed. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return
    const { handle } = this.#opened
    await handle.truncate(this.#bytes).catch(() => undefined)
    await handle.sync().catch(() => undefined)
    await this.#close()
  }
}

async function hashOf(handle: FileHandle): Promise<Pick<Opened, 'hasher' | 'bytes'>> {
  const hasher = createHash('sha256')
  const buffer = Buffer.allocUnsafe(READ_BYTES)
  for (let at = 0; ; ) {
    const { bytesRead } = await handle.read(buffer, 0, READ_BYTES, at)
    if (bytesRead === 0) return { hasher, bytes: at }
    hasher.update(buffer.subarray(0, bytesRead))
    at += bytesRead
  }
}
