import { type AbortOptions, type AuditEntry, type AuditSink, reasonOf } from '@branchline/audit-sink'
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
import { Alerts } from './delivery/alerts.ts'
import { Connecting, type Reach } from './delivery/connecting.ts'
import type { DeliveryContext } from './delivery/context.ts'
import { Heads } from './delivery/heads.ts'
import { Incoming } from './delivery/incoming.ts'
import type { What, Where } from './delivery/letter.ts'
import type { Marked } from './delivery/marks.ts'
import { Outgoing, type SendOptions } from './delivery/outgoing.ts'
import { Posting, type PostOptions } from './delivery/posting.ts'
import { recordUnrecorded } from './delivery/record-refusal.ts'
import { Refusals } from './delivery/refusals.ts'
import { TurnedAway } from './delivery/turned-away.ts'
import { MessengerError } from './errors.ts'
import { HoldingEmitter } from './holding-emitter.ts'
import { MAX_INBOUND_STREAMS, PROTOCOL, RECORD_TIMEOUT_MS } from './limits.ts'
import type { Delivery, MessageLedger, Posted, ReceivedMessage } from './messages.ts'
import {
  assertRoster,
  assertSink,
  type Messenger,
  type MessengerComponents,
  type MessengerEvents,
  type MessengerInit,
} from './messenger-init.ts'
import { parseName } from './name.ts'
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
  #posting: Posting | undefined
  readonly #alerts = new Alerts((detail) => this.safeDispatchEvent('alert', { detail }))
  readonly #turnedAway: TurnedAway
  readonly #spread: RosterSpread
  readonly #gate: RosterGate | undefined
  readonly #ledger: MessageLedger | undefined
  #topology: string | undefined
  readonly #connecting: Connecting
  /** Reading a peer ID takes a fifth of the time that sending a message does. */
  readonly #parsed = new Map<string, string>()

  constructor(init: MessengerInit, components: MessengerComponents) {
    super()
    this.#components = components
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

  readonly #onRoster = (): void => this.#outgoing?.rosterChanged()

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
    this.#outgoing?.greet(peer)
  }

  isStarted(): boolean {
    return this.#outgoing !== undefined
  }

  /** On record before the first peer is answered: a log that cannot be written keeps the messenger from starting. */
  async start(): Promise<void> {
    if (this.#outgoing !== undefined) return
    const why = this.#context.roster.whyNot(this.#context.self)
    if (why !== undefined) throw takesNoPart(why)
    await this.#recordSession('start')
    const heads = new Heads()
    this.#outgoing = new Outgoing({
      context: this.#context,
      onOutcome: (detail) => this.safeDispatchEvent('outcome', { detail }),
      heads,
      ledger: this.#ledger,
    })
    const { self, roster } = this.#context
    const author = { self, roster, parsePeer: (text: string) => this.#parsePeer(text) }
    this.#posting = new Posting(author, this.#outgoing, heads)
    this.#context.roster.addEventListener('change', this.#onRoster)
    this.#incoming = new Incoming({
      context: this.#context,
      onMessage: (detail) => this.#onMessage(detail, heads),
      onRefused: (from, error) => this.safeDispatchEvent('refused', { detail: { from, error } }),
      onTurnedAway: (from, error) => this.#turnedAway.note(from, error),
    })
    this.#gate?.addEventListener('refused', this.#onTurnedAway)
    const handle = (stream: Stream, connection: Connection): void => this.#incoming?.handle(stream, connection)
    const { registrar } = this.#components
    await registrar.handle(PROTOCOL, handle, { maxInboundStreams: MAX_INBOUND_STREAMS })
    this.#topology = await registrar.register(PROTOCOL, { onConnect: (peer) => this.#onConnect(peer.toString()) })
    await this.#spread.start()
  }

  #onMessage(detail: Recorded<ReceivedMessage>, heads: Heads): void {
    const { conversation, id, after, about } = detail.value
    if (conversation !== undefined) heads.take(conversation, id, after)
    this.#ledger?.take(detail.receipt, true)
    this.safeDispatchEvent('message', { detail })
    if (about.type === 'urgent') this.#alerts.raise(detail.value)
  }

  /** Before libp2p closes connections: receipts of what is being recorded still go out. */
  async beforeStop(): Promise<void> {
    const [outgoing, incoming] = [this.#outgoing, this.#incoming]
    if (outgoing === undefined) return
    this.#outgoing = undefined
    this.#incoming = undefined
    this.#posting = undefined
    this.#alerts.stop()
    this.#gate?.removeEventListener('refused', this.#onTurnedAway)
    this.#context.roster.removeEventListener('change', this.#onRoster)
    await this.#spread.stop()
    if (this.#topology !== undefined) this.#components.registrar.unregister(this.#topology)
    await this.#components.registrar.unhandle(PROTOCOL)
    await Promise.all([outgoing.close(), incoming?.close()])
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

  async send(to: PeerId | string, text: string | Uint8Array, options?: SendOptions): Promise<Delivery> {
    if (this.#outgoing === undefined) throw new MessengerError('MESSENGER_CLOSED', 'the messenger is not running')
    const bytes = typeof text === 'string' ? Buffer.from(text.toWellFormed()) : text
    return this.#outgoing.send(this.#parsePeer(to), bytes, options)
  }

  async post(where: PeerId | Where, what: What, options?: PostOptions): Promise<Posted> {
    if (this.#posting === undefined) throw new MessengerError('MESSENGER_CLOSED', 'the messenger is not running')
    return this.#posting.post(isPeerId(where) ? where.toString() : where, what, options)
  }

  async mark(messages: readonly Marked[], how: 'read' | 'acknowledged', options?: AbortOptions): Promise<void> {
    if (this.#posting === undefined) throw new MessengerError('MESSENGER_CLOSED', 'the messenger is not running')
    await this.#posting.mark(messages, how, options)
    if (how === 'acknowledged') this.#alerts.acknowledged(messages.map(({ id }) => id))
  }

  async takeRoster(signed: Uint8Array, { signal }: AbortOptions = {}): Promise<boolean> {
    signal?.throwIfAborted()
    if (this.#outgoing === undefined) throw new MessengerError('MESSENGER_CLOSED', 'the messenger is not running')
    return this.#spread.take(parseRoster(signed))
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

/** Ourselves. */
function takesNoPart({ code, message }: MessengerError): MessengerError {
  const whatToDo = code === 'MEMBER_UNKNOWN' ? '; give the director the code of "branchline join"' : ''
  return new MessengerError(code, `this device takes no part: ${message}${whatToDo}`)
}

async function readGenesis(audit: AuditSink): Promise<Uint8Array> {
  for await (const [entry] of audit.read({ from: 0, to: 1 })) if (entry?.seq === 0) return entry.line
  throw new MessengerError('AUDIT_UNAVAILABLE', 'the log has no record 0')
}
