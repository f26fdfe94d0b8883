import type { Stream, StreamMessageEvent } from '@libp2p/interface'
import { MessengerError } from '../errors.ts'
import { parsePresence, type PresenceState } from './presence.ts'

export interface PresenceReaderInit {
  readonly stream: Stream
  /** May throw; nothing is read after that. */
  readonly onState: (state: PresenceState) => void
  /** Called once, with the first thing that is wrong; nothing is read after it. */
  readonly onError: (error: Error) => void
}

/** Reads what somebody says that they are (spec/presence.md section 2), and holds nothing but the last of it. */
export class PresenceReader {
  readonly #init: PresenceReaderInit
  #last: PresenceState | undefined
  #ended = false

  constructor(init: PresenceReaderInit) {
    this.#init = init
  }

  start(): void {
    this.#init.stream.addEventListener('message', this.#onData)
  }

  readonly #onData = ({ data }: StreamMessageEvent): void => {
    if (this.#ended) return
    try {
      for (const byte of data.subarray()) this.#take(parsePresence(byte))
    } catch (error) {
      this.#ended = true
      this.#init.stream.removeEventListener('message', this.#onData)
      this.#init.onError(error as Error)
    }
  }

  #take(state: PresenceState): void {
    if (this.#last === 'off') throw new MessengerError('FRAME_UNEXPECTED', 'a peer said more after it was off')
    if (this.#last === state) throw new MessengerError('FRAME_UNEXPECTED', `a peer said twice that it is ${state}`)
    this.#last = state
    this.#init.onState(state)
  }
}
