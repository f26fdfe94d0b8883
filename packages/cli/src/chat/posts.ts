import type { Hash } from '@branchline/audit-sink'
import type { About, Outcome, Posted, What } from '@branchline/core'
import type { Session } from '../profile/open.ts'
import { CatchingUp } from './catching-up.ts'
import type { View, Who } from './events.ts'
import type { Numbers } from './numbers.ts'
import type { Past } from './past.ts'
import type { Place, Places } from './places.ts'

export interface PostsInit {
  readonly session: Session
  readonly view: View
  readonly numbers: Numbers
  readonly places: Places
  readonly past: Past
  readonly onFailed: (error: unknown) => void
}

/** A message of this session that not everybody has yet. */
interface Tracked {
  readonly n: number
  readonly id: Hash
  readonly place: string
  readonly to: readonly string[]
  readonly delivered: Set<string>
  readonly ended: Set<string>
  /** Until it was told who is missing. */
  timer: NodeJS.Timeout | undefined
  /** It is known that it takes its time. */
  isTold: boolean
}

/** What does not come at once is told after so long, so that a room takes one line, and not one for each of its members. */
const SETTLE_MS = 3_000
/** Marks and answers of the machine's own are nothing that anybody waits for. */
const SILENT = new Set<About['type']>(['mark', 'file-answer'])

/** What was posted, and what became of it. */
export class Posts {
  readonly #init: PostsInit
  readonly #tracked = new Map<Hash, Tracked>()
  /** Each with what is known of it, when it is of this session. */
  readonly #catchingUp = new CatchingUp<Tracked | undefined>((peer, all) => this.#caughtUp(peer, all))
  readonly #underWay = new Set<Promise<unknown>>()
  #posting = 0
  readonly #startedAt = Date.now()
  /** Message ID of what was said last. */
  last: Hash | undefined
  /** Came before it was known here that they were posted. */
  readonly #early: Outcome[] = []
  #settled = Promise.withResolvers<void>()

  constructor(init: PostsInit) {
    this.#init = init
  }

  /** Resolves when it is on record; what becomes of it is told as it comes. */
  async post(place: Place, what: Exclude<What, string | Uint8Array>): Promise<Posted> {
    const { messenger } = this.#init.session
    return this.track(place, what.about, what.text ?? '', () => messenger.post(place.where, what, place.options))
  }

  /** The same for what is posted in another way. */
  async track<P extends Posted>(
    place: Place,
    about: About,
    text: string | Uint8Array,
    post: () => Promise<P>,
  ): Promise<P> {
    const posting = post()
    this.#posting += 1
    this.#underWay.add(posting)
    try {
      const posted = await posting
      this.#posted(place, about, text, posted)
      return posted
    } finally {
      this.#posting -= 1
      this.#underWay.delete(posting)
      for (const outcome of this.#early.splice(0)) this.take(outcome)
    }
  }

  /** What waited in the queue is on record now. */
  async recorded(posted: Posted): Promise<void> {
    const said = await (await this.#init.past.now()).message(posted.id)
    if (said === undefined) return
    const { about, text = '' } = said
    await this.track(this.#init.places.of(said), about, text, async () => posted)
  }

  #posted(place: Place, about: About, text: string | Uint8Array, { id, seq, to }: Posted): void {
    const { view, numbers, places } = this.#init
    const n = numbers.of(id)
    const people = to.map((peer) => ({ ...places.people.who(peer), link: places.people.colleague(peer).link }))
    this.last = id
    const said = typeof text === 'string' ? text : Buffer.from(text).toString('utf8')
    view({ event: 'posted', n, id, seq, place: place.label, to: people, about, text: said })
    const [first, ...others] = people
    const isTold = others.length === 0 && first?.link === 'away'
    const tracked: Tracked = {
      n,
      id,
      place: place.label,
      to,
      delivered: new Set(),
      ended: new Set(),
      timer: undefined,
      isTold,
    }
    this.#tracked.set(id, tracked)
    if (to.length > 1) this.#tellSoon(tracked)
  }

  take(outcome: Outcome): void {
    const tracked = this.#tracked.get(outcome.id)
    if (tracked !== undefined) this.#takeTracked(tracked, outcome)
    else if (this.#posting > 0) this.#early.push(outcome)
    else this.#takeOld(outcome)
  }

  #takeTracked(tracked: Tracked, outcome: Outcome): void {
    this.#tell(outcome, tracked.place)
    ;(outcome.result === 'delivered' ? tracked.delivered : tracked.ended).add(outcome.to)
    const isOver = this.#missing(tracked).length === 0
    if (isOver) this.#end(tracked)
    if (outcome.result !== 'delivered') {
      if (isOver && tracked.to.length > 1) this.#progress(tracked)
      return
    }
    if (tracked.isTold) this.#catchingUp.take(outcome, tracked)
    else if (isOver) this.#progress(tracked, outcome)
    else this.#tellSoon(tracked)
  }

  /** Of a message from before this session: the log knows what it was. */
  #takeOld(outcome: Outcome): void {
    const tell = async (): Promise<void> => {
      const said = await (await this.#init.past.now()).message(outcome.id)
      if (said === undefined || SILENT.has(said.about.type)) return
      this.#tell(outcome, this.#init.places.of(said).label)
      // What another command says through this chat tells of itself.
      const isOld = said.recordedAt < this.#startedAt
      if (outcome.result === 'delivered' && isOld) this.#catchingUp.take(outcome, undefined)
    }
    this.background(tell())
  }

  /** Goes on beside what is typed; what comes of it is waited for at the end. */
  background(work: Promise<unknown>): void {
    const quiet = work.catch(this.#init.onFailed)
    this.#underWay.add(quiet)
    void quiet.then(() => this.#underWay.delete(quiet))
  }

  #tell({ result, receivedSeq, ...outcome }: Outcome, place: string): void {
    const { view, numbers, places } = this.#init
    const { id, to, sentSeq, outcomeSeq } = outcome
    const n = numbers.of(id)
    if (result === 'delivered') view({ event: 'delivered', n, id, to, sentSeq, outcomeSeq, receivedSeq })
    else view({ event: 'undelivered', n, ...outcome, result, name: places.people.who(to).name, place })
  }

  #missing({ to, delivered, ended }: Tracked): string[] {
    return to.filter((peer) => !delivered.has(peer) && !ended.has(peer))
  }

  #tellSoon(tracked: Tracked): void {
    if (tracked.timer !== undefined) return
    tracked.timer = setTimeout(() => {
      tracked.timer = undefined
      this.#progress(tracked)
    }, SETTLE_MS)
    tracked.timer.unref()
  }

  #progress(tracked: Tracked, outcome?: Outcome): void {
    const { n, id, place, to, delivered, ended } = tracked
    const { places, view } = this.#init
    tracked.isTold = true
    const whoAre = (peers: Iterable<string>): Who[] => Array.from(peers, (peer) => places.people.who(peer))
    const proof =
      to.length === 1 && outcome !== undefined
        ? { sentSeq: outcome.sentSeq, receivedSeq: outcome.receivedSeq }
        : undefined
    view({
      event: 'progress',
      n,
      id,
      place,
      delivered: whoAre(delivered),
      missing: whoAre(this.#missing(tracked)),
      undelivered: whoAre(ended),
      proof,
    })
  }

  #end(tracked: Tracked): void {
    clearTimeout(tracked.timer)
    tracked.timer = undefined
    this.#tracked.delete(tracked.id)
    if (this.#tracked.size > 0) return
    this.#settled.resolve()
    this.#settled = Promise.withResolvers()
  }

  #caughtUp(peer: string, all: readonly { readonly outcome: Outcome; readonly of: Tracked | undefined }[]): void {
    const [first, ...others] = all
    if (first?.of !== undefined && others.length === 0) return this.#progress(first.of, first.outcome)
    const { view, numbers, places } = this.#init
    const messages = all.map(({ outcome: { id } }) => ({ n: numbers.of(id), id }))
    view({ event: 'caught-up', ...places.people.who(peer), messages })
  }

  /** Whether somebody who is connected has not yet got what they are to get. */
  get isUnderWay(): boolean {
    const { people } = this.#init.places
    const isHere = (peer: string): boolean => ['direct', 'relayed'].includes(people.colleague(peer).link)
    return this.#underWay.size > 0 || [...this.#tracked.values()].some((each) => this.#missing(each).some(isHere))
  }

  get isSettled(): boolean {
    return this.#underWay.size === 0 && this.#tracked.size === 0
  }

  /** Resolves when everybody has everything, or the time is over; what was to be recorded is waited for in any case. */
  async settle(timeoutMs: number, signal: AbortSignal): Promise<void> {
    await Promise.allSettled(this.#underWay)
    if (this.#tracked.size > 0 && timeoutMs > 0 && !signal.aborted) await this.#wait(timeoutMs, signal)
    for (const tracked of this.#tracked.values()) clearTimeout(tracked.timer)
    this.#catchingUp.flush()
    await Promise.allSettled(this.#underWay)
  }

  async #wait(timeoutMs: number, signal: AbortSignal): Promise<void> {
    const over = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
    const ended = new Promise<void>((resolve) => over.addEventListener('abort', () => resolve(), { once: true }))
    await Promise.race([this.#settled.promise, ended])
  }
}
