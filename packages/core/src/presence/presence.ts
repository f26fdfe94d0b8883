import {
  type ComponentLogger,
  type Connection,
  type Libp2pEvents,
  type Logger,
  type PeerId,
  serviceCapabilities,
  type Startable,
  type Stream,
} from '@libp2p/interface'
import type { ConnectionManager, Registrar } from '@libp2p/interface-internal'
import { TypedEventEmitter, type TypedEventTarget } from 'main-event'
import { MAX_PRESENCE_STREAMS, PRESENCE_PROTOCOL, PRESENCE_SAID } from '../limits.ts'
import { formatPresence, type PresenceState } from '../wire/presence.ts'
import { Hearing } from './hearing.ts'
import { Line } from './line.ts'
import { Pace } from './pace.ts'

export type { PresenceState } from '../wire/presence.ts'
/** What somebody may be who is there. */
export type OwnPresence = Exclude<PresenceState, 'off'>

export interface PresenceInit {
  /** Whether a peer, by its ID, is told and believed: members alone, by the roster in force. */
  readonly isAdmitted: (peer: string) => boolean
}

export interface PresenceComponents {
  readonly registrar: Registrar
  readonly connectionManager: Pick<ConnectionManager, 'getConnections'>
  readonly events: TypedEventTarget<Libp2pEvents>
  readonly logger: ComponentLogger
}

export interface PresenceEvents {
  /** A member who is connected says of themself something else than before. Who comes and goes, libp2p tells. */
  presence: CustomEvent<{ readonly peer: string; readonly state: PresenceState }>
}

export interface Presence extends TypedEventTarget<PresenceEvents> {
  /**
   * Tells all members who are connected, and those who will be, what we are; 'here' until it is called. At most one change
   * leaves in five seconds, and 50 in an hour; of what is set meanwhile the last leaves after that.
   * @throws TypeError for anything else than 'here', 'busy' or 'away'
   */
  set(state: OwnPresence): void
  /** What a member, by peer ID, last said; 'here' when they are connected and said nothing, 'off' when they are not. */
  of(peer: string): PresenceState
}

/** Members tell each other whether they are here (spec/presence.md): four states, in which nobody can write. */
export function presence(init: PresenceInit): (components: PresenceComponents) => Presence {
  return (components) => new PresenceService(init, components)
}

class PresenceService extends TypedEventEmitter<PresenceEvents> implements Presence, Startable {
  readonly [Symbol.toStringTag] = '@branchline/presence'
  readonly [serviceCapabilities]: string[] = ['@branchline/presence']

  readonly #isAdmitted: PresenceInit['isAdmitted']
  readonly #components: PresenceComponents
  readonly #log: Logger
  readonly #hearing: Hearing
  readonly #lines = new Map<string, Line>()
  readonly #connected = new Set<string>()
  readonly #pace = new Pace(PRESENCE_SAID)
  /** What is told, and what will be when that may change. */
  #state: PresenceState = 'here'
  #wanted: OwnPresence = 'here'
  #timer: NodeJS.Timeout | undefined
  #topology: string | undefined

  constructor({ isAdmitted }: PresenceInit, components: PresenceComponents) {
    super()
    this.#isAdmitted = isAdmitted
    this.#components = components
    this.#log = components.logger.forComponent('branchline:presence')
    const onChange = (peer: string, state: PresenceState): void => {
      this.safeDispatchEvent('presence', { detail: { peer, state } })
    }
    this.#hearing = new Hearing({ isAdmitted, onChange, log: this.#log })
  }

  async start(): Promise<void> {
    const { registrar, events } = this.#components
    this.#state = this.#wanted
    events.addEventListener('peer:connect', this.#onConnect)
    events.addEventListener('peer:disconnect', this.#onDisconnect)
    const handle = (stream: Stream, { remotePeer }: Connection): void => {
      this.#hearing.listen(stream, remotePeer.toString())
    }
    await registrar.handle(PRESENCE_PROTOCOL, handle, { maxInboundStreams: MAX_PRESENCE_STREAMS })
    this.#topology = await registrar.register(PRESENCE_PROTOCOL, { onConnect: (peer) => this.#meet(peer) })
  }

  /** Before libp2p closes connections: who listens is told that we leave on purpose. */
  async beforeStop(): Promise<void> {
    const { registrar } = this.#components
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#topology !== undefined) registrar.unregister(this.#topology)
    this.#topology = undefined
    this.#state = 'off'
    const lines = [...this.#lines.values()]
    this.#lines.clear()
    await registrar.unhandle(PRESENCE_PROTOCOL)
    await Promise.all(lines.map((line) => line.leave()))
  }

  async stop(): Promise<void> {
    const { events } = this.#components
    await this.beforeStop()
    events.removeEventListener('peer:connect', this.#onConnect)
    events.removeEventListener('peer:disconnect', this.#onDisconnect)
    this.#connected.clear()
  }

  set(state: OwnPresence): void {
    if (formatPresence(state)[0] === 0) throw new TypeError('whoever is off has left')
    this.#wanted = state
    this.#publish()
  }

  of(peer: string): PresenceState {
    return this.#connected.has(peer) && this.#isAdmitted(peer) ? this.#hearing.of(peer) : 'off'
  }

  /** Now, or when it may be; what is wanted by then is told. */
  readonly #publish = (): void => {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#wanted === this.#state || this.#state === 'off') return
    const now = performance.now()
    if (this.#pace.take(now)) {
      this.#state = this.#wanted
      for (const line of this.#lines.values()) line.tell()
    } else {
      this.#timer = setTimeout(this.#publish, Math.ceil(this.#pace.waitMs(now)))
      this.#timer.unref()
    }
  }

  readonly #onConnect = ({ detail }: CustomEvent<PeerId>): void => {
    this.#connected.add(detail.toString())
  }

  readonly #onDisconnect = ({ detail }: CustomEvent<PeerId>): void => {
    const peer = detail.toString()
    this.#connected.delete(peer)
    this.#hearing.forget(peer)
    this.#lines.get(peer)?.end()
    this.#lines.delete(peer)
  }

  /** Somebody speaks the protocol, on a connection that may be new. */
  #meet(peer: PeerId): void {
    const id = peer.toString()
    if (!this.#isAdmitted(id) || !this.#connected.has(id)) return
    const line = this.#lines.get(id) ?? this.#newLine(peer)
    this.#lines.set(id, line)
    line.connected()
  }

  #newLine(peer: PeerId): Line {
    return new Line({
      peer,
      isAdmitted: () => this.#isAdmitted(peer.toString()),
      open: async (signal) => {
        const all = this.#components.connectionManager.getConnections(peer)
        const connection = all.find(({ status }) => status === 'open')
        if (connection === undefined) throw new Error('there is no connection to it')
        return connection.newStream(PRESENCE_PROTOCOL, { signal })
      },
      state: () => this.#state,
      log: this.#log,
    })
  }
}
