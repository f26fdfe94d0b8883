import { constants } from 'node:fs'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { reasonOf } from '@branchline/audit-sink'
import { syncFolder, writeAll } from '../disk.ts'
import { MessengerError } from '../errors.ts'
import { MAX_QUEUED_BYTES, QUEUE_FILE_BYTES } from '../limits.ts'
import { formatQueued, parseQueued, type Queued } from './queued.ts'
import { doneWrites, QUEUE_MAGIC, readSlots, SLOT_HEAD_BYTES, type Slot, slotOf } from './slots.ts'

/**
 * The file in which what cannot be recorded at present waits (spec/queue.md); of one log, and of one process at a time.
 * @throws MessengerError QUEUE_FAILED
 */
export async function openQueue(file: string): Promise<QueueFile> {
  return orFailed('opened', async () => {
    const handle = await openOrMake(file)
    try {
      return await QueueFile.read(handle, file)
    } catch (error) {
      await handle.close()
      throw error
    }
  })
}

async function openOrMake(file: string): Promise<FileHandle> {
  const flags = constants.O_RDWR | constants.O_NOFOLLOW
  try {
    return await open(file, flags)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  await make(file)
  return open(file, flags)
}

/** Under another name until all its room is there. */
async function make(file: string): Promise<void> {
  const unfinished = `${file}.new`
  await rm(unfinished, { force: true })
  const handle = await open(unfinished, 'wx', 0o600)
  try {
    await writeAll(handle, Buffer.concat([QUEUE_MAGIC, Buffer.alloc(QUEUE_FILE_BYTES - QUEUE_MAGIC.length)]))
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(unfinished, file)
  await syncFolder(dirname(file))
}

export class QueueFile implements AsyncDisposable {
  readonly #handle: FileHandle
  readonly #slots = new Map<string, Slot>()
  readonly #found: readonly Queued[]
  /** Slots that were there, and could not be read. */
  readonly damaged: number
  #end: number
  #last: Promise<unknown> = Promise.resolve()

  private constructor(handle: FileHandle, bytes: Uint8Array) {
    this.#handle = handle
    const { waiting, end, damaged } = readSlots(bytes, (body) => parseQueued(body) !== undefined)
    this.#found = waiting.map((slot) => {
      const queued = parseQueued(slot.body) as Queued
      this.#slots.set(queued.draft, slot)
      return queued
    })
    this.#end = end
    this.damaged = damaged
  }

  static async read(handle: FileHandle, file: string): Promise<QueueFile> {
    const bytes = Buffer.alloc(QUEUE_FILE_BYTES + 1)
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0)
    const isOne = bytesRead === QUEUE_FILE_BYTES && bytes.subarray(0, QUEUE_MAGIC.length).equals(QUEUE_MAGIC)
    if (!isOne) throw new MessengerError('QUEUE_FAILED', `${file} is no file of what waits to be recorded`)
    return new QueueFile(handle, bytes.subarray(0, QUEUE_FILE_BYTES))
  }

  /** What waited when it was opened, in its order. */
  get found(): readonly Queued[] {
    return this.#found
  }

  /**
   * Resolves when it would survive loss of power.
   * @throws MessengerError QUEUE_FULL: nothing was kept; QUEUE_FAILED
   */
  async add(queued: Queued): Promise<void> {
    const body = formatQueued(queued)
    await this.#inTurn(async () => {
      const at = this.#slots.size === 0 ? QUEUE_MAGIC.length : this.#end
      const bytes = slotOf(body, at)
      if (body.length > MAX_QUEUED_BYTES || at + bytes.length > QUEUE_FILE_BYTES) {
        throw new MessengerError('QUEUE_FULL', 'there is no room for more that waits to be recorded')
      }
      await writeAll(this.#handle, bytes, at)
      await this.#handle.datasync()
      const slot = { at, body }
      this.#slots.set(queued.draft, slot)
      this.#end = at + SLOT_HEAD_BYTES + body.length
    })
  }

  /** It is on record, or was thrown away; its words are not kept here any more. */
  async done(draft: string): Promise<void> {
    await this.#inTurn(async () => {
      const slot = this.#slots.get(draft)
      if (slot === undefined) return
      for (const { at, bytes } of doneWrites(slot)) await writeAll(this.#handle, bytes, at)
      await this.#handle.datasync()
      this.#slots.delete(draft)
    })
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(() => orFailed('written', work))
    this.#last = turn.catch(() => undefined)
    await turn
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last
    await this.#handle.close()
  }
}

async function orFailed<T>(what: 'opened' | 'written', work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof MessengerError) throw cause
    const message = `the file of what waits to be recorded cannot be ${what}: ${reasonOf(cause)}`
    throw new MessengerError('QUEUE_FAILED', message, { cause })
  }
}
