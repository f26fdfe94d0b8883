import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import {
  CodedError,
  type EntryRange,
  type Head,
  type LogSource,
  type Redaction,
  type StoredEntry,
} from '@branchline/audit-sink'
import type { ConversationView, PageOptions, Said, SearchOptions } from '@branchline/core'
import type { ProbeFacts, ProbeTarget } from '@branchline/core/doctor'
import type { ProfilePaths } from '../profile/paths.ts'
import {
  fromWire,
  type LiveAnswer,
  type LiveDelivery,
  type LivePost,
  type LivePosted,
  type LiveRequest,
  type LiveStatus,
} from './protocol.ts'

/** An error of the running messenger, told over its socket. */
class LiveError extends CodedError<string> {
  override readonly name = 'LiveError'
}

/** A connection to the messenger that runs on a profile; also the source of its log. */
export class LiveClient implements LogSource, AsyncDisposable {
  readonly #socket: Socket
  readonly #answers: AsyncIterator<string>
  #head: Promise<Head> | undefined
  #headNote: Promise<Uint8Array> | undefined

  private constructor(socket: Socket) {
    this.#socket = socket
    const lines = createInterface({ input: socket })
    // A socket that breaks does not end its lines by itself, and whoever waits for one would never be told.
    socket.once('close', () => lines.close())
    this.#answers = lines[Symbol.asyncIterator]()
  }

  /** @returns undefined when no messenger runs on this profile */
  static async connect(paths: ProfilePaths): Promise<LiveClient | undefined> {
    const path = await readFile(paths.socketNote, 'utf8').catch(() => paths.socket)
    const socket = connect(path)
    try {
      await once(socket, 'connect')
      return new LiveClient(socket)
    } catch {
      socket.destroy()
      return undefined
    }
  }

  async status(): Promise<LiveStatus> {
    const answer = await this.#ask({ ask: 'status' })
    if ('status' in answer) return answer.status
    throw unexpected()
  }

  async send(to: string, text: Uint8Array): Promise<LiveDelivery> {
    const answer = await this.#ask({ ask: 'send', to, text: Buffer.from(text).toString('base64') })
    if ('delivery' in answer) return answer.delivery
    throw unexpected()
  }

  async post(post: Omit<LivePost, 'ask' | 'text'> & { readonly text: Uint8Array }): Promise<LivePosted> {
    const answer = await this.#ask({ ...post, ask: 'post', text: Buffer.from(post.text).toString('base64') })
    if ('posted' in answer) return answer.posted
    throw unexpected()
  }

  /** What the running messenger finds out of peers, as itself. */
  async probe(targets: readonly ProbeTarget[], timeoutMs: number): Promise<readonly ProbeFacts[]> {
    const answer = await this.#ask({ ask: 'probe', targets, timeoutMs: Math.ceil(timeoutMs) })
    if ('probed' in answer) return answer.probed
    throw unexpected()
  }

  /** @returns seq of the `redact` record */
  async redact(redaction: Redaction): Promise<number> {
    const { seq, label, reason } = redaction
    const answer = await this.#ask({ ask: 'redact', seq, label, reason })
    if ('redacted' in answer) return answer.redacted
    throw unexpected()
  }

  /** @returns false when it is the one that is in force */
  async takeRoster(signed: Uint8Array): Promise<boolean> {
    const answer = await this.#ask({ ask: 'roster', signed: Buffer.from(signed).toString('base64') })
    if ('taken' in answer) return answer.taken
    throw unexpected()
  }

  async conversations(): Promise<readonly ConversationView[]> {
    const answer = await this.#ask({ ask: 'conversations' })
    if ('conversations' in answer) return answer.conversations
    throw unexpected()
  }

  async messages(conversation: string, { limit, before }: PageOptions): Promise<readonly Said[]> {
    return this.#askSaid({ ask: 'messages', conversation, ...page(limit, before) })
  }

  async search(words: string, { limit }: Pick<SearchOptions, 'limit'>): Promise<readonly Said[]> {
    return this.#askSaid({ ask: 'search', words, ...page(limit) })
  }

  async #askSaid(request: LiveRequest): Promise<readonly Said[]> {
    const answer = await this.#ask(request)
    if ('said' in answer) return answer.said
    throw unexpected()
  }

  /** The log goes on growing: its head is asked for once, and reading ends there. */
  async head(): Promise<Head> {
    this.#head ??= this.#askHead()
    return this.#head
  }

  /** The note is asked for first: later it might be ahead of that head. */
  async #askHead(): Promise<Head> {
    await this.headNote()
    const answer = await this.#ask({ ask: 'head' })
    if ('head' in answer) return answer.head
    throw unexpected()
  }

  async headNote(): Promise<Uint8Array> {
    this.#headNote ??= this.#ask({ ask: 'headNote' }).then((answer) => {
      if ('headNote' in answer) return Buffer.from(answer.headNote, 'base64')
      throw unexpected()
    })
    return this.#headNote
  }

  async *read({ from = 0, to }: EntryRange = {}): AsyncIterable<readonly StoredEntry[]> {
    const { size } = await this.head()
    this.#write({ ask: 'log', from, to: Math.min(to ?? size, size) })
    let answer: LiveAnswer | undefined
    try {
      for (answer = await this.#next(); !('end' in answer); answer = await this.#next()) {
        if (!('entries' in answer)) throw unexpected()
        yield answer.entries.map(fromWire)
      }
    } finally {
      // Whoever has read enough leaves the rest: it is not the answer to what is asked next.
      while (answer !== undefined && 'entries' in answer) answer = await this.#next()
    }
  }

  async #ask(request: LiveRequest): Promise<LiveAnswer> {
    this.#write(request)
    return this.#next()
  }

  #write(request: LiveRequest): void {
    this.#socket.write(`${JSON.stringify(request)}\n`)
  }

  async #next(): Promise<LiveAnswer> {
    const { done, value } = await this.#answers.next()
    if (done === true) throw new LiveError('FAILED', 'the running messenger ended before it answered')
    const answer = JSON.parse(value) as LiveAnswer
    if ('error' in answer) throw new LiveError(answer.error.code, answer.error.message)
    return answer
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy()
  }
}

function page(limit: number | undefined, before?: string): { limit?: number; before?: string } {
  return { ...(limit !== undefined && { limit }), ...(before !== undefined && { before }) }
}

function unexpected(): LiveError {
  return new LiveError('FAILED', 'the running messenger answered something else; are both of one version?')
}
