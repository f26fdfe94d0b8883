import type { AbortOptions } from '@branchline/audit-sink'
import type { Connection, Stream } from '@libp2p/interface'
import { MessengerError } from '../errors.ts'
import type { Delivery as Delivered, MessageLedger, Outcome, Posted, ReceivedMessage } from '../messages.ts'
import type { QueueFile } from '../queue/queue-file.ts'
import type { Queued } from '../queue/queued.ts'
import type { Recorded } from '../recorded.ts'
import { type Alert, type AlertEvent, Alerts } from './alerts.ts'
import type { DeliveryContext } from './context.ts'
import { Heads } from './heads.ts'
import { Incoming } from './incoming.ts'
import type { Author, What, Where } from './letter.ts'
import type { Marked } from './marks.ts'
import { Outgoing, type SendOptions } from './outgoing.ts'
import { type OnRecord, passedOn } from './pass-on.ts'
import { type PassOnOptions, Posting, type PostOptions, type Waiting } from './posting.ts'
import { ledgers, Unacknowledged } from './unacknowledged.ts'

export interface DeliveryInit {
  readonly context: DeliveryContext
  readonly parsePeer: Author['parsePeer']
  readonly ledger: MessageLedger | undefined
  readonly queue: QueueFile | undefined
  /** Called once a message, and only when its record is durable. */
  readonly onMessage: (message: Recorded<ReceivedMessage>) => void
  readonly onAlert: (event: AlertEvent) => void
  readonly onOutcome: (outcome: Outcome) => void
  readonly onRefused: (from: string, error: MessengerError) => void
  readonly onTurnedAway: (from: string, error: MessengerError) => void
  readonly onQueueRecorded: Waiting['onRecorded']
  readonly onQueueRefused: Waiting['onRefused']
}

/** All that is said and heard, from one start of a messenger to its end. */
export class Delivery {
  readonly #init: DeliveryInit
  readonly #alerts: Alerts
  readonly #heads = new Heads()
  readonly #outgoing: Outgoing
  readonly #posting: Posting
  readonly #incoming: Incoming
  #isClosed = false

  constructor(init: DeliveryInit) {
    this.#init = init
    const { context, ledger, queue, parsePeer, onRefused, onTurnedAway, onOutcome, onAlert } = init
    this.#alerts = new Alerts(onAlert)
    const heads = this.#heads
    const unacknowledged = new Unacknowledged((alerts) => this.#alertAgain(alerts))
    const drafts = new Set(queue?.found.map(({ draft }) => draft))
    this.#outgoing = new Outgoing({ context, heads, drafts, ledger: ledgers(ledger, unacknowledged), onOutcome })
    const { self, roster, recordTimeoutMs } = context
    const author = { self, roster, recordTimeoutMs, parsePeer }
    this.#posting = new Posting({ author, outgoing: this.#outgoing, heads, queue: queue && this.#waitingIn(queue) })
    this.#incoming = new Incoming({
      context,
      onMessage: (message) => this.#onMessage(message),
      onRefused,
      onTurnedAway,
    })
  }

  #waitingIn(file: QueueFile): Waiting {
    const { context, onQueueRecorded: onRecorded, onQueueRefused: onRefused } = this.#init
    return { file, onRecorded, onRefused, onFailed: (error) => context.auditFailed(error) }
  }

  #alertAgain(alerts: readonly Alert[]): void {
    if (!this.#isClosed) for (const alert of alerts) this.#alerts.raise(alert)
  }

  #onMessage(message: Recorded<ReceivedMessage>): void {
    const { conversation, id, after, about } = message.value
    if (conversation !== undefined) this.#heads.take(conversation, id, after)
    this.#init.ledger?.take(message.receipt, true)
    this.#init.onMessage(message)
    if (about.type === 'urgent') this.#alerts.raise(message.value)
  }

  handle(stream: Stream, connection: Connection): void {
    this.#incoming.handle(stream, connection)
  }

  greet(peer: string): void {
    this.#outgoing.greet(peer)
  }

  rosterChanged(): void {
    this.#outgoing.rosterChanged()
  }

  /** See `Messenger` for these. */
  async send(to: string, text: Uint8Array, options?: SendOptions): Promise<Delivered> {
    return this.#outgoing.send(to, text, options)
  }

  async post(where: Where, what: What, options?: PostOptions): Promise<Posted> {
    return this.#posting.post(where, what, options)
  }

  async passOn(message: OnRecord, where: Where, options: PassOnOptions = {}): Promise<Posted> {
    const { sink, recordTimeoutMs } = this.#init.context
    const { of, origin } = await passedOn(sink, message, recordTimeoutMs)
    return this.#posting.post(where, { text: options.text, about: { type: 'pass-on', of }, origin }, options)
  }

  async mark(messages: readonly Marked[], how: 'read' | 'acknowledged', options?: AbortOptions): Promise<void> {
    await this.#posting.mark(messages, how, options)
    if (how === 'acknowledged') this.#alerts.acknowledged(messages.map(({ id }) => id))
  }

  queued(): Queued[] {
    return this.#posting.queued()
  }

  async discard(draft: string): Promise<void> {
    await this.#posting.discard(draft)
  }

  /** Nothing is begun any more; what is under way ends. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#alerts.stop()
    this.#posting.close()
    await Promise.all([this.#outgoing.close(), this.#incoming.close()])
  }
}
