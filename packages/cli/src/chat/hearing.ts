import { reasonOf } from '@branchline/audit-sink'
import type {
  About,
  AlertEvent,
  ArrivedFile,
  FileFailure,
  FileProgress,
  Marked,
  MessengerEvents,
  ReceivedMessage,
} from '@branchline/core'
import { tellUnread } from './earlier.ts'
import { tellWaiting } from './tell-waiting.ts'
import { named, type Talk } from './verb.ts'
import { tellRequest } from './verbs/pulls.ts'

export interface HearingInit {
  /** It is shown next. */
  readonly onMessage: (message: ReceivedMessage) => void
  /** It was shown; undefined where nobody says that they read. */
  readonly onShown: ((message: Marked) => void) | undefined
}

/** Of a file it is told so often how far it is. */
const SHARES = 4
const PROGRESS_MS = 2_000

/** What the messenger tells, told to the view. */
export class Hearing {
  readonly #talk: Talk
  readonly #init: HearingInit
  readonly #startedAt = Date.now()
  readonly #progress = new Map<string, { share: number; at: number }>()

  constructor(talk: Talk, init: HearingInit) {
    this.#talk = talk
    this.#init = init
  }

  start(): void {
    const { session, view, posts } = this.#talk
    const { messenger } = session
    messenger.addEventListener('message', ({ detail: { value, receipt } }) => this.#message(value, receipt.seq))
    messenger.addEventListener('outcome', ({ detail }) => posts.take(detail))
    messenger.addEventListener('alert', ({ detail }) => this.#alert(detail))
    messenger.addEventListener('queue:recorded', ({ detail }) => posts.background(posts.recorded(detail)))
    messenger.addEventListener('queue:refused', ({ detail }) => posts.background(this.#refused(detail)))
    messenger.addEventListener('colleague:here', ({ detail }) => view({ event: 'here', ...detail }))
    messenger.addEventListener('colleague:found', ({ detail }) => view({ event: 'found', ...detail }))
    messenger.addEventListener('colleague:gone', ({ detail }) => view({ event: 'gone', ...detail }))
    messenger.addEventListener('colleague:presence', ({ detail }) => view({ event: 'presence', ...detail }))
    messenger.addEventListener('audit:failed', ({ detail }) => this.#auditFailed(detail.error))
    messenger.addEventListener('file:progress', ({ detail }) => this.#fileProgress(detail))
    messenger.addEventListener('file:arrived', ({ detail }) => posts.background(this.#fileArrived(detail)))
    messenger.addEventListener('file:failed', ({ detail }) => this.#fileFailed(detail))
    posts.background(this.#earlier())
  }

  /** What the log holds from before: what still waits, what is not acknowledged, and what was not read. */
  async #earlier(): Promise<void> {
    const { onShown } = this.#init
    await this.#talk.sitting.look()
    await tellWaiting(this.#talk, this.#startedAt)
    if (onShown !== undefined) await tellUnread(this.#talk, this.#startedAt, onShown)
  }

  #message(received: ReceivedMessage, seq: number): void {
    const { bytes: _, ...message } = received
    const { view, numbers, places, posts, sitting } = this.#talk
    const { about, id, conversation } = message
    if (about.type === 'group' && conversation !== undefined) places.name(conversation, about.name)
    const naming = named(about)
    const of = naming === undefined ? undefined : numbers.shown(naming)
    if (about.type !== 'mark') this.#init.onMessage(received)
    // A mark is nothing to answer, and gets no number that people would miss.
    const isForDesk = sitting.isOurs(conversation)
    view({ event: 'message', ...message, n: about.type === 'mark' ? 0 : numbers.of(id), seq, of, isForDesk })
    if (about.type === 'mark') return this.#marked(message.from, about)
    if (about.type !== 'file-answer') this.#init.onShown?.(received)
    if (about.type === 'desk') posts.background(sitting.look())
    if (about.type === 'pull-step') posts.background(tellRequest(this.#talk, about.of, id))
  }

  #marked(peer: string, { acknowledged }: Extract<About, { type: 'mark' }>): void {
    const { view, numbers, places } = this.#talk
    const messages = acknowledged.flatMap((id) => {
      const n = numbers.shown(id)
      return n === undefined ? [] : [{ n, id }]
    })
    if (messages.length > 0) view({ event: 'acknowledged', ...places.people.who(peer), messages })
  }

  #alert({ id, from, conversation, text, sentAt, times }: AlertEvent): void {
    const { view, numbers, places } = this.#talk
    // One from before this session was not shown in it.
    const isEarlier = times === 1 && numbers.shown(id) === undefined
    view({
      event: 'alert',
      n: numbers.of(id),
      id,
      from: places.people.who(from),
      place: conversation,
      text,
      sentAt,
      times: isEarlier ? 0 : times,
    })
    if (isEarlier) this.#init.onShown?.({ id, from, conversation })
  }

  /** It is given back to whoever wrote it, and waits no more. */
  async #refused({ queued, error }: MessengerEvents['queue:refused']['detail']): Promise<void> {
    const { code, message } = error
    const text = Buffer.from(queued.content.text ?? []).toString('utf8')
    this.#talk.view({ event: 'failed', code, message, ...(text !== '' && { text }) })
    await this.#talk.session.messenger.discard(queued.draft)
  }

  #auditFailed(error: unknown): void {
    const text = `THE RECORD CANNOT BE KEPT, so nothing is sent or shown until that is mended: ${reasonOf(error)}`
    this.#talk.view({ event: 'notice', text })
  }

  /** In a few lines: at each quarter, and not before a moment has passed. */
  #fileProgress({ id, name, size, from, peer, direction, bytes }: FileProgress): void {
    const { view, numbers, places } = this.#talk
    const key = `${id} ${peer}`
    const share = Math.floor((SHARES * bytes) / size)
    const last = this.#progress.get(key) ?? { share: 0, at: Date.now() }
    const isWorthALine = share > last.share && share < SHARES && Date.now() - last.at >= PROGRESS_MS
    this.#progress.set(key, isWorthALine ? { share, at: Date.now() } : last)
    if (bytes === size) this.#progress.delete(key)
    if (!isWorthALine) return
    const file = { n: numbers.of(id), id, name, size, from: places.people.who(from) }
    view({ event: 'file-progress', ...file, other: places.people.who(peer), direction, bytes })
  }

  async #fileArrived(file: ArrivedFile): Promise<void> {
    const { view, numbers, places, arrivals } = this.#talk
    const path = await arrivals.take(file)
    const { id, name, size, sha256, from } = file
    view({ event: 'file-arrived', n: numbers.of(id), id, name, size, sha256, path, from: places.people.who(from) })
  }

  #fileFailed({ id, name, size, from, error, isFinal }: FileFailure): void {
    const { view, numbers, places } = this.#talk
    const file = { n: numbers.of(id), id, name, size, from: places.people.who(from) }
    view({ event: 'file-failed', ...file, code: error.code, message: error.message, isFinal })
  }
}
