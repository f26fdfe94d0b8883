import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { AuditStore } from '@branchline/audit-sink'
import type { HostedMessenger } from '@branchline/core'
import { leafOf } from './by-hand.ts'
import { canaryText } from './evidence.ts'
import { type Addressed, type Newcomer, peerOf, startSender } from './profile.ts'

const UNDER_WAY = 16
const LONGEST = 4_000
const PAUSE_MS = 5
/** Below the ports that systems give to connections on their way out, of which one might take it between two kills. */
const PORTS = { from: 20_000, count: 10_000 }

/** A messenger that sends to one peer as fast as it can, whatever becomes of that peer. */
export class SteadySender {
  /** Message ID, and leaf hash of the receipt, of all that was delivered. */
  readonly held = new Map<string, string>()
  readonly #peer: string
  readonly #messenger: HostedMessenger
  readonly #sending: Promise<unknown>
  #open = false
  #stopped = false

  private constructor(peer: string, messenger: HostedMessenger) {
    this.#peer = peer
    this.#messenger = messenger
    this.#sending = Promise.all(Array.from({ length: UNDER_WAY }, () => this.#sendForEver()))
  }

  static async start(store: AuditStore, to: Addressed, self: Newcomer): Promise<SteadySender> {
    return new SteadySender(peerOf(to.address), await startSender(store, to, self))
  }

  async #send(): Promise<void> {
    const text = canaryText(Math.random() < 0.5 ? 0 : Math.floor(Math.random() * LONGEST))
    try {
      const { id, receipt } = await this.#messenger.send(this.#peer, text)
      this.held.set(id, leafOf(receipt))
    } catch {
      await pause(PAUSE_MS)
    }
  }

  async #sendForEver(): Promise<void> {
    while (!this.#stopped) await (this.#open ? this.#send() : pause(PAUSE_MS))
  }

  /** The peer is there. Resolves with the next delivery. */
  async go(): Promise<void> {
    const before = this.held.size
    this.#open = true
    // All others may be waiting for receipts: one more makes the messenger look for the peer at once.
    void this.#send()
    while (this.held.size === before && !this.#stopped) await pause(1)
  }

  /** The peer is gone: begin nothing new; what is under way stays so. */
  hold(): void {
    this.#open = false
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#stopped) return
    this.#stopped = true
    await this.#messenger.close()
    await this.#sending
  }
}

export async function freePort(): Promise<number> {
  for (;;) {
    const port = PORTS.from + Math.floor(Math.random() * PORTS.count)
    const server = createServer()
    server.listen(port, '127.0.0.1')
    try {
      await once(server, 'listening')
      return port
    } catch {
      // Someone has it: another.
    } finally {
      server.close()
    }
  }
}
