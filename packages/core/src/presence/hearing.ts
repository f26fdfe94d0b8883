import type { Logger, Stream } from '@libp2p/interface'
import { MessengerError } from '../errors.ts'
import { MAX_PRESENCE_COUNTED, PRESENCE_BELIEVED } from '../limits.ts'
import type { PresenceState } from '../wire/presence.ts'
import { PresenceReader } from '../wire/presence-reader.ts'
import { Pace } from './pace.ts'

export interface HearingInit {
  readonly isAdmitted: (peer: string) => boolean
  /** Somebody is something else than before. */
  readonly onChange: (peer: string, state: PresenceState) => void
  readonly log: Logger
}

interface Counted {
  said: PresenceState | undefined
  readonly pace: Pace
}

/** What members say that they are; nobody can write by it, since only so many changes of each are believed. */
export class Hearing {
  readonly #init: HearingInit
  readonly #told = new Map<string, PresenceState>()
  /** Outlasts streams and connections: who comes anew must not be believed anew. Whoever was heard last is last. */
  readonly #counted = new Map<string, Counted>()

  constructor(init: HearingInit) {
    this.#init = init
  }

  /** Of a member who is connected. */
  of(peer: string): PresenceState {
    return this.#told.get(peer) ?? 'here'
  }

  /** Their last connection has ended. */
  forget(peer: string): void {
    this.#told.delete(peer)
  }

  listen(stream: Stream, peer: string): void {
    if (!this.#init.isAdmitted(peer)) return stream.abort(new Error('it is not admitted'))
    const onError = (error: Error): void => {
      this.#init.log.error('%s says of itself what cannot be - %e', peer, error)
      stream.abort(error)
      this.#unbelieve(peer)
    }
    stream.addEventListener('remoteCloseWrite', () => {
      stream.close().catch((error: unknown) => stream.abort(error as Error))
    })
    new PresenceReader({ stream, onState: (state) => this.#take(peer, state), onError }).start()
  }

  #take(peer: string, state: PresenceState): void {
    if (!this.#init.isAdmitted(peer)) throw new Error('it is admitted no longer')
    const counted = this.#count(peer)
    if (counted.said !== state && !counted.pace.take(performance.now())) {
      throw new MessengerError('FRAME_UNEXPECTED', 'a peer changes more often than anybody does')
    }
    counted.said = state
    this.#change(peer, state)
  }

  /** What they say next counts as a change: else what is refused and what is not could take turns without end. */
  #unbelieve(peer: string): void {
    const counted = this.#counted.get(peer)
    if (counted !== undefined) counted.said = undefined
    this.#change(peer, undefined)
  }

  #count(peer: string): Counted {
    const counted = this.#counted.get(peer) ?? { said: undefined, pace: new Pace(PRESENCE_BELIEVED) }
    this.#counted.delete(peer)
    this.#counted.set(peer, counted)
    const [first] = this.#counted.keys()
    if (this.#counted.size > MAX_PRESENCE_COUNTED && first !== undefined) this.#counted.delete(first)
    return counted
  }

  #change(peer: string, state: PresenceState | undefined): void {
    const before = this.of(peer)
    if (state === undefined) this.#told.delete(peer)
    else this.#told.set(peer, state)
    if (this.of(peer) !== before) this.#init.onChange(peer, this.of(peer))
  }
}
