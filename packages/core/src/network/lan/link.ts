import type { LanSocket } from './socket.ts'
import type { Packets, Sighting } from './packets.ts'

export interface LinkInit {
  readonly packets: Packets
  readonly socket: LanSocket
  readonly isOnLink: (address: string) => boolean
  /** Where we listen on this link, each with our peer ID. */
  readonly addresses: () => Parameters<Packets['answer']>[0]
  /** Whether somebody is missing who was here a while ago. */
  readonly isSomebodyMissing: () => boolean
  readonly onSighting: (sighting: Sighting, from: string) => void
}

/** Quick at first, and calm when all are known; the last repeats. */
const QUERY_PAUSES_MS = [0, 1_000, 3_000, 10_000, 20_000, 40_000, 60_000] as const
const MISSING_PAUSE_MS = 3_000
const JITTER = 0.25
/** "Delayed by a random amount of time selected with uniform random distribution in the range 20-120 ms" (section 6). */
const DELAY_MS = { from: 20, to: 120 } as const
/** "MUST NOT multicast a record until at least one second has elapsed since the last time" (section 6). */
const ANSWER_EVERY_MS = 1_000
/** A question of somebody else is as good as ours (section 7.3), but not for ever: they may be heard here alone. */
const MAX_SILENT_PAUSES = 10
/** A question of our own comes back to us. */
const ECHO_MS = 50
/** What is above is dropped unread. */
const MAX_PACKETS_A_SECOND = 2_000

/** One link, and our part in the talk on it: as calm as RFC 6762 sections 6 and 7 ask for. */
export class Link {
  readonly #init: LinkInit
  #queryTimer: NodeJS.Timeout | undefined
  #answerTimer: NodeJS.Timeout | undefined
  #step = 0
  /** When the next is due. */
  #queryAt = 0
  #queriedAt = Number.NEGATIVE_INFINITY
  #answeredAt = Number.NEGATIVE_INFINITY
  #second = 0
  #packetsThisSecond = 0

  constructor(init: LinkInit) {
    this.#init = init
  }

  /** Asks who is there, and says that we are; also when the link may have changed under us. */
  begin(): void {
    this.#step = 0
    this.#scheduleQuery()
    this.#scheduleAnswer()
  }

  /** Somebody is missing: the pause that runs may be too long. */
  quicken(): void {
    if (this.#queryAt - performance.now() > MISSING_PAUSE_MS * (1 + JITTER)) this.#scheduleQuery()
  }

  /** @param from - the address that it came from */
  hear(bytes: Uint8Array, from: string): void {
    const { packets, isOnLink, onSighting } = this.#init
    if (!isOnLink(from) || this.#isTooMuch()) return
    const heard = packets.parse(bytes, isOnLink)
    if (heard?.kind === 'sighting') onSighting(heard, from)
    if (heard?.kind === 'query') this.#onQuery()
  }

  end(): void {
    clearTimeout(this.#queryTimer)
    clearTimeout(this.#answerTimer)
    const { packets, socket, addresses } = this.#init
    if (this.#answeredAt > 0) socket.send(packets.goodbye(addresses()))
    socket.close()
  }

  #onQuery(): void {
    this.#scheduleAnswer()
    const silentMs = performance.now() - this.#queriedAt
    if (silentMs < ECHO_MS || silentMs > MAX_SILENT_PAUSES * this.#pauseMs()) return
    this.#step++
    this.#scheduleQuery()
  }

  #pauseMs(): number {
    const pauseMs = QUERY_PAUSES_MS[Math.min(this.#step, QUERY_PAUSES_MS.length - 1)] as number
    return this.#init.isSomebodyMissing() ? Math.min(pauseMs, MISSING_PAUSE_MS) : pauseMs
  }

  #scheduleQuery(): void {
    clearTimeout(this.#queryTimer)
    const pauseMs = this.#pauseMs() * (1 + JITTER * (2 * Math.random() - 1))
    const waitMs = Math.max(pauseMs, someDelayMs())
    this.#queryAt = performance.now() + waitMs
    this.#queryTimer = setTimeout(() => this.#query(), waitMs)
  }

  #query(): void {
    this.#queriedAt = performance.now()
    this.#step++
    this.#init.socket.send(this.#init.packets.query())
    this.#scheduleQuery()
  }

  #scheduleAnswer(): void {
    if (this.#answerTimer !== undefined) return
    const sinceMs = performance.now() - this.#answeredAt
    this.#answerTimer = setTimeout(() => this.#answer(), Math.max(0, ANSWER_EVERY_MS - sinceMs) + someDelayMs())
  }

  #answer(): void {
    this.#answerTimer = undefined
    const addresses = this.#init.addresses()
    if (addresses.length === 0) return
    this.#answeredAt = performance.now()
    this.#init.socket.send(this.#init.packets.answer(addresses))
  }

  #isTooMuch(): boolean {
    const second = Math.floor(performance.now() / 1_000)
    if (second !== this.#second) this.#packetsThisSecond = 0
    this.#second = second
    return ++this.#packetsThisSecond > MAX_PACKETS_A_SECOND
  }
}

function someDelayMs(): number {
  return DELAY_MS.from + Math.random() * (DELAY_MS.to - DELAY_MS.from)
}
