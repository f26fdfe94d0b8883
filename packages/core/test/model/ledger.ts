import {
  type AuditRecord,
  type Hash,
  leafHash,
  parseRecord,
  type StoreBatch,
  type StoredEntry,
} from '@branchline/audit-sink'
import { type About, parseContent } from '../../src/content/content.ts'
import { isKept } from '../../src/content/admission.ts'

/** A message as its author's log has it. */
export interface Said {
  readonly id: Hash
  readonly from: string
  readonly peers: readonly string[]
  readonly seq: number
  readonly time: number
  readonly conversation: string | undefined
  readonly about: About
  /** Whether it is kept until delivered; else it is delivered now or never. */
  readonly isKept: boolean
}

export interface Ended {
  readonly result: string
  readonly reason: string
  /** When it was recorded, by the clock that all machines have. */
  readonly at: number
}

/** What one person's log holds, as it becomes durable. */
export class Page {
  readonly leaves = new Set<Hash>()
  /** In the order of the log. */
  readonly held: Said[] = []
  readonly received = new Map<Hash, number>()
  /** By `ID peer`. */
  readonly ended = new Map<string, Ended[]>()
  /** The seq of the newest message of each author that is here. */
  readonly newest = new Map<string, Said>()
  /** Of what was said before this record and is not kept nobody may know what became of it: the process did not end well. */
  unknownBefore = 0
}

/** The truth: what is durable on all disks, judged as it comes. */
export class Ledger {
  readonly said = new Map<Hash, Said>()
  readonly #pages = new Map<string, Page>()
  readonly #complain: (what: string) => void

  constructor(complain: (what: string) => void) {
    this.#complain = complain
  }

  page(peer: string): Page {
    const page = this.#pages.get(peer) ?? new Page()
    this.#pages.set(peer, page)
    return page
  }

  durable(owner: string, { entries }: StoreBatch): void {
    for (const entry of entries) this.#take(owner, entry, parseRecord(entry.line), leafHash(entry.line))
  }

  #take(owner: string, entry: StoredEntry, record: AuditRecord, leaf: Hash): void {
    const page = this.page(owner)
    page.leaves.add(leaf)
    if (record.kind === 'sent') this.#sent(page, entry, record, leaf)
    else if (record.kind === 'received') this.#received(owner, record)
    else if (record.kind === 'outcome') this.#outcome(page, record)
  }

  #sent(page: Page, { payloads }: StoredEntry, record: AuditRecord, id: Hash): void {
    const { actor: from, peers = [], seq, time, conversation, detail } = record
    const { about } = parseContent(payloads)
    const said = { id, from, peers, seq, time, conversation, about, isKept: isKept(detail) }
    this.said.set(id, said)
    page.held.push(said)
  }

  #received(owner: string, { message = '', seq }: AuditRecord): void {
    const page = this.page(owner)
    const said = this.said.get(message)
    if (said === undefined) return this.#complain(`${message} was received and never sent`)
    if (page.received.has(message)) this.#complain(`${message} is twice in the log of ${owner}`)
    page.received.set(message, seq)
    page.held.push(said)
    const before = page.newest.get(said.from)
    if (before !== undefined && before.seq > said.seq) {
      this.#complain(`${owner} has record ${said.seq} of ${said.from} after ${before.seq}`)
    }
    page.newest.set(said.from, said)
  }

  #outcome(page: Page, { message = '', peers = [], detail, reason = '' }: AuditRecord): void {
    const key = `${message} ${peers[0]}`
    const ended = page.ended.get(key) ?? []
    page.ended.set(key, [...ended, { result: String(detail?.['result']), reason, at: Date.now() }])
  }
}

/** Whether the process that said it, now or never, may have ended before it knew what became of it. */
export function isUnknown(ledger: Ledger, { isKept, from, seq }: Said): boolean {
  return !isKept && seq < ledger.page(from).unknownBefore
}
