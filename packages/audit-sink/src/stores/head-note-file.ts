import { resolve } from 'node:path'
import { closeSync, constants, fstatSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import { MAX_HEAD_NOTE_BYTES } from '../limits.ts'

const OWNER_ONLY = 0o600
/** Written whole each time: more than a note takes, and what a disk writes at once; a longer one takes the most. */
const FILE_BYTES = 1_024
const LINE_FEED = 0x0a

/** Beside the store's folder: whoever loses or restores that keeps this. */
export const headNoteOf = (folder: string): string => `${resolve(folder)}.head`

/**
 * The head note's file. It is overwritten in place, so that a full disk does not matter, and without a flush, which
 * would double what an append costs: it survives the end of the process, and a loss of power leaves it behind the log,
 * never ahead. Synchronous, since it writes to memory that the system flushes later.
 */
export class HeadNoteFile {
  readonly #path: string
  #descriptor: number | undefined
  #length = 0

  constructor(path: string) {
    this.#path = path
  }

  /** @returns undefined when there is none */
  read(): Uint8Array | undefined {
    try {
      return readFileSync(this.#path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
  }

  write(note: Uint8Array): void {
    const { O_RDWR, O_CREAT } = constants
    if (this.#descriptor === undefined) {
      this.#descriptor = openSync(this.#path, O_RDWR | O_CREAT, OWNER_ONLY)
      this.#length = Math.min(fstatSync(this.#descriptor).size, MAX_HEAD_NOTE_BYTES)
    }
    this.#length = Math.max(this.#length, note.length > FILE_BYTES ? MAX_HEAD_NOTE_BYTES : FILE_BYTES)
    const block = Buffer.alloc(this.#length, LINE_FEED)
    block.set(note)
    writeSync(this.#descriptor, block, 0, block.length, 0)
  }

  close(): void {
    if (this.#descriptor === undefined) return
    fsyncSync(this.#descriptor)
    closeSync(this.#descriptor)
    this.#descriptor = undefined
  }
}
