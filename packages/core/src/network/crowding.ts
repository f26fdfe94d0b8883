import type { Connection, Libp2pEvents, Startable, StreamCloseEvent } from '@libp2p/interface'
import type { ConnectionManager } from '@libp2p/interface-internal'
import type { TypedEventTarget } from 'main-event'
import { MessengerError } from '../errors.ts'
import { MAX_CONNECTIONS_OF_PEER } from '../limits.ts'
import type { RosterGate } from '../roster/gate.ts'

export interface CrowdingComponents {
  readonly connectionManager: Pick<ConnectionManager, 'getConnections'>
  readonly events: TypedEventTarget<Libp2pEvents>
}

/** One member must not take the room of all others: of their connections the oldest go, and what ended one is told. */
export function crowding(gate: RosterGate): (components: CrowdingComponents) => Startable {
  return ({ events, connectionManager }) => {
    const onOpen = ({ detail }: CustomEvent<Connection>): void => {
      const { remotePeer } = detail
      const tell = ({ error }: StreamCloseEvent): void => {
        if (error instanceof MessengerError && error.code === 'PEER_FLOODS') gate.refuse(remotePeer, error)
      }
      detail.addEventListener('close', tell)
      const all = connectionManager.getConnections(remotePeer).toSorted((a, b) => a.timeline.open - b.timeline.open)
      for (const connection of all.slice(0, Math.max(0, all.length - MAX_CONNECTIONS_OF_PEER))) {
        connection.abort(
          new MessengerError('PEER_FLOODS', `a peer has more than ${MAX_CONNECTIONS_OF_PEER} connections`),
        )
      }
    }
    return {
      start: () => events.addEventListener('connection:open', onOpen),
      stop: () => events.removeEventListener('connection:open', onOpen),
    }
  }
}
