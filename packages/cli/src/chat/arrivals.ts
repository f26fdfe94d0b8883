import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { copyFile, mkdir, open, rm } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Hash } from '@branchline/audit-sink'
import { type ArrivedFile, sanitiseLine } from '@branchline/core'
import { CliError } from '../cli-error.ts'

const MAX_NAME_BYTES = 120
const MAX_SAME_NAME = 1_000
/** What no file system of the three lets into a name, and what would lead out of the folder. */
const UNFIT = /[/\\:*?"<>|\u{FFFD}]/gu
const RESERVED = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/iu

/** Puts files that have come where their reader wants them, under the name that their author gave. */
export class Arrivals {
  readonly #folder: string
  readonly #folders = new Map<Hash, string>()

  /** @param folder - for what nobody named a folder for */
  constructor(folder: string) {
    this.#folder = folder
  }

  /** Where the file of this offer is to be put when it comes. */
  put(id: Hash, folder: string): void {
    this.#folders.set(id, folder)
  }

  /**
   * Copies it, and reads the copy back: what is said of its hash is true of the file that is named.
   * @returns the path of the copy
   * @throws CliError FILE_NOT_COPIED
   */
  async take({ id, path, name, sha256 }: ArrivedFile): Promise<string> {
    const folder = this.#folders.get(id) ?? this.#folder
    this.#folders.delete(id)
    try {
      if (folder === this.#folder) await mkdir(folder, { recursive: true, mode: 0o700 })
      const copy = await copyTo(path, folder, fileNameOf(name))
      if ((await hashOf(copy)) === sha256) return copy
      await rm(copy)
    } catch (cause) {
      throw notCopied(path, folder, cause)
    }
    throw notCopied(path, folder, new Error('the copy is not what was copied'))
  }
}

function notCopied(path: string, folder: string, cause: unknown): CliError {
  const why = cause instanceof Error ? cause.message : String(cause)
  const message = `the file is here, whole, in ${path}, but could not be copied into ${folder}: ${why}`
  return new CliError('FILE_NOT_COPIED', message, { cause })
}

/** Never onto a file that is there: the second is `name (2).pdf`. */
async function copyTo(path: string, folder: string, name: string): Promise<string> {
  const extension = extname(name)
  const stem = name.slice(0, name.length - extension.length)
  for (let n = 1; n <= MAX_SAME_NAME; n++) {
    const copy = join(folder, n === 1 ? name : `${stem} (${n})${extension}`)
    try {
      await copyFile(path, copy, constants.COPYFILE_EXCL)
      return copy
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
  throw new Error(`there are ${MAX_SAME_NAME} files called ${name}`)
}

/** What comes from its author made fit to be a file's name: no path, no hidden file, no device. */
export function fileNameOf(name: string): string {
  const plain = sanitiseLine(name)
    .replaceAll(UNFIT, '_')
    .replace(/^\.+/u, '_')
    .replace(/[. ]+$/u, '')
  const short = Buffer.byteLength(plain) > MAX_NAME_BYTES ? shortened(plain) : plain
  return short === '' || RESERVED.test(short) ? `_${short}` : short
}

function shortened(name: string): string {
  const extension = extname(name).slice(0, 16)
  let stem = name.slice(0, name.length - extension.length)
  while (Buffer.byteLength(stem) > MAX_NAME_BYTES - 16) stem = stem.slice(0, -1)
  return `${stem.toWellFormed().replaceAll('\u{FFFD}', '_')}${extension}`
}

/** Made durable first: what is said to be there stays there. */
async function hashOf(path: string): Promise<string> {
  await using file = await open(path, 'r+')
  await file.sync()
  const hash = createHash('sha256')
  await pipeline(file.createReadStream({ autoClose: false }), hash)
  return hash.digest('hex')
}
