import { createHash, randomBytes } from 'node:crypto'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Hash, isHash } from '@branchline/audit-sink'
import { MessengerError } from '../errors.ts'
import { MAX_FILE_BYTES } from '../limits.ts'
import { syncFolder, writeAll } from '../disk.ts'
import { inStore } from './disk.ts'
import { FolderPartial } from './folder-partial.ts'
import type { FileStore, KeptFile, OpenFile, PartialFile } from './store.ts'

/** A copy that was being made when the process ended. */
const COPY = /^[0-9a-f]{32}\.new$/
const PART = '.part'

/**
 * Keeps files in a folder, which is made when it is not there: whole ones under their hash, those on their way under the
 * ID of their offer. No name in it is anybody's choice.
 * @throws MessengerError FILE_STORE_FULL, FILE_STORE_FAILED
 */
export async function openFolderStore(folder: string): Promise<FileStore> {
  return inStore('opened', async () => {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    for (const name of await readdir(folder)) if (COPY.test(name)) await rm(join(folder, name), { force: true })
    return new FolderStore(folder)
  })
}

class FolderStore implements FileStore {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  path(sha256: Hash): string {
    return this.#at(sha256)
  }

  #at(hash: Hash, ending = ''): string {
    if (!isHash(hash)) throw new TypeError('files are kept under hashes alone')
    return join(this.#folder, `${hash}${ending}`)
  }

  async keep(source: AsyncIterable<Uint8Array>): Promise<KeptFile> {
    const made = join(this.#folder, `${randomBytes(16).toString('hex')}.new`)
    try {
      const kept = await copy(source, made)
      await inStore('written', async () => {
        await rename(made, this.#at(kept.sha256))
        await syncFolder(this.#folder)
      })
      return kept
    } catch (error) {
      await rm(made, { force: true }).catch(() => undefined)
      throw error
    }
  }

  async open(sha256: Hash): Promise<OpenFile | undefined> {
    return inStore('read', async () => {
      const handle = await open(this.#at(sha256), 'r').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined
        throw error
      })
      if (handle === undefined) return undefined
      const { size } = await handle.stat()
      return {
        size,
        read: async (at, length) =>
          inStore('read', async () => {
            const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(length), 0, length, at)
            return buffer.subarray(0, bytesRead)
          }),
        [Symbol.asyncDispose]: async () => handle.close(),
      }
    })
  }

  async partial(offer: Hash): Promise<PartialFile> {
    return FolderPartial.open(this.#folder, this.#at(offer, PART), (sha256) => this.#at(sha256))
  }

  async drop(offer: Hash): Promise<void> {
    await inStore('written', async () => rm(this.#at(offer, PART), { force: true }))
  }

  async partials(): Promise<Hash[]> {
    const names = await inStore('read', async () => readdir(this.#folder))
    return names
      .filter((name) => name.endsWith(PART))
      .map((name) => name.slice(0, -PART.length))
      .filter(isHash)
  }

  async held(apart: ReadonlySet<Hash>): Promise<number> {
    return inStore('read', async () => {
      let bytes = 0
      for (const name of await readdir(this.#folder)) {
        if (name.endsWith(PART) && apart.has(name.slice(0, -PART.length))) continue
        bytes += await sizeOf(join(this.#folder, name))
      }
      return bytes
    })
  }
}

/** In bytes; of what has just gone, 0. */
async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0
    throw error
  }
}

async function copy(source: AsyncIterable<Uint8Array>, made: string): Promise<KeptFile> {
  const hash = createHash('sha256')
  let size = 0
  const handle = await inStore('written', async () => open(made, 'wx', 0o600))
  try {
    for await (const bytes of readable(source)) {
      size += bytes.length
      if (size > MAX_FILE_BYTES) {
        throw new MessengerError('FILE_TOO_LARGE', `a file has at most ${MAX_FILE_BYTES} bytes`)
      }
      hash.update(bytes)
      await inStore('written', async () => writeAll(handle, bytes))
    }
    if (size === 0) throw new MessengerError('MESSAGE_EMPTY', 'the file is empty: there is nothing to send')
    await inStore('written', async () => handle.sync())
  } finally {
    await handle.close()
  }
  return { sha256: hash.digest('hex'), size }
}

async function* readable(source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  try {
    yield* source
  } catch (cause) {
    throw new MessengerError('FILE_UNREADABLE', 'the file that was to be offered cannot be read to its end', { cause })
  }
}
