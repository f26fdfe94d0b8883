import type { StoredEntry } from '@branchline/audit-sink'
import { type Content, parseContent } from '../content/content.ts'
import { MessengerError } from '../errors.ts'
import { type LogToFollow, readLog } from './follower.ts'

const LABELS: ReadonlySet<string> = new Set(['text', 'content', 'origin'])

/** What people wrote, from the log. */
export class Texts {
  readonly #sink: LogToFollow

  constructor(sink: LogToFollow) {
    this.#sink = sink
  }

  /**
   * @returns undefined when it is erased
   * @throws MessengerError AUDIT_UNAVAILABLE
   */
  async contentAt(seq: number): Promise<Content | undefined> {
    const entry = await this.#entryAt(seq)
    const payloads = entry?.payloads.filter(({ label }) => LABELS.has(label)) ?? []
    try {
      return parseContent(payloads)
    } catch (error) {
      // What the log holds was checked before it came there: a part is gone.
      if (error instanceof MessengerError) return undefined
      throw error
    }
  }

  async #entryAt(seq: number): Promise<StoredEntry | undefined> {
    for await (const [entry] of readLog(this.#sink, { from: seq, to: seq + 1 })) return entry
    return undefined
  }
}

export const textOf = (content: Content | undefined): string | undefined =>
  content?.text === undefined ? undefined : Buffer.from(content.text).toString('utf8')
