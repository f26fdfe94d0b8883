import { type AuditEntry, type AuditSink, reasonOf } from '@branchline/audit-sink'
import {
  type ComponentLogger,
  type Connection,
  type PeerId,
  serviceCapabilities,
  serviceDependencies,
  type Startable,
  type Stream,
} from '@libp2p/interface'
import type { ConnectionManager, Registrar } from '@libp2p/interface-internal'
import { peerIdFromString } from '@libp2p/peer-id'
import type { TypedEventTarget } from 'main-event'
import type { DeliveryContext } from './delivery/context.ts'
import { Incoming } from './delivery/incoming.ts'
import { Outgoing, type SendOptions } from './delivery/outgoing.ts'
import { MessengerError } from './errors.ts'
import { HoldingEmitter } from './holding-emitter.ts'
import { MAX_INBOUND_STREAMS, PROTOCOL, RECORD_TIMEOUT_MS } from './limits.ts'
import type { Delivery, ReceivedMessage } from './messages.ts'
import { parseName } from './name.ts'
import { Recorded } from './recorded.ts'

export interface MessengerInit {
  /** Where every message is recorded before it is sent, and before it is shown. There is no default. */
  readonly audit: AuditSink
  /** What we are called; told to peers and recorded with each message. */
  readonly name?: string | undefined
  /**
   * Verifier keys of the library's directors: by their signed word the log of a colleague may go on where it would not
   * else be believed (spec/audit-log.md section 12).
   */
  readonly directors?: readonly string[] | undefined
  /** How long the audit sink may take over one record. */
  readonly recordTimeoutMs?: number
}

export interface MessengerComponents {
  readonly peerId: PeerId
  readonly registrar: Registrar
  readonly connectionManager: ConnectionManager
  readonly logger: ComponentLogger
}

/** The events of a type wait, at most 1,024 of them, until somebody listens for it. */
export interface MessengerEvents {
  /** A message has come, and its record is durable. */
  message: CustomEvent<Recorded<ReceivedMessage>>
  /** The record could not be kept: nothing is sent, shown or acknowledged until that is mended. */
  'audit:failed': CustomEvent<{ readonly error: unknown }>
  /** A peer sent something that was refused; spec/wire.md has the codes. */
  refused: CustomEvent<{ readonly from: string; readonly error: MessengerError }>
}

export interface Messenger extends TypedEventTarget<MessengerEvents> {
  /**
   * Records the text, sends it, and resolves when the peer's receipt has come and is on record, too: the peer's own
   * record of the message is then durable. A message leaves only when its record is durable. An abort counts until
   * then; afterwards the message cannot be called back.
   * @param to - peer ID
   * @param text - 1 to 32,768 bytes of UTF-8
   * @throws MessengerError. Nothing was sent: MESSAGE_EMPTY, MESSAGE_TOO_LARGE, PEER_INVALID, PEER_UNREACHABLE, BUSY,
   *   AUDIT_UNAVAILABLE, AUDIT_RECEIPT_WRONG, MESSENGER_CLOSED. On record, and perhaps there: NOT_CONFIRMED.
   *   On record, and not taken: REFUSED.
   */
  send(to: PeerId | string, text: string | Uint8Array, options?: SendOptions): Promise<Delivery>
}

/**
 * The messenger as a libp2p service: `createLibp2p({ services: { messenger: messenger({ audit }) } })`. Whoever holds
 * the node can also dial past it; `createMessenger` hides the node.
 * @throws MessengerError AUDIT_SINK_MISSING, NAME_INVALID
 */
export function messenger(init: MessengerInit): (components: MessengerComponents) => Messenger {
  assertSink(init?.audit)
  const name = init.name === undefined ? undefined : parseName(init.name)
  return (components) => new MessengerService({ ...init, name }, components)
}

function assertSink(audit: AuditSink | undefined): void {
  if (typeof audit?.append !== 'function' || typeof audit.read !== 'function' || typeof audit.lookup !== 'function') {
    const message = 'a messenger needs an audit sink: pass { audit: await auditLog({ … }) } of @branchline/audit-sink'
    throw new MessengerError('AUDIT_SINK_MISSING', message)
  }
}

const MAX_PARSED_PEERS = 1_024

class MessengerService extends HoldingEmitter<MessengerEvents> implements Messenger, Startable {
  readonly [Symbol.toStringTag] = '@branchline/messenger'
  readonly [serviceCapabilities]: string[] = ['@branchline/messenger']
  /** Without encryption there is no proof of who is at the other end, so libp2p refuses to start. */
  readonly [serviceDependencies]: string[] = ['@libp2p/connection-encryption']

  readonly #components: MessengerComponents
  readonly #context: DeliveryContext & { stopped: MessengerError | undefined }
  #genesis: Promise<Uint8Array> | undefined
  #outgoing: Outgoing | undefined
  #incoming: Incoming | undefined
  #topology: string | undefined
  /** Who waits for a connection, by peer. */
  readonly #arrivals = new Map<string, Set<() => void>>()
  /** Reading a peer ID takes a fifth of the time that sending a message does. */
  readonly #parsed = new Map<string, string>()

  constructor(init: MessengerInit, components: MessengerComponents) {
    super()
    this.#components = components
    this.#context = {
      sink: init.audit,
      self: components.peerId.toString(),
      name: init.name,
      directors: init.directors ?? [],
      recordTimeoutMs: init.recordTimeoutMs ?? RECORD_TIMEOUT_MS,
      log: components.logger.forComponent('branchline:messenger'),
      openStream: (peer, signal) => this.#openStream(peer, signal),
      genesis: () => this.#readGenesis(init.audit),
      stopped: undefined,
      stop: (error) => this.#stopFor(error),
      auditFailed: (error) => this.safeDispatchEvent('audit:failed', { detail: { error } }),
    }
  }

  /** Read once, unless that failed. */
  async #readGenesis(audit: AuditSink): Promise<Uint8Array> {
    this.#genesis ??= readGenesis(audit)
    try {
      return await this.#genesis
    } catch (error) {
      this.#genesis = undefined
      throw error
    }
  }

  #stopFor(error: MessengerError): void {
    if (this.#context.stopped !== undefined) return
    this.#context.stopped = error
    this.#context.auditFailed(error)
  }

  async #openStream(peer: string, signal: AbortSignal): Promise<Stream> {
    const connection = await this.#connect(peer, signal)
    return connection.newStream(PROTOCOL, { signal })
  }

  /** A dial to where they were may take long; when they come by themselves meanwhile, it is not waited for. */
  async #connect(peer: string, signal: AbortSignal): Promise<Connection> {
    const dial = async (): Promise<Connection> =>
      this.#components.connectionManager.openConnection(peerIdFromString(peer), { signal })
    const arrival = Promise.withResolvers<void>()
    const arrivals = this.#arrivals.get(peer) ?? new Set()
    this.#arrivals.set(peer, arrivals.add(arrival.resolve))
    try {
      return await Promise.race([dial(), arrival.promise.then(dial)])
    } finally {
      arrivals.delete(arrival.resolve)
      if (arrivals.size === 0) this.#arrivals.delete(peer)
    }
  }

  #onConnect(peer: string): void {
    for (const arrived of this.#arrivals.get(peer) ?? []) arrived()
    this.#outgoing?.greet(peer)
  }

  isStarted(): boolean {
    return this.#outgoing !== undefined
  }

  /** On record before the first peer is answered: a log that cannot be written keeps the messenger from starting. */
  async start(): Promise<void> {
    if (this.#outgoing !== undefined) return
    await this.#recordSession('start')
    this.#outgoing = new Outgoing(this.#context)
    this.#incoming = new Incoming({
      context: this.#context,
      onMessage: (detail) => this.safeDispatchEvent('message', { detail }),
      onRefused: (from, error) => this.safeDispatchEvent('refused', { detail: { from, error } }),
    })
    const handle = (stream: Stream, connection: Connection): void => this.#incoming?.handle(stream, connection)
    const { registrar } = this.#components
    await registrar.handle(PROTOCOL, handle, { maxInboundStreams: MAX_INBOUND_STREAMS })
    this.#topology = await registrar.register(PROTOCOL, { onConnect: (peer) => this.#onConnect(peer.toString()) })
  }

  /** Before libp2p closes connections: receipts of what is being recorded still go out. */
  async beforeStop(): Promise<void> {
    const [outgoing, incoming] = [this.#outgoing, this.#incoming]
    if (outgoing === undefined) return
    this.#outgoing = undefined
    this.#incoming = undefined
    if (this.#topology !== undefined) this.#components.registrar.unregister(this.#topology)
    await this.#components.registrar.unhandle(PROTOCOL)
    await Promise.all([outgoing.close(), incoming?.close()])
    await this.#recordSession('stop').catch((error: unknown) => this.#context.auditFailed(error))
  }

  async stop(): Promise<void> {
    await this.beforeStop()
  }

  async #recordSession(event: 'start' | 'stop'): Promise<void> {
    const { sink, self, name, recordTimeoutMs } = this.#context
    const entry: AuditEntry = { kind: 'session', actor: self, detail: { event, ...(name !== undefined && { name }) } }
    await Recorded.mint(sink, entry, () => undefined, { timeoutMs: recordTimeoutMs })
  }

  async send(to: PeerId | string, text: string | Uint8Array, options?: SendOptions): Promise<Delivery> {
    if (this.#outgoing === undefined) throw new MessengerError('MESSENGER_CLOSED', 'the messenger is not running')
    const bytes = typeof text === 'string' ? Buffer.from(text.toWellFormed()) : text
    return this.#outgoing.send(this.#parsePeer(to), bytes, options)
  }

  #parsePeer(to: PeerId | string): string {
    const text = to.toString()
    let peer = this.#parsed.get(text)
    if (peer === undefined) {
      peer = this.#parseNewPeer(text)
      if (this.#parsed.size === MAX_PARSED_PEERS) this.#parsed.clear()
      this.#parsed.set(text, peer)
    }
    return peer
  }

  #parseNewPeer(text: string): string {
    let peer: string
    try {
      peer = peerIdFromString(text).toString()
    } catch (cause) {
      throw new MessengerError('PEER_INVALID', `not a peer ID: ${reasonOf(cause)}`, { cause })
    }
    if (peer === this.#context.self) throw new MessengerError('PEER_INVALID', 'that is yourself')
    return peer
  }
}

async function readGenesis(audit: AuditSink): Promise<Uint8Array> {
  for await (const [entry] of audit.read({ from: 0, to: 1 })) if (entry?.seq === 0) return entry.line
  throw new MessengerError('AUDIT_UNAVAILABLE', 'the log has no record 0')
}
