import type { AbortOptions, AuditEntry, AuditSink } from '@branchline/audit-sink'
import {
  type Connection,
  isPeerId,
  type PeerId,
  serviceCapabilities,
  serviceDependencies,
  type Startable,
  type Stream,
} from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { Connecting, type Reach } from './delivery/connecting.ts'
import type { DeliveryContext } from './delivery/context.ts'
import { Delivery } from './delivery/delivery.ts'
import type { What, Where } from './delivery/letter.ts'
import type { Marked } from './delivery/marks.ts'
import type { SendOptions } from './delivery/outgoing.ts'
import { ParsedPeers } from './delivery/parsed-peers.ts'
import type { OnRecord } from './delivery/pass-on.ts'
import type { PassOnOptions, PostOptions } from './delivery/posting.ts'
import { recordUnrecorded } from './delivery/record-refusal.ts'
import { Refusals } from './delivery/refusals.ts'
import { TurnedAway } from './delivery/turned-away.ts'
import { MessengerError } from './errors.ts'
import { HoldingEmitter } from './holding-emitter.ts'
import { MAX_INBOUND_STREAMS, PROTOCOL, RECORD_TIMEOUT_MS } from './limits.ts'
import type { Delivery as Delivered, MessageLedger, Posted } from './messages.ts'
import {
  assertRoster,
  assertSink,
  type Messenger,
  type MessengerComponents,
  type MessengerEvents,
  type MessengerInit,
} from './messenger-init.ts'
import { parseName } from './name.ts'
import type { QueueFile } from './queue/queue-file.ts'
import type { Queued } from './queue/queued.ts'
import { Recorded } from './recorded.ts'
import { rosterEntry } from './roster/entry.ts'
import type { RosterGate, RosterGateEvents } from './roster/gate.ts'
import { parseRoster, type Roster } from './roster/roster.ts'
import { RosterSpread } from './spread/roster-spread.ts'

/**
 * The messenger as a libp2p service: `createLibp2p({ connectionGater: gate, services: { messenger: messenger({ audit,
 * roster, gate }) } })` with `gate = new RosterGate({ roster })`. Whoever holds the node can also dial past it;
 * `createMessenger` hides the node.
 * @throws MessengerError AUDIT_SINK_MISSING, ROSTER_MISSING, NAME_INVALID
 */
export function messenger(init: MessengerInit): (components: MessengerComponents) => Messenger {
  assertSink(init?.audit)
  assertRoster(init.roster)
  const name = init.name === undefined ? undefined : parseName(init.name)
  return (components) => new MessengerService({ ...init, name }, components)
}

class MessengerService extends HoldingEmitter<MessengerEvents> implements Messenger, Startable {
  readonly [Symbol.toStringTag] = '@branchline/messenger'
  readonly [serviceCapabilities]: string[] = ['@branchline/messenger']
  /** Without encryption there is no proof of who is at the other end, so libp2p refuses to start. */
  readonly [serviceDependencies]: string[] = ['@libp2p/connection-encryption']

  readonly #components: MessengerComponents
  readonly #context: DeliveryContext & { stopped: MessengerError | undefined }
  #genesis: Promise<Uint8Array> | undefined
  #delivery: Delivery | undefined
  readonly #turnedAway: TurnedAway
  readonly #spread: RosterSpread
  readonly #gate: RosterGate | undefined
  readonly #ledger: MessageLedger | undefined
  readonly #queueFile: QueueFile | undefined
  #topology: string | undefined
  readonly #connecting: Connecting
  readonly #peers: ParsedPeers

  constructor(init: MessengerInit, components: MessengerComponents) {
    super()
    this.#components = components
    this.#peers = new ParsedPeers(components.peerId.toString())
    const { roster, directors = [] } = init
    const self = components.peerId.toString()
    this.#context = {
      sink: init.audit,
      roster,
      self,
      name: init.name ?? roster.member(self)?.name,
      get directors() {
        return [...directors, ...roster.current.directors]
      },
      recordTimeoutMs: init.recordTimeoutMs ?? RECORD_TIMEOUT_MS,
      log: components.logger.forComponent('branchline:messenger'),
      openStream: (peer, signal) => this.#openStream(peer, signal),
      genesis: () => this.#readGenesis(init.audit),
      refusals: new Refusals(),
      stopped: undefined,
      stop: (error) => this.#stopFor(error),
      auditFailed: (error) => this.safeDispatchEvent('audit:failed', { detail: { error } }),
    }
    this.#turnedAway = new TurnedAway(this.#context, (from, error) => {
      this.safeDispatchEvent('refused', { detail: { from, error } })
    })
    this.#gate = init.gate
    this.#ledger = init.ledger
    this.#queueFile = init.queue
    const { connectionManager } = components
    const dial: Reach = async (peer, signal) => connectionManager.openConnection(peerIdFromString(peer), { signal })
    this.#connecting = new Connecting(init.reach ?? dial)
    this.#spread = this.#newSpread(init)
  }

  #newSpread({ roster, gate }: MessengerInit): RosterSpread {
    const { registrar, connectionManager } = this.#components
    return new RosterSpread({
      roster,
      registrar,
      connectionManager,
      log: this.#context.log,
      record: (taken, from) => this.#recordRoster(taken, from),
      onRefused: (from, error) => {
        if (error.code.startsWith('AUDIT_')) this.#context.auditFailed(error)
        else this.#turnedAway.note(from, error)
      },
      onFailed: (error) => this.#context.auditFailed(error),
      isAdmitted: (peer) => gate?.admits(peer) ?? roster.whyNot(peer) === undefined,
      isAlone: gate !== undefined,
    })
  }

  async #recordRoster(roster: Roster, from: string | undefined): Promise<void> {
    const { sink, self, recordTimeoutMs } = this.#context
    await Recorded.mint(sink, rosterEntry(self, roster, from), () => undefined, { timeoutMs: recordTimeoutMs })
  }

  readonly #onRoster = (): void => this.#delivery?.rosterChanged()

  readonly #onTurnedAway = ({ detail: { from, error } }: RosterGateEvents['refused']): void => {
    this.#turnedAway.note(from, error)
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
    const connection = await this.#connecting.connect(peer, signal)
    return connection.newStream(PROTOCOL, { signal })
  }

  #onConnect(peer: string): void {
    this.#connecting.arrived(peer)
    this.#delivery?.greet(peer)
  }

  isStarted(): boolean {
    return this.#delivery !== undefined
  }

  /** On record before the first peer is answered: a log that cannot be written keeps the messenger from starting. */
  async start(): Promise<void> {
    if (this.#delivery !== undefined) return
    const why = this.#context.roster.whyNot(this.#context.self)
    if (why !== undefined) throw takesNoPart(why)
    await this.#recordSession('start')
    this.#delivery = this.#newDelivery()
    this.#context.roster.addEventListener('change', this.#onRoster)
    this.#gate?.addEventListener('refused', this.#onTurnedAway)
    const handle = (stream: Stream, connection: Connection): void => this.#delivery?.handle(stream, connection)
    const { registrar } = this.#components
    await registrar.handle(PROTOCOL, handle, { maxInboundStreams: MAX_INBOUND_STREAMS })
    this.#topology = await registrar.register(PROTOCOL, { onConnect: (peer) => this.#onConnect(peer.toString()) })
    await this.#spread.start()
  }

  #newDelivery(): Delivery {
    return new Delivery({
      context: this.#context,
      parsePeer: (text) => this.#peers.parse(text),
      ledger: this.#ledger,
      queue: this.#queueFile,
      onMessage: (detail) => this.safeDispatchEvent('message', { detail }),
      onAlert: (detail) => this.safeDispatchEvent('alert', { detail }),
      onOutcome: (detail) => this.safeDispatchEvent('outcome', { detail }),
      onRefused: (from, error) => this.safeDispatchEvent('refused', { detail: { from, error } }),
      onTurnedAway: (from, error) => this.#turnedAway.note(from, error),
      onQueueRecorded: (draft, posted) => this.safeDispatchEvent('queue:recorded', { detail: { draft, ...posted } }),
      onQueueRefused: (queued, error) => this.safeDispatchEvent('queue:refused', { detail: { queued, error } }),
    })
  }

  /** Before libp2p closes connections: receipts of what is being recorded still go out. */
  async beforeStop(): Promise<void> {
    const delivery = this.#delivery
    if (delivery === undefined) return
    this.#delivery = undefined
    this.#gate?.removeEventListener('refused', this.#onTurnedAway)
    this.#context.roster.removeEventListener('change', this.#onRoster)
    await this.#spread.stop()
    if (this.#topology !== undefined) this.#components.registrar.unregister(this.#topology)
    await this.#components.registrar.unhandle(PROTOCOL)
    await delivery.close()
    await this.#recordEnd().catch((error: unknown) => this.#context.auditFailed(error))
  }

  async stop(): Promise<void> {
    await this.beforeStop()
  }

  async #recordEnd(): Promise<void> {
    await recordUnrecorded(this.#context)
    await this.#recordSession('stop')
  }

  async #recordSession(event: 'start' | 'stop'): Promise<void> {
    const { sink, self, name, roster, recordTimeoutMs } = this.#context
    const inForce = { roster: roster.current.serial, 'roster-sha256': roster.hash }
    const more = event === 'start' ? { ...(name !== undefined && { name }), ...inForce } : {}
    const entry: AuditEntry = { kind: 'session', actor: self, detail: { event, ...more } }
    await Recorded.mint(sink, entry, () => undefined, { timeoutMs: recordTimeoutMs })
  }

  async send(to: PeerId | string, text: string | Uint8Array, options?: SendOptions): Promise<Delivered> {
    const delivery = this.#running()
    const bytes = typeof text === 'string' ? Buffer.from(text.toWellFormed()) : text
    return delivery.send(this.#peers.parse(to.toString()), bytes, options)
  }

  async post(where: PeerId | Where, what: What, options?: PostOptions): Promise<Posted> {
    return this.#running().post(placeOf(where), what, options)
  }

  async passOn(message: OnRecord, where: PeerId | Where, options?: PassOnOptions): Promise<Posted> {
    return this.#running().passOn(message, placeOf(where), options)
  }

  async mark(messages: readonly Marked[], how: 'read' | 'acknowledged', options?: AbortOptions): Promise<void> {
    return this.#running().mark(messages, how, options)
  }

  queued(): Queued[] {
    return this.#delivery?.queued() ?? []
  }

  async discard(draft: string): Promise<void> {
    return this.#running().discard(draft)
  }

  async takeRoster(signed: Uint8Array, { signal }: AbortOptions = {}): Promise<boolean> {
    signal?.throwIfAborted()
    this.#running()
    return this.#spread.take(parseRoster(signed))
  }

  #running(): Delivery {
    if (this.#delivery !== undefined) return this.#delivery
    throw new MessengerError('MESSENGER_CLOSED', 'the messenger is not running')
  }
}

function placeOf(where: PeerId | Where): Where {
  return isPeerId(where) ? where.toString() : where
}

/** Ourselves. */
function takesNoPart({ code, message }: MessengerError): MessengerError {
  const whatToDo = code === 'MEMBER_UNKNOWN' ? '; give the director the code of "branchline join"' : ''
  return new MessengerError(code, `this device takes no part: ${message}${whatToDo}`)
}

async function readGenesis(audit: AuditSink): Promise<Uint8Array> {
  for await (const [entry] of audit.read({ from: 0, to: 1 })) if (entry?.seq === 0) return entry.line
  throw new MessengerError('AUDIT_UNAVAILABLE', 'the log has no record 0')
}
