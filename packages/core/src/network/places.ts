import type { ComponentLogger, Logger, PeerId, Startable, Stream } from '@libp2p/interface'
import type { ConnectionManager } from '@libp2p/interface-internal'
import { peerIdFromString } from '@libp2p/peer-id'
import { TypedEventEmitter, type TypedEventTarget } from 'main-event'
import { MAX_MEMBERS, OPEN_TIMEOUT_MS, PLACES_PROTOCOL } from '../limits.ts'
import type { RosterKeeper } from '../roster/keeper.ts'
import { type PlacesChange, PlacesReader } from '../wire/places-reader.ts'
import type { RelayReservations } from './relays.ts'

export interface PlacesInit {
  readonly roster: RosterKeeper
}

export interface PlacesComponents {
  readonly peerId: PeerId
  readonly connectionManager: ConnectionManager
  readonly relays: RelayReservations
  readonly logger: ComponentLogger
}

interface PlacesEvents {
  /** Members who can be reached through a relay now, and could not be before; and the other way round. Peer IDs. */
  change: CustomEvent<PlacesChange>
}

/** Who can be reached through which relay, as the relays tell. */
export interface Places extends TypedEventTarget<PlacesEvents> {
  /** Everyone who can be reached through a relay. */
  peers(): string[]
  /** Peer IDs of the relays through which a member can be reached. */
  relaysOf(peer: string): string[]
}

const AGAIN_MS = 5_000

export function places(init: PlacesInit): (components: PlacesComponents) => Places {
  return (components) => new PlacesService(init, components)
}

class PlacesService extends TypedEventEmitter<PlacesEvents> implements Places, Startable {
  readonly [Symbol.toStringTag] = '@branchline/places'
  readonly #roster: RosterKeeper
  readonly #components: PlacesComponents
  readonly #log: Logger
  readonly #streams = new Map<string, Stream | undefined>()
  /** By relay, whatever it says, at most so many as may be members. */
  readonly #told = new Map<string, Set<string>>()
  /** Of those, the members. */
  #reachable: ReadonlySet<string> = new Set()
  readonly #timers = new Set<NodeJS.Timeout>()
  #running = false

  constructor({ roster }: PlacesInit, components: PlacesComponents) {
    super()
    this.#roster = roster
    this.#components = components
    this.#log = components.logger.forComponent('branchline:places')
  }

  start(): void {
    this.#running = true
    this.#components.relays.addEventListener('place', this.#onPlace)
    this.#roster.addEventListener('change', this.#lookAnew)
  }

  stop(): void {
    this.#running = false
    this.#components.relays.removeEventListener('place', this.#onPlace)
    this.#roster.removeEventListener('change', this.#lookAnew)
    for (const timer of this.#timers) clearTimeout(timer)
    for (const stream of this.#streams.values()) stream?.abort(new Error('the messenger is closing'))
  }

  peers(): string[] {
    return [...this.#reachable]
  }

  relaysOf(peer: string): string[] {
    if (!this.#reachable.has(peer)) return []
    return [...this.#told].filter(([, peers]) => peers.has(peer)).map(([relay]) => relay)
  }

  readonly #onPlace = ({ detail: relay }: CustomEvent<string>): void => {
    if (!this.#streams.has(relay)) void this.#ask(relay)
  }

  /** Never rejects. */
  async #ask(relay: string): Promise<void> {
    this.#streams.set(relay, undefined)
    try {
      const [connection] = this.#components.connectionManager.getConnections(peerIdFromString(relay))
      if (connection === undefined) throw new Error('there is no connection to it')
      const stream = await connection.newStream(PLACES_PROTOCOL, { signal: AbortSignal.timeout(OPEN_TIMEOUT_MS) })
      this.#streams.set(relay, stream)
      if (!this.#running) return stream.abort(new Error('the messenger is closing'))
      stream.addEventListener('close', () => this.#onEnd(relay))
      const onError = (error: Error): void => {
        this.#log.error('%s tells of its places what cannot be - %e', relay, error)
        stream.abort(error)
      }
      const reader = new PlacesReader({ stream, onError, onChange: (change) => this.#take(relay, change) })
      reader.start()
      if (stream.status !== 'open') this.#onEnd(relay)
    } catch (error) {
      this.#log('%s does not tell of its places - %e', relay, error)
      this.#streams.delete(relay)
    }
  }

  /** Soon again, if there is a place still: a relay may be slow to know of it itself. */
  #onEnd(relay: string): void {
    if (!this.#streams.delete(relay)) return
    this.#told.delete(relay)
    this.#lookAnew()
    if (!this.#running) return
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      const isHeld = this.#components.relays.reserved().includes(relay)
      if (isHeld && !this.#streams.has(relay)) void this.#ask(relay)
    }, AGAIN_MS)
    this.#timers.add(timer)
  }

  #take(relay: string, { here, gone }: PlacesChange): void {
    const peers = this.#told.get(relay) ?? new Set()
    this.#told.set(relay, peers)
    for (const peer of gone) peers.delete(peer)
    for (const peer of here) if (peers.size < MAX_MEMBERS) peers.add(peer)
    this.#lookAnew()
  }

  /** After a relay said more, or another roster is in force: whoever was taken off it is gone at once. */
  readonly #lookAnew = (): void => {
    const before = this.#reachable
    const self = this.#components.peerId.toString()
    const told = [...this.#told.values()].flatMap((peers) => [...peers])
    const after = new Set(told.filter((peer) => peer !== self && this.#roster.whyNot(peer) === undefined))
    this.#reachable = after
    const detail = {
      here: [...after].filter((peer) => !before.has(peer)),
      gone: [...before].filter((peer) => !after.has(peer)),
    }
    if (detail.here.length + detail.gone.length > 0) this.safeDispatchEvent('change', { detail })
  }
}
