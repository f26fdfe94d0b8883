import type { Connection, PeerId, Stream, Topology } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import type { MessengerComponents } from '../../src/messenger-init.ts'
import { silentLogger } from '../silent-logger.ts'
import { type Machine, on } from './machine.ts'
import type { ConnectionEnd } from './sim-connection.ts'
import type { Network } from './network.ts'
import type { SimStream } from './sim-stream.ts'

type Handler = (stream: Stream, connection: Connection) => void

/** One process: as much of a libp2p node as a messenger uses. */
export class Host {
  readonly peer: string
  readonly peerId: PeerId
  readonly machine: Machine
  isAlive = true
  readonly ends = new Set<ConnectionEnd>()
  readonly #network: Network
  readonly #handlers = new Map<string, { readonly handler: Handler; readonly max: number }>()
  readonly #topologies = new Map<string, Topology>()
  #registered = 0

  constructor(network: Network, peer: string, machine: Machine) {
    this.#network = network
    this.machine = machine
    this.peer = peer
    this.peerId = peerIdFromString(peer)
  }

  get components(): MessengerComponents {
    const registrar = {
      handle: async (protocol: string, handler: Handler, { maxInboundStreams = 32 } = {}) => {
        this.#handlers.set(protocol, { handler, max: maxInboundStreams })
      },
      unhandle: async (protocol: string) => void this.#handlers.delete(protocol),
      register: async (_: string, topology: Topology) => {
        const id = String(this.#registered++)
        this.#topologies.set(id, topology)
        for (const end of this.ends) void topology.onConnect?.(end.remotePeer, end.asConnection())
        return id
      },
      unregister: (id: string) => void this.#topologies.delete(id),
    }
    const connectionManager = {
      openConnection: async (peer: PeerId, { signal }: { readonly signal?: AbortSignal } = {}) =>
        this.#open(peer.toString(), signal),
      getConnections: (peer?: PeerId) =>
        [...this.ends].filter(({ remotePeer }) => peer === undefined || remotePeer.equals(peer)),
    }
    return {
      peerId: this.peerId,
      registrar,
      connectionManager,
      logger: silentLogger(),
    } as unknown as MessengerComponents
  }

  async #open(peer: string, signal: AbortSignal | undefined): Promise<ConnectionEnd> {
    if (!this.isAlive) return new Promise(() => undefined)
    const there = [...this.ends].find(({ remotePeer }) => remotePeer.toString() === peer)
    return there ?? this.#network.dial(this, peer, signal)
  }

  connected(end: ConnectionEnd): void {
    this.ends.add(end)
    for (const topology of this.#topologies.values()) {
      on(this.machine, () => void topology.onConnect?.(end.remotePeer, end.asConnection()))
    }
  }

  disconnected(end: ConnectionEnd): void {
    this.ends.delete(end)
    if (!this.isAlive) return
    for (const topology of this.#topologies.values())
      on(this.machine, () => void topology.onDisconnect?.(end.remotePeer))
  }

  /** @returns whether somebody here takes such streams, and so many */
  accept(stream: SimStream, end: ConnectionEnd): boolean {
    const place = this.#handlers.get(stream.protocol)
    const here = [...end.inbound].filter(({ protocol }) => protocol === stream.protocol).length
    if (place === undefined || here > place.max || !this.isAlive) return false
    stream.ack()
    place.handler(stream.asStream(), end.asConnection())
    return true
  }

  close(): void {
    for (const end of this.ends) end.abort()
  }
}
