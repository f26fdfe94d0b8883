import { MessengerError } from '../../src/errors.ts'
import type { FileStore, OpenFile, PartialFile } from '../../src/index.ts'

/** The store, with some of its methods replaced. */
function changed(store: FileStore, change: Partial<FileStore>): FileStore {
  return {
    keep: (source) => store.keep(source),
    open: (sha256) => store.open(sha256),
    path: (sha256) => store.path(sha256),
    partial: (offer) => store.partial(offer),
    drop: (offer) => store.drop(offer),
    partials: () => store.partials(),
    held: (apart) => store.held(apart),
    ...change,
  }
}

/** Files that break off when so many more bytes were read: then `next` says after how many they do so again, if ever. */
export function breaking(store: FileStore, next: () => number | undefined): FileStore {
  let left = next()
  const breakingRead =
    (file: OpenFile): OpenFile['read'] =>
    async (at, length) => {
      const bytes = await file.read(at, length)
      if (left === undefined) return bytes
      left -= bytes.length
      if (left > 0) return bytes
      left = next()
      throw new Error('the disk was pulled out')
    }
  return changed(store, {
    open: async (sha256) => {
      const file = await store.open(sha256)
      if (file === undefined) return undefined
      const read = breakingRead(file)
      return { size: file.size, read, [Symbol.asyncDispose]: async () => file[Symbol.asyncDispose]() }
    },
  })
}

/** Files of which each read is told of when it begins. */
export function watched(store: FileStore, onRead: () => void): FileStore {
  return changed(store, {
    open: async (sha256) => {
      const file = await store.open(sha256)
      if (file === undefined) return undefined
      const read: OpenFile['read'] = async (at, length) => {
        onRead()
        return file.read(at, length)
      }
      return { size: file.size, read, [Symbol.asyncDispose]: async () => file[Symbol.asyncDispose]() }
    },
  })
}

/** A disk that has no room after so many bytes of files on their way, until there is. */
export function filling(store: FileStore, disk: { room: number }): FileStore {
  const fillingPartial = (partial: PartialFile): PartialFile => ({
    get bytes() {
      return partial.bytes
    },
    isResumed: partial.isResumed,
    write: async (chunk) => {
      if (partial.bytes + chunk.length > disk.room) throw new MessengerError('FILE_STORE_FULL', 'no space left')
      await partial.write(chunk)
    },
    finish: (expected) => partial.finish(expected),
    drop: () => partial.drop(),
    [Symbol.asyncDispose]: async () => partial[Symbol.asyncDispose](),
  })
  return changed(store, { partial: async (offer) => fillingPartial(await store.partial(offer)) })
}
