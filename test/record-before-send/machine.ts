import {
  type AbortOptions,
  type AuditEntry,
  type AuditReceipt,
  type AuditSink,
  type AuditStore,
  type LogSigner,
  type StoreBatch,
  type StoredEntry,
  verifyLog,
} from '@branchline/audit-sink'
import { memoryStore } from '@branchline/audit-sink/stores/memory'
import type { CreateMessengerInit, HostedMessenger } from '@branchline/core'
import { expect } from 'vitest'
import { leafOf } from './by-hand.ts'
import { canariesIn, type Evidence, evidenceOf, type Kept } from './evidence.ts'
import { type Fault, FORGES, STORE_FAULTS, type StoreFault } from './faults.ts'
import { FaultyStore, LATE_MS } from './faulty-store.ts'
import type { Listed } from '../support/library.ts'
import { listedAs, newcomer, type Newcomer, rosterOf } from './profile.ts'
import type { Random } from './random.ts'
import { auditLog, createMessenger } from './subject.ts'
import type { Tally } from './tally.ts'

const STORE_FAULTS_OF_ALL = 0.35
const FORGED_OF_ALL = 0.1
/** Once the log is impatient enough to give up first, once the messenger. */
const MESSENGERS_PATIENCE_MS = 60
const LOGS_PATIENCE_MS = [30, 150] as const
const RESTARTS_OF_ALL = 0.3
const STARTS = 5

export interface MachineInit {
  readonly random: Random
  /** Says which faults there are to be from now on. */
  readonly tally: Tally
  /** Who talks with it. */
  readonly colleague: Listed
  readonly network: Pick<CreateMessengerInit, 'listen' | 'peers'>
  readonly onMessenger?: (messenger: HostedMessenger) => void
}

interface UsedStore {
  readonly store: AuditStore
  altered: boolean
}

/**
 * One person's machine: a messenger over a log over a store that fails at random. When the log has failed it is opened
 * again, as a real program would, and the messenger goes on over it or is started again, too; when the log turns out
 * to be spoilt, a new one is begun.
 */
export class Machine {
  readonly owner: string
  /** Every store that was in use, and whether it was altered. */
  readonly stores: UsedStore[] = []
  /** Leaf hashes of what is durable. */
  readonly durable = new Set<string>()
  /** The fault that befell the batch in which a canary was to be recorded, or that had broken the log before. */
  readonly faultOf = new Map<string, Fault>()
  readonly #init: MachineInit
  readonly #identity: CreateMessengerInit['identity']
  readonly #signer: LogSigner
  #log: AuditSink | undefined
  #messenger: HostedMessenger | undefined
  #isBroken = false
  #brokenBy: Fault | undefined
  #patienceMs = 0
  #faultsOn = false
  #lastReceipt: AuditReceipt | undefined

  private constructor(init: MachineInit, { identity, owner, signer }: Newcomer) {
    this.#init = init
    this.#identity = identity
    this.owner = owner
    this.#signer = signer
  }

  static async start(init: MachineInit): Promise<Machine> {
    const machine = new Machine(init, await newcomer())
    machine.#newStore()
    await machine.#openLog()
    await machine.#startMessenger()
    return machine
  }

  get messenger(): HostedMessenger {
    return this.#messenger as HostedMessenger
  }

  get #store(): UsedStore {
    return this.stores.at(-1) as UsedStore
  }

  #newStore(): void {
    this.stores.push({ store: memoryStore(), altered: false })
  }

  get isBroken(): boolean {
    return this.#isBroken
  }

  /** What a real program does about a log that failed. */
  async mend(): Promise<void> {
    this.#faultsOn = false
    const { altered } = this.#store
    const restart = altered || this.#init.random.is(RESTARTS_OF_ALL)
    if (restart) {
      await this.#messenger?.close()
      this.#messenger = undefined
    }
    await this.#log?.close()
    // Some lies show when the log is opened, others only to the verifier: nobody goes on with such a log.
    if (altered) this.#newStore()
    await this.#openLog()
    if (restart) await this.#startMessenger()
    this.#faultsOn = true
  }

  async #openLog(): Promise<void> {
    const { random } = this.#init
    const store = new FaultyStore({
      inner: this.#store.store,
      random,
      faultFor: (batch) => this.#faultFor(batch),
      onDurable: (leaf) => this.durable.add(leaf),
    })
    this.#patienceMs = random.of(LOGS_PATIENCE_MS)
    this.#isBroken = false
    this.#brokenBy = undefined
    const { owner } = this
    this.#log = await auditLog({ store, owner, signer: this.#signer, storeTimeoutMs: this.#patienceMs })
    // What an append left behind that failed is found now, and counts (spec/audit-log.md section 7).
    for (const leaf of (await evidenceOf(this.#store.store)).keys()) this.durable.add(leaf)
  }

  /** Tries again, as people do: a machine that is busy with other things may be too slow to record that it started. */
  async #startMessenger(): Promise<void> {
    for (let attempt = 1; this.#messenger === undefined; attempt++) {
      try {
        this.#messenger = await this.#createMessenger()
      } catch (error) {
        if ((error as { code?: string }).code !== 'AUDIT_UNAVAILABLE' || attempt === STARTS) throw error
        await this.#log?.close()
        await this.#openLog()
      }
    }
    this.#init.onMessenger?.(this.#messenger)
    this.#faultsOn = true
  }

  async #createMessenger(): Promise<HostedMessenger> {
    return createMessenger({
      audit: this.#sink(),
      identity: this.#identity,
      roster: await rosterOf(listedAs('Machine', { owner: this.owner, signer: this.#signer }), this.#init.colleague),
      lan: false,
      recordTimeoutMs: MESSENGERS_PATIENCE_MS,
      ...this.#init.network,
    })
  }

  #draw<F extends Fault>(from: readonly F[], chance: number): F | undefined {
    const { random, tally } = this.#init
    const wanted = tally.wanted()
    const possible = from.filter((fault) => wanted.includes(fault))
    return this.#faultsOn && possible.length > 0 && random.is(chance) ? random.of(possible) : undefined
  }

  #faultFor(batch: StoreBatch): StoreFault | undefined {
    const fault = this.#draw(STORE_FAULTS, STORE_FAULTS_OF_ALL)
    if (fault === undefined) return undefined
    // A log that is patient enough outlives a late store, and only its messenger gives up.
    if (fault !== 'is late' || this.#patienceMs < LATE_MS) {
      this.#isBroken = true
      this.#brokenBy = fault
    }
    if (fault === 'alters') this.#store.altered = true
    this.#note(canariesOf(batch.entries), fault)
    return fault
  }

  #note(canaries: readonly string[], fault: Fault | undefined): void {
    for (const canary of canaries) if (fault !== undefined) this.faultOf.set(canary, fault)
  }

  /** What the messenger is given; behind it one log may follow another. */
  #sink(): AuditSink {
    const log = (): AuditSink => this.#log as AuditSink
    return {
      origin: log().origin,
      key: log().key,
      append: async (entries, options) => this.#append(entries, options),
      head: async () => log().head(),
      read: (range) => log().read(range),
      lookup: async (message) => log().lookup(message),
      checkpoint: async () => log().checkpoint(),
      prove: async (request) => log().prove(request),
      witnessed: async (origin) => log().witnessed(origin),
      continuations: async () => log().continuations(),
      cosign: async (checkpoint) => log().cosign(checkpoint),
      redact: async (redaction) => log().redact(redaction),
      close: async () => log().close(),
      [Symbol.asyncDispose]: async () => log().close(),
    }
  }

  async #append(entries: readonly AuditEntry[], options?: AbortOptions): Promise<AuditReceipt[]> {
    const canaries = canariesOf(entries)
    this.#note(canaries, this.#brokenBy)
    try {
      const receipts = await (this.#log as AuditSink).append(entries, options)
      const before = this.#lastReceipt
      this.#lastReceipt = receipts[0]
      const fault = this.#draw([FORGES], FORGED_OF_ALL)
      this.#note(canaries, fault)
      return fault === undefined ? receipts : forged(receipts, before, this.#init.random)
    } catch (error) {
      // A machine that is busy with other things may be too slow for its own log, without any fault.
      this.#isBroken = true
      this.#note(canaries, this.#brokenBy)
      throw error
    }
  }

  /** What all its logs hold. Those that were altered must be found out, and no others. */
  async evidence(): Promise<Evidence> {
    const all = new Map<string, Kept>()
    for (const { store, altered } of this.stores) {
      const { verdict, findings } = await verifyLog(store)
      expect(verdict === 'INTACT', `altered: ${altered}, ${JSON.stringify(findings)}`).toBe(!altered)
      for (const [leaf, kept] of await evidenceOf(store)) all.set(leaf, kept)
    }
    return all
  }

  async close(): Promise<void> {
    this.#faultsOn = false
    await this.#messenger?.close()
    await this.#log?.close()
  }
}

function canariesOf(entries: readonly Pick<AuditEntry | StoredEntry, 'payloads'>[]): string[] {
  return entries.flatMap(({ payloads = [] }) => payloads.flatMap(({ bytes }) => canariesIn(bytes)))
}

/** Nothing, a receipt for something else, one whose line says something else, or whose hash is that of another. */
function forged(receipts: readonly AuditReceipt[], other: AuditReceipt | undefined, random: Random): AuditReceipt[] {
  const [receipt] = receipts
  if (receipt === undefined || random.is(0.25)) return []
  if (random.is(0.33) && other !== undefined) return [other]
  const line = Buffer.from(Buffer.from(receipt.line).toString().replace('"time":1', '"time":2'))
  return [random.is(0.5) ? { ...receipt, line } : { ...receipt, leaf: leafOf(line) }]
}
