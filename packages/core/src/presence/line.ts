import type { Logger, PeerId, Stream } from '@libp2p/interface'
import { OPEN_TIMEOUT_MS, PRESENCE_LASTED_MS, PRESENCE_LEAVE_MS, PRESENCE_PAUSES_MS } from '../limits.ts'
import type { PresenceState } from '../wire/presence.ts'
import { PresenceWriter } from '../wire/writer.ts'

export interface LineInit {
  readonly peer: PeerId
  readonly isAdmitted: () => boolean
  /** Opens a stream on a connection that is there. */
  readonly open: (signal: AbortSignal) => Promise<Stream>
  /** What we are now. */
  readonly state: () => PresenceState
  readonly log: Logger
}

/** The stream on which one member is told what we are; opened again when it is lost, a few times. */
export class Line {
  readonly #init: LineInit
  readonly #abort = new AbortController()
  #stream: Stream | undefined
  #said: PresenceState | undefined
  #isOpening = false
  #tries = 0
  #timer: NodeJS.Timeout | undefined

  constructor(init: LineInit) {
    this.#init = init
  }

  /** There is a connection, perhaps another than before. */
  connected(): void {
    this.#tries = 0
    if (this.#stream === undefined && !this.#isOpening) void this.#open()
  }

  /** Tells what we are, unless that was said already. */
  tell(): void {
    const [stream, state] = [this.#stream, this.#init.state()]
    if (stream === undefined || state === this.#said) return
    try {
      if (!this.#init.isAdmitted()) throw new Error('it is no member any more')
      new PresenceWriter(stream).state(state)
      this.#said = state
    } catch (error) {
      stream.abort(error as Error)
    }
  }

  /** For good: nothing is opened any more, and what was being opened is not used. */
  end(): void {
    clearTimeout(this.#timer)
    this.#abort.abort(new Error('nobody is told any more'))
  }

  /** Tells what we are for the last time. Never rejects. */
  async leave(): Promise<void> {
    this.end()
    this.tell()
    const stream = this.#stream
    await stream?.close({ signal: AbortSignal.timeout(PRESENCE_LEAVE_MS) }).catch((error) => stream.abort(error))
  }

  /** Never rejects. */
  async #open(): Promise<void> {
    clearTimeout(this.#timer)
    this.#isOpening = true
    try {
      if (!this.#init.isAdmitted()) throw new Error('it is no member')
      const stream = await this.#init.open(AbortSignal.any([this.#abort.signal, AbortSignal.timeout(OPEN_TIMEOUT_MS)]))
      if (this.#abort.signal.aborted) stream.abort(new Error('nobody is told any more'))
      else this.#use(stream)
    } catch (error) {
      this.#init.log('%p was not told what we are - %e', this.#init.peer, error)
      this.#again()
    } finally {
      this.#isOpening = false
    }
  }

  #use(stream: Stream): void {
    const openedAt = performance.now()
    const onEnd = (): void => {
      if (this.#stream !== stream) return
      this.#stream = undefined
      if (performance.now() - openedAt >= PRESENCE_LASTED_MS) this.#tries = 0
      this.#again()
    }
    this.#stream = stream
    this.#said = undefined
    stream.addEventListener('close', onEnd)
    stream.addEventListener('message', () => stream.abort(new Error('it has nothing to say here')))
    if (stream.status === 'open') this.tell()
    else onEnd()
  }

  #again(): void {
    const pause = PRESENCE_PAUSES_MS[this.#tries++]
    if (pause === undefined || this.#abort.signal.aborted) return
    this.#timer = setTimeout(() => void this.#open(), pause)
    this.#timer.unref()
  }
}
