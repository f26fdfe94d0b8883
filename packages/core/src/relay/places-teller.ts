import type { ComponentLogger, Connection, Logger, PeerId, Startable, Stream } from '@libp2p/interface'
import type { ConnectionManager, Registrar } from '@libp2p/interface-internal'
import { MAX_PLACES_STREAMS, PLACES_PAUSE_MS, PLACES_PROTOCOL } from '../limits.ts'
import type { RosterKeeper } from '../roster/keeper.ts'
import { PlacesWriter } from '../wire/writer.ts'

export interface PlacesTellerInit {
  readonly roster: RosterKeeper
}

export interface PlacesTellerComponents {
  readonly registrar: Registrar
  readonly connectionManager: ConnectionManager
  readonly relay: { readonly reservations: { keys(): Iterable<PeerId>; has(peer: PeerId): boolean } }
  readonly logger: ComponentLogger
}

interface Listener {
  readonly peer: PeerId
  readonly stream: Stream
  readonly writer: PlacesWriter
  /** Who held a place when it was told last; undefined when it was not yet. */
  told: ReadonlySet<string> | undefined
  isBusy: boolean
}

/** Tells whoever holds a place on this relay who else does (spec/places.md): members alone, and nobody for long. */
export function placesTeller(init: PlacesTellerInit): (components: PlacesTellerComponents) => Startable {
  return (components) => new PlacesTeller(init, components)
}

class PlacesTeller implements Startable {
  readonly [Symbol.toStringTag] = '@branchline/places-teller'
  readonly #roster: RosterKeeper
  readonly #components: PlacesTellerComponents
  readonly #log: Logger
  readonly #listeners = new Set<Listener>()
  /** Peer IDs. Another set only when somebody came or went: most of the time nobody need be told anything. */
  #holding: ReadonlySet<string> = new Set()
  #timer: NodeJS.Timeout | undefined

  constructor({ roster }: PlacesTellerInit, components: PlacesTellerComponents) {
    this.#roster = roster
    this.#components = components
    this.#log = components.logger.forComponent('branchline:places')
  }

  async start(): Promise<void> {
    const handle = (stream: Stream, connection: Connection): void => this.#listen(stream, connection)
    await this.#components.registrar.handle(PLACES_PROTOCOL, handle, { maxInboundStreams: MAX_PLACES_STREAMS })
    this.#timer = setInterval(this.#tellAll, PLACES_PAUSE_MS)
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#components.registrar.unhandle(PLACES_PROTOCOL)
  }

  #listen(stream: Stream, { remotePeer: peer }: Connection): void {
    if (!this.#holdsPlace(peer)) return stream.abort(new Error('it holds no place'))
    const listener: Listener = { peer, stream, writer: new PlacesWriter(stream), told: undefined, isBusy: false }
    this.#listeners.add(listener)
    stream.addEventListener('close', () => this.#listeners.delete(listener))
    stream.addEventListener('message', () => stream.abort(new Error('it has nothing to say here')))
    stream.addEventListener('remoteCloseWrite', () => stream.abort(new Error('it wants to know no more')))
  }

  #holdsPlace(peer: PeerId): boolean {
    const { relay, connectionManager } = this.#components
    const isMember = this.#roster.whyNot(peer.toString()) === undefined
    return isMember && relay.reservations.has(peer) && connectionManager.getConnections(peer).length > 0
  }

  readonly #tellAll = (): void => {
    if (this.#listeners.size === 0) return
    const keys = [...this.#components.relay.reservations.keys()]
    const now = new Set(keys.filter((peer) => this.#holdsPlace(peer)).map(String))
    if (!isSame(now, this.#holding)) this.#holding = now
    for (const listener of this.#listeners) {
      if (!now.has(listener.peer.toString())) listener.stream.abort(new Error('it holds no place any more'))
      else if (!listener.isBusy && listener.told !== this.#holding) void this.#tell(listener, this.#holding)
    }
  }

  /** Never rejects. Whoever is slow is told of the outcome of many changes at once. */
  async #tell(listener: Listener, holding: ReadonlySet<string>): Promise<void> {
    const { peer, stream, writer, told = new Set() } = listener
    const here = [...holding].filter((each) => !told.has(each) && each !== peer.toString())
    const gone = [...told].filter((each) => !holding.has(each))
    const isNews = here.length > 0 || gone.length > 0 || listener.told === undefined
    listener.told = holding
    if (!isNews) return
    listener.isBusy = true
    try {
      await writer.places(here, gone)
    } catch (error) {
      this.#log('%p was not told of places - %e', peer, error)
      stream.abort(error as Error)
    } finally {
      listener.isBusy = false
    }
  }
}

function isSame(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((each) => b.has(each))
}
