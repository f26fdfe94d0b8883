import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { AuditError, reasonOf } from '../errors.ts'
import { MAX_PAYLOADS } from '../limits.ts'
import type { StoredPayload } from '../store.ts'
import { decodePayloadLine, MAX_PAYLOAD_LINE_BYTES, type PlacedPayload } from './payload-line.ts'

const LINE_FEED = 0x0a

/** Stands for a line that belongs to no record: no commitment has an empty label. */
const UNCOMMITTED: StoredPayload = { label: '', salt: new Uint8Array(), bytes: new Uint8Array() }

/**
 * Hands out the payloads of records that are asked for in rising order. With them goes one that no record names where
 * a line lies that belongs to no record: so it is found at its place.
 */
export class PayloadReader {
  readonly #lines: AsyncGenerator<Buffer | undefined>
  /** The line that was read last and is not handed out yet. */
  #next: PlacedPayload | undefined
  #begun = false
  #reached = 0
  #strayed = false

  constructor(file: string) {
    this.#lines = boundedLines(file)
  }

  async take(seq: number): Promise<StoredPayload[]> {
    const payloads: StoredPayload[] = []
    if (!this.#begun) await this.#advance()
    for (; this.#next !== undefined && this.#next.seq <= seq; await this.#advance()) {
      const { payload } = this.#next
      if (this.#next.seq < seq) continue // its record is missing, and that is told
      const isNew = !payloads.some(({ label }) => label === payload.label)
      if (isNew && payloads.length < MAX_PAYLOADS) payloads.push(payload)
      else this.#strayed = true
    }
    if (this.#strayed) payloads.push(UNCOMMITTED)
    this.#strayed = false
    return payloads
  }

  /**
   * To be called when the last record has been asked for.
   * @param size - of the log
   * @returns whether what is left over belongs to nothing, not even to a record that is missing
   */
  async finish(size: number): Promise<boolean> {
    do await this.#advance()
    while (this.#next !== undefined)
    return this.#strayed || this.#reached >= size
  }

  async close(): Promise<void> {
    await this.#lines.return(undefined)
  }

  async #advance(): Promise<void> {
    this.#begun = true
    this.#next = undefined
    for (;;) {
      const { done, value } = await this.#lines.next()
      if (done === true) return
      const placed = value && decodePayloadLine(value)
      if (placed !== undefined && placed.seq >= this.#reached) {
        this.#reached = placed.seq
        this.#next = placed
        return
      }
      this.#strayed = true
    }
  }
}

/** Lines of any file in little memory; undefined for one that is too long, or does not end in a line feed. */
async function* boundedLines(file: string): AsyncGenerator<Buffer | undefined> {
  if (!(await isThere(file))) return
  let parts: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
      let start = 0
      for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
        parts.push(chunk.subarray(start, end))
        length += end - start
        yield length > MAX_PAYLOAD_LINE_BYTES ? undefined : Buffer.concat(parts)
        parts = []
        length = 0
        start = end + 1
      }
      length += chunk.length - start
      if (length > MAX_PAYLOAD_LINE_BYTES) parts = []
      else if (start < chunk.length) parts.push(chunk.subarray(start))
    }
  } catch (cause) {
    throw new AuditError('AUDIT_STORE_FAILED', `${file} cannot be read: ${reasonOf(cause)}`, { cause })
  }
  if (length > 0) yield undefined
}

async function isThere(file: string): Promise<boolean> {
  const found = await stat(file).catch(() => undefined)
  if (found !== undefined && !found.isFile()) throw new AuditError('AUDIT_STORE_FAILED', `${file} is no file`)
  return found !== undefined
}
