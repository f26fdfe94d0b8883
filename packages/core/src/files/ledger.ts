import { type AuditRecord, type Hash, leafHash, parseRecord, type StoredEntry } from '@branchline/audit-sink'
import { type About, type FileAnswer, parseContent } from '../content/content.ts'
import { MAX_OFFERS } from '../limits.ts'
import type { MessageLedger } from '../messages.ts'
import type { KeptFile } from './store.ts'

/** A file that was offered, as our log has it. */
export interface Offer extends KeptFile {
  /** Message ID. */
  readonly id: Hash
  /** Of its record in our log. */
  readonly seq: number
  /** Peer ID of who offered it. */
  readonly from: string
  /** Peer IDs of those to whom it was offered. */
  readonly to: readonly string[]
  readonly conversation: string | undefined
  /** What its author calls it: no path. */
  readonly name: string
}

interface Answered {
  readonly answer: FileAnswer
  /** Message ID. */
  readonly id: Hash
  /** Of its record in our log. */
  readonly seq: number
  readonly conversation: string | undefined
}

export interface LedgerEvents {
  /** Something changed of what is to be fetched. */
  readonly onChange: () => void
  /** Somebody offers us a file, and that is on record. */
  readonly onOffer: (offer: Offer) => void
  /** A message was recorded, whatever it says. */
  readonly onSaid: () => void
}

/** Of other messages the record has no payload of this label. */
const CONTENT = Buffer.from('["content",')

/**
 * Which files were offered and what was answered, by what is on record and by nothing else. Records may come in any order
 * and again: so what is read back at the start and what comes meanwhile make the same.
 */
export class Ledger implements MessageLedger {
  readonly #self: string
  readonly #offers = new Map<Hash, Offer>()
  /** By offer, then by who answered: the last, in the order of our log. */
  readonly #answers = new Map<Hash, Map<string, Answered>>()
  #events: LedgerEvents | undefined
  #isComplete = false

  constructor(self: string) {
    this.#self = self
  }

  /** Whether all that the log held at the start was read. */
  get isComplete(): boolean {
    return this.#isComplete
  }

  tell(events: LedgerEvents): void {
    this.#events = events
  }

  complete(): void {
    this.#isComplete = true
    this.#events?.onChange()
  }

  take({ line, payloads }: Pick<StoredEntry, 'line' | 'payloads'>, isNew: boolean): void {
    if (isNew) this.#events?.onSaid()
    if (!Buffer.from(line.buffer, line.byteOffset, line.byteLength).includes(CONTENT)) return
    const record = parseRecord(line)
    const about = aboutIn(payloads)
    if (about?.type === 'file') this.#takeOffer(record, line, about, isNew)
    else if (about?.type === 'file-answer') this.#takeAnswer(record, line, about)
  }

  #takeOffer(record: AuditRecord, line: Uint8Array, about: About & { type: 'file' }, isNew: boolean): void {
    const said = saidIn(record, line)
    if (said === undefined) return
    const { name, size, sha256 } = about
    const to = record.kind === 'sent' ? (record.peers ?? []) : [this.#self]
    const offer = { ...said, to, name, size, sha256 }
    this.#offers.set(said.id, offer)
    forgetFirst(this.#offers)
    if (isNew && offer.from !== this.#self) this.#events?.onOffer(offer)
    this.#events?.onChange()
  }

  #takeAnswer(record: AuditRecord, line: Uint8Array, { of, answer }: About & { type: 'file-answer' }): void {
    const said = saidIn(record, line)
    if (said === undefined) return
    const { from, ...rest } = said
    const answers = this.#answers.get(of) ?? new Map<string, Answered>()
    const last = answers.get(from)
    if (last !== undefined && last.seq >= said.seq) return
    this.#answers.set(of, answers.set(from, { answer, ...rest }))
    forgetFirst(this.#answers)
    this.#events?.onChange()
  }

  offer(id: Hash): Offer | undefined {
    return this.#offers.get(id)
  }

  /** What somebody to whom it was offered answered last. */
  answer({ id, to, conversation }: Offer, peer: string): Answered | undefined {
    const answered = this.#answers.get(id)?.get(peer)
    return to.includes(peer) && answered?.conversation === conversation ? answered : undefined
  }

  isWithdrawn({ id, from, conversation }: Offer): boolean {
    const answered = this.#answers.get(id)?.get(from)
    return answered?.answer === 'withdraw' && answered.conversation === conversation
  }

  /** Whether we accepted it, and have not said what came of that. */
  isWanted(offer: Offer): boolean {
    return offer.from !== this.#self && !this.isWithdrawn(offer) && this.answer(offer, this.#self)?.answer === 'accept'
  }

  wanted(): Offer[] {
    return this.#isComplete ? [...this.#offers.values()].filter((offer) => this.isWanted(offer)) : []
  }
}

function saidIn(
  record: AuditRecord,
  line: Uint8Array,
): Pick<Offer, 'id' | 'seq' | 'from' | 'conversation'> | undefined {
  const { kind, seq, actor, conversation, message, peers } = record
  if (kind === 'sent') return { id: leafHash(line), seq, from: actor, conversation }
  const from = peers?.[0]
  return kind === 'received' && message !== undefined && from !== undefined
    ? { id: message, seq, from, conversation }
    : undefined
}

/** @returns undefined when its words were erased since */
function aboutIn(payloads: StoredEntry['payloads']): About | undefined {
  try {
    return parseContent(payloads.filter(({ label }) => label !== 'record' && label !== 'proof')).about
  } catch {
    return undefined
  }
}

function forgetFirst(map: Map<Hash, unknown>): void {
  if (map.size > MAX_OFFERS) map.delete(map.keys().next().value as Hash)
}
