import type { AbortOptions, Hash } from '@branchline/audit-sink'
import type { Identify } from '@libp2p/identify'
import type { PeerId } from '@libp2p/interface'
import type { Libp2p } from 'libp2p'
import type { TypedEventTarget } from 'main-event'
import type { What, Where } from './delivery/letter.ts'
import type { Marked } from './delivery/marks.ts'
import type { SendOptions } from './delivery/outgoing.ts'
import type { OnRecord } from './delivery/pass-on.ts'
import type { PassOnOptions, PostOptions } from './delivery/posting.ts'
import type { ProbeFacts, ProbeTarget } from './doctor/facts.ts'
import type { Probes } from './doctor/probes.ts'
import { MessengerError } from './errors.ts'
import type { FileProgress } from './files/context.ts'
import type { Files, FilesEvents, OfferOptions, OfferPosted } from './files/files-api.ts'
import type { FileSource } from './files/original.ts'
import type { History } from './history/history.ts'
import type { LiveHistory } from './history/live-history.ts'
import { HoldingEmitter } from './holding-emitter.ts'
import type { Delivery, Outcome, Posted, ReceivedMessage } from './messages.ts'
import type { Messenger, MessengerEvents } from './messenger-init.ts'
import type { Colleague, ColleagueEvents } from './network/colleague.ts'
import type { Colleagues } from './network/colleagues.ts'
import type { Lan } from './network/lan/lan.ts'
import type { Places } from './network/places.ts'
import type { RelayReservations } from './network/relays.ts'
import type { OwnPresence, Presence } from './presence/presence.ts'
import type { Queued } from './queue/queued.ts'
import type { Recorded } from './recorded.ts'
import { type EventOf, type EventStream, StreamOf } from './stream-of.ts'

const MESSENGER_EVENTS = [
  'message',
  'alert',
  'outcome',
  'queue:recorded',
  'queue:refused',
  'audit:failed',
  'refused',
] as const
const COLLEAGUE_EVENTS = ['colleague:here', 'colleague:found', 'colleague:gone', 'colleague:presence'] as const
const FILE_EVENTS = ['file:offered', 'file:progress', 'file:arrived', 'file:failed'] as const
/** The events of a messenger, each as a `CustomEvent`. */
export type HostedEvents = MessengerEvents & ColleagueEvents & FilesEvents

/** A messenger with a libp2p node of its own, which it keeps to itself: there is no way past the record. */
export interface HostedMessenger
  extends Pick<Messenger, 'send' | 'post' | 'passOn' | 'mark' | 'queued' | 'discard' | 'takeRoster'>,
    Pick<Files, 'offer' | 'accept' | 'decline' | 'withdraw'>,
    TypedEventTarget<HostedEvents>,
    AsyncDisposable {
  readonly peerId: string
  /** What we are called. */
  readonly name: string | undefined
  /** What was said, and what became of it; it closes with the messenger. */
  readonly history: Omit<History, 'follow'>
  /** Where others can reach us, each with our peer ID. */
  addresses(): string[]
  colleagues(): Colleague[]
  /**
   * Events of these types as an async iterable, in the order in which they come, from the call on: `for await (const
   * { type, detail } of messenger.events(['message', 'outcome'], { signal }))`. It ends when the messenger is closed, and
   * holds at most 1,024 that were not read.
   * @throws MessengerError READER_TOO_SLOW, to whoever reads on; what the signal aborts with
   */
  events<T extends keyof HostedEvents>(
    types: readonly T[],
    options?: AbortOptions,
  ): EventStream<EventOf<HostedEvents, T>>
  /**
   * Tells colleagues who are connected that we are here, busy or away, until it is called again; 'here' before that.
   * Nothing of it goes on record (spec/presence.md section 4). At most one change leaves in five seconds, and 50 in an
   * hour; of what is said meanwhile the last leaves after that.
   * @throws TypeError for anything else
   */
  presence(state: OwnPresence): void
  /** Peer IDs of the relays that hold a place for us. */
  relays(): string[]
  /**
   * Finds out how it is with peers, for `examine` in a process beside this one (`@branchline/core/doctor`).
   * @returns one for each, in their order; what came of it is in the facts
   */
  probe(targets: readonly ProbeTarget[], options?: AbortOptions): Promise<ProbeFacts[]>
  /**
   * Says that we leave, ends what is under way, records the end of the session and closes the node; the audit sink stays
   * open.
   */
  close(): Promise<void>
}

type Services = {
  identify: Identify
  messenger: Messenger
  lan: Lan
  colleagues: Colleagues
  relays: RelayReservations
  probes: Probes
  places: Places
  presence: Presence
  /** Where a place for files was given. */
  files?: Files
}

export type HostedNode = Libp2p<Services & Record<string, unknown>>

export class Hosted extends HoldingEmitter<HostedEvents> implements HostedMessenger {
  readonly peerId: string
  readonly name: string | undefined
  readonly history: LiveHistory
  readonly #node: HostedNode
  readonly #streams = new Set<{ end(): void }>()
  #closing: Promise<void> | undefined
  #isClosed = false

  constructor(node: HostedNode, name: string | undefined, history: LiveHistory) {
    super()
    this.history = history
    this.name = name
    this.#node = node
    this.peerId = node.peerId.toString()
    const { messenger, colleagues, files } = node.services
    for (const type of MESSENGER_EVENTS) messenger.addEventListener(type, this.#forward)
    for (const type of COLLEAGUE_EVENTS) colleagues.addEventListener(type, this.#forward)
    for (const type of FILE_EVENTS) files?.addEventListener(type, this.#forward)
  }

  readonly #forward = ({ type, detail }: CustomEvent): void => {
    const { colleagues } = this.#node.services
    if (type === 'message') colleagues.used((detail as Recorded<ReceivedMessage>).value.from)
    if (type === 'outcome') colleagues.used((detail as Outcome).to)
    if (type === 'file:progress') colleagues.used((detail as FileProgress).peer)
    this.safeDispatchEvent(type as keyof HostedEvents, { detail })
  }

  events<T extends keyof HostedEvents>(
    types: readonly T[],
    options: AbortOptions = {},
  ): EventStream<EventOf<HostedEvents, T>> {
    const stream = new StreamOf<HostedEvents, T>(this, types, options, (ended) => this.#streams.delete(ended))
    if (this.#isClosed) stream.end()
    else this.#streams.add(stream)
    return stream
  }

  async send(to: PeerId | string, text: string | Uint8Array, options?: SendOptions): Promise<Delivery> {
    this.#node.services.colleagues.used(to.toString())
    this.#node.services.files?.hush()
    return this.#node.services.messenger.send(to, text, options)
  }

  async post(where: PeerId | Where, what: What, options?: PostOptions): Promise<Posted> {
    this.#node.services.files?.hush()
    return this.#node.services.messenger.post(where, what, options)
  }

  async passOn(message: OnRecord, where: PeerId | Where, options?: PassOnOptions): Promise<Posted> {
    this.#node.services.files?.hush()
    return this.#node.services.messenger.passOn(message, where, options)
  }

  async mark(messages: readonly Marked[], how: 'read' | 'acknowledged', options?: AbortOptions): Promise<void> {
    return this.#node.services.messenger.mark(messages, how, options)
  }

  queued(): Queued[] {
    return this.#node.services.messenger.queued()
  }

  async discard(draft: string): Promise<void> {
    return this.#node.services.messenger.discard(draft)
  }

  async offer(where: PeerId | Where, file: FileSource, options?: OfferOptions): Promise<OfferPosted> {
    return this.#files.offer(where, file, options)
  }

  async accept(id: Hash, options?: PostOptions): Promise<Posted> {
    return this.#files.accept(id, options)
  }

  async decline(id: Hash, options?: PostOptions): Promise<Posted> {
    return this.#files.decline(id, options)
  }

  async withdraw(id: Hash, options?: PostOptions): Promise<Posted> {
    return this.#files.withdraw(id, options)
  }

  get #files(): Files {
    const { files } = this.#node.services
    if (files !== undefined) return files
    throw new MessengerError('FILE_STORE_MISSING', 'this messenger has no place for files: pass { files: { folder } }')
  }

  async takeRoster(signed: Uint8Array, options?: AbortOptions): Promise<boolean> {
    return this.#node.services.messenger.takeRoster(signed, options)
  }

  addresses(): string[] {
    return this.#node.getMultiaddrs().map(String)
  }

  colleagues(): Colleague[] {
    return this.#node.services.colleagues.list()
  }

  presence(state: OwnPresence): void {
    this.#node.services.presence.set(state)
  }

  relays(): string[] {
    return this.#node.services.relays.reserved()
  }

  async probe(targets: readonly ProbeTarget[], options: AbortOptions = {}): Promise<ProbeFacts[]> {
    return this.#node.services.probes.probe(targets, options.signal ?? new AbortController().signal)
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    try {
      await this.#node.stop()
      await this.history[Symbol.asyncDispose]()
    } finally {
      this.#isClosed = true
      for (const stream of this.#streams) stream.end()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}
