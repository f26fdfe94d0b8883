import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { CodedError, reasonOf } from '@branchline/audit-sink'
import { QueuedError } from '@branchline/core'
import { CliError } from '../cli-error.ts'
import type { ProfilePaths } from '../profile/paths.ts'
import type { Session } from '../profile/open.ts'
import { Arrivals } from './arrivals.ts'
import type { View } from './events.ts'
import { expiryWarning } from './expiry-warning.ts'
import { Hearing } from './hearing.ts'
import { Numbers } from './numbers.ts'
import { parseLine } from './parse-line.ts'
import { Past } from './past.ts'
import { type Place, Places } from './places.ts'
import { Posts } from './posts.ts'
import { Reading } from './reading.ts'
import { Sitting } from './sitting.ts'
import { tellWaiting } from './tell-waiting.ts'
import { type Talk, usage } from './verb.ts'
import { VERBS } from './verbs/index.ts'

export interface LineChatInit {
  readonly session: Session
  readonly paths: ProfilePaths
  readonly view: View
  readonly signal: AbortSignal
  /** How long, at the end, it is waited for those who have not got everything; undefined: only for those who are here. */
  readonly settleMs: number | undefined
  /** Whether what is shown is read by somebody, and its authors are told so. */
  readonly isRead: boolean
  /** Whether a line was begun. */
  readonly isTyping?: (() => boolean) | undefined
  /** Told whom one talks with. */
  readonly onPlace?: ((label: string) => void) | undefined
}

const HERE_SETTLE_MS = 2_000
const LAST_LINES_MS = 200

/** The conversation behind a line-by-line chat, for a terminal and for a pipe alike. */
export class LineChat {
  readonly talk: Talk
  readonly #init: LineChatInit
  readonly #reading: Reading | undefined
  #place: Place | undefined

  constructor(init: LineChatInit) {
    this.#init = init
    const { session, view, paths } = init
    const onFailed = (error: unknown): void => this.#fail(error)
    const numbers = new Numbers()
    const past = new Past({ sink: session.audit, self: session.messenger.peerId, history: session.messenger.history })
    const places = new Places(session, past)
    const posts = new Posts({ session, view, numbers, places, past, onFailed })
    const turnTo = (place: Place): void => this.#turnTo(place)
    const place = (): Place => this.#placeNow()
    const arrivals = new Arrivals(paths.received)
    const sitting = new Sitting(session, past)
    this.talk = { session, paths, view, numbers, places, past, posts, arrivals, sitting, place, turnTo }
    this.#reading = init.isRead ? new Reading({ session, onFailed }) : undefined
  }

  /** Listens to the messenger, and takes lines until they end or say so; then waits for what is under way. */
  async run(lines: AsyncIterable<Uint8Array>): Promise<void> {
    const { view, session, signal, isTyping } = this.#init
    const { messenger, roster } = session
    view({ event: 'ready', peerId: messenger.peerId, name: messenger.name ?? '', addresses: messenger.addresses() })
    const warning = expiryWarning(roster.current.expires, Date.now())
    if (warning !== undefined) view({ event: 'notice', text: warning })
    const reading = this.#reading
    if (session.damaged > 0) {
      const text = `${session.damaged} messages that waited to be recorded cannot be read any more: the disk spoilt them.`
      view({ event: 'notice', text })
    }
    const hearing = new Hearing(this.talk, {
      // What is half typed is not for whoever happens to write just then.
      onMessage: (message) => {
        if (this.#place === undefined && isTyping?.() !== true) this.#turnTo(this.talk.places.of(message))
      },
      onShown: reading === undefined ? undefined : (message) => reading.take(message),
    })
    hearing.start()
    const ended = endOf(signal)
    const source = lines[Symbol.asyncIterator]()
    for (let more = true; more; ) {
      const { done, value } = await Promise.race([source.next(), ended])
      more = done !== true && (await this.#take(value))
    }
    await this.#end()
  }

  async #end(): Promise<void> {
    const { signal, settleMs } = this.#init
    const { posts, past } = this.talk
    await posts.settle(settleMs ?? (posts.isUnderWay ? HERE_SETTLE_MS : 0), signal)
    await this.#reading?.close()
    if (!posts.isSettled) await tellWaiting(this.talk).catch((error: unknown) => this.#fail(error))
    await past[Symbol.asyncDispose]()
  }

  /** @returns whether to go on */
  async #take(bytes: Uint8Array): Promise<boolean> {
    const line = parseLine(bytes)
    try {
      switch (line.kind) {
        case 'nothing':
          return true
        case 'to':
          await this.#choose(await this.talk.places.find(line.to))
          return true
        case 'say': {
          const place = line.to === undefined ? this.#placeNow() : await this.talk.places.find(line.to)
          this.#turnTo(place)
          this.#say(place, line.text, bytes)
          return true
        }
        case 'verb':
          return (await this.#verb(line.verb)(this.talk, line.rest)) !== 'quit'
      }
    } catch (error) {
      this.#fail(error, bytes, line.kind === 'say' ? line.text : undefined)
      return true
    }
  }

  #verb(name: string) {
    const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined
    if (verb === undefined) throw usage(`there is no command /${name}; see /help`)
    return verb
  }

  async #choose(place: Place): Promise<void> {
    this.#turnTo(place)
    this.#init.view({ event: 'to', place: place.label })
  }

  /** The next line may follow at once: what is said is recorded in its order. */
  #say(place: Place, text: Uint8Array, line: Uint8Array): void {
    const posting = this.talk.posts.post(place, { text, about: { type: 'text' } })
    this.talk.posts.background(posting.catch((error: unknown) => this.#fail(error, line, text)))
  }

  #turnTo(place: Place): void {
    this.#place = place
    this.#init.onPlace?.(place.label)
  }

  #placeNow(): Place {
    if (this.#place !== undefined) return this.#place
    const here = this.talk.session.messenger.colleagues().filter(({ link }) => link !== 'away')
    const [only, ...others] = here
    if (only !== undefined && others.length === 0)
      return this.talk.places.of({ from: only.peer, to: [], as: undefined, conversation: undefined })
    throw new CliError('PEER_UNKNOWN', 'say to whom: @name text, #room text, or /to name; /who shows who is here')
  }

  #fail(error: unknown, line?: Uint8Array, text?: Uint8Array): void {
    if (error instanceof QueuedError) {
      this.#init.view({ event: 'queued', draft: error.draft, message: reasonOf(error.cause) })
      return
    }
    const code = error instanceof CodedError ? String(error.code) : 'FAILED'
    const said = {
      ...(text !== undefined && { text: decode(text) }),
      ...(line !== undefined && { line: decode(line) }),
    }
    this.#init.view({ event: 'failed', code, message: reasonOf(error), ...said })
  }
}

/** Lines that were typed before that are still taken: they were meant to be said. */
async function endOf(signal: AbortSignal): Promise<IteratorResult<Uint8Array>> {
  if (!signal.aborted) await once(signal, 'abort')
  await pause(LAST_LINES_MS)
  return { done: true, value: undefined }
}

function decode(text: Uint8Array): string {
  return Buffer.from(text).toString('utf8')
}
