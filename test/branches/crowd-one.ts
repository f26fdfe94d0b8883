import { join } from 'node:path'
import { type AuditSink, type AuditStore, auditLog, openLogKey, parseRecord, verifyLog } from '@branchline/audit-sink'
import { memoryStore } from '@branchline/audit-sink/stores/memory'
import {
  type AlertEvent,
  createMessenger,
  type HostedMessenger,
  MessengerError,
  openHistory,
  openIdentity,
  openRoster,
  peerIdOf,
} from '@branchline/core'
import type { CrowdAlert, CrowdInit, CrowdLog, Posting } from './say.ts'

/** One of a crowd who can do nothing but look. */
export interface Bare {
  readonly peer: string
  /** How many others it has a link to or can reach, or has seen. */
  others(): number
  places(): number
  close(): Promise<void>
}

export type OneInit = Pick<CrowdInit, 'peers' | 'lan' | 'relays' | 'rosterFile'>

/** One of a crowd, with a log in memory. */
export class One implements Bare {
  readonly peer: string
  readonly #messenger: HostedMessenger
  readonly #store: AuditStore
  readonly #audit: AuditSink
  readonly #alerts: (AlertEvent & CrowdAlert)[] = []

  private constructor(messenger: HostedMessenger, store: AuditStore, audit: AuditSink) {
    this.#messenger = messenger
    this.#store = store
    this.#audit = audit
    this.peer = messenger.peerId
    messenger.addEventListener('alert', ({ detail }) => this.#alerts.push({ ...detail, at: Date.now() }))
  }

  /** @param folder - of their keys */
  static async start(folder: string, { rosterFile, ...init }: OneInit): Promise<One> {
    const identity = await openIdentity(join(folder, 'identity.key'))
    const owner = peerIdOf(identity)
    const signer = await openLogKey(join(folder, 'log.key'), `branchline/${owner}`)
    const store = memoryStore()
    const audit = await auditLog({ store, owner, signer })
    const messenger = await createMessenger({ ...init, identity, audit, roster: await openRoster(rosterFile) })
    return new One(messenger, store, audit)
  }

  others(): number {
    return this.#messenger.colleagues().filter(({ link }) => link !== 'away').length
  }

  places(): number {
    return this.#messenger.relays().length
  }

  async send(to: string, text: string): Promise<void> {
    await this.#messenger.send(to, text)
  }

  /** To everyone. What is refused is told with its code. */
  async alarm(text: string): Promise<Posting> {
    const at = Date.now()
    try {
      const { id } = await this.#messenger.post('#all-staff', { text, about: { type: 'urgent' } })
      return { at, id }
    } catch (error) {
      if (error instanceof MessengerError) return { at, code: error.code }
      throw error
    }
  }

  alerts(): CrowdAlert[] {
    return this.#alerts.map(({ id, from, text, times, at }) => ({ id, from, text, times, at }))
  }

  /** All that was alerted so far. */
  async mark(how: 'read' | 'acknowledged'): Promise<void> {
    const first = this.#alerts.filter(({ times }) => times === 1)
    if (first.length > 0) await this.#messenger.mark(first, how)
  }

  /** Of a message of theirs: each of those for whom it was, by what became of it. */
  async rollCall(id: string): Promise<Record<string, string[]>> {
    await using history = await openHistory({ sink: this.#audit, self: this.peer })
    await history.follow()
    const byState = Map.groupBy(await history.states(id), ({ state }) => state)
    return Object.fromEntries([...byState].map(([state, all]) => [state, all.map(({ peer }) => peer)]))
  }

  async log(): Promise<CrowdLog> {
    const { verdict } = await verifyLog(this.#store)
    const texts = { sent: [] as string[], received: [] as string[] }
    for await (const piece of this.#store.read()) {
      for (const { line, payloads } of piece) {
        const { kind } = parseRecord(line)
        const text = payloads.find(({ label }) => label === 'text')
        if (text !== undefined && (kind === 'sent' || kind === 'received'))
          texts[kind].push(Buffer.from(text.bytes).toString())
      }
    }
    return { peer: this.peer, verdict, ...texts }
  }

  async close(): Promise<void> {
    await this.#messenger.close()
  }
}
