import type { RelayReservation } from '@libp2p/circuit-relay-v2'
import type { Connection, Libp2p, PeerId } from '@libp2p/interface'
import type { RosterKeeper } from '../roster/keeper.ts'

export interface FreePlacesInit {
  readonly roster: RosterKeeper
  readonly reservations: Iterable<[PeerId, RelayReservation]> & { delete(peer: PeerId): unknown }
  readonly node: Pick<Libp2p, 'getConnections' | 'addEventListener' | 'removeEventListener'>
}

/**
 * libp2p keeps a place for two hours for whoever has gone, so that 256 who came and went would keep others out. A client
 * that comes back asks again, so its place is free when its last connection is gone, and when it was taken off the roster.
 */
export class FreePlaces {
  readonly #init: FreePlacesInit

  constructor(init: FreePlacesInit) {
    this.#init = init
    init.roster.addEventListener('change', this.#onChange)
    init.node.addEventListener('connection:close', this.#onClose)
  }

  stop(): void {
    this.#init.roster.removeEventListener('change', this.#onChange)
    this.#init.node.removeEventListener('connection:close', this.#onClose)
  }

  readonly #onChange = (): void => {
    for (const [peer, { signal }] of this.#init.reservations) {
      if (this.#init.roster.whyNot(peer.toString()) !== undefined) this.#free(peer, signal)
    }
  }

  readonly #onClose = ({ detail: { id, remotePeer } }: CustomEvent<Connection>): void => {
    if (this.#init.node.getConnections(remotePeer).some((each) => each.id !== id)) return
    for (const [peer, { signal }] of this.#init.reservations) if (peer.equals(remotePeer)) this.#free(peer, signal)
  }

  /** Its clock is stopped: else it would end whatever place the same client has in two hours. */
  #free(peer: PeerId, signal: RelayReservation['signal']): void {
    signal.clear()
    this.#init.reservations.delete(peer)
  }
}
