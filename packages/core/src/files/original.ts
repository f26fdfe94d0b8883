import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { basename } from 'node:path'
import { reasonOf } from '@branchline/audit-sink'
import { isFileName } from '../content/shapes.ts'
import { MessengerError } from '../errors.ts'
import { MAX_FILE_BYTES } from '../limits.ts'

/** What is offered: the path of a file, or bytes and what they are called. */
export type FileSource = string | { readonly name: string; readonly bytes: AsyncIterable<Uint8Array> }

export interface Original extends AsyncDisposable {
  readonly name: string
  readonly bytes: AsyncIterable<Uint8Array>
}

/**
 * @param name - instead of its own
 * @throws MessengerError CONTENT_MALFORMED for a name that none may have, FILE_UNREADABLE, FILE_TOO_LARGE
 */
export async function openOriginal(source: FileSource, name?: string): Promise<Original> {
  if (typeof source !== 'string') {
    return { name: named(name ?? source.name), bytes: source.bytes, [Symbol.asyncDispose]: async () => undefined }
  }
  const called = named(name ?? basename(source))
  const handle = await openFile(source)
  const bytes = handle.createReadStream({ autoClose: false })
  return { name: called, bytes, [Symbol.asyncDispose]: async () => handle.close() }
}

/** The bytes, until somebody wants no more of them. */
export async function* untilAborted(
  bytes: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncIterable<Uint8Array> {
  for await (const piece of bytes) {
    signal?.throwIfAborted()
    yield piece
  }
}

function named(name: string): string {
  if (isFileName(name)) return name
  throw new MessengerError('CONTENT_MALFORMED', `${JSON.stringify(name)} is no name for a file of 1 to 255 bytes`)
}

/** Not waiting: a pipe that nobody writes to would else be waited for. */
async function openFile(path: string): Promise<FileHandle> {
  let handle: FileHandle
  try {
    handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  } catch (cause) {
    throw new MessengerError('FILE_UNREADABLE', `the file cannot be opened: ${reasonOf(cause)}`, { cause })
  }
  try {
    const stat = await handle.stat()
    if (!stat.isFile()) throw new MessengerError('FILE_UNREADABLE', 'only a file can be offered')
    if (stat.size <= MAX_FILE_BYTES) return handle
    throw new MessengerError('FILE_TOO_LARGE', `a file has at most ${MAX_FILE_BYTES} bytes; this one has ${stat.size}`)
  } catch (error) {
    await handle.close()
    throw error
  }
}
