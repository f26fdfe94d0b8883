import { type AuditRecord, type Hash, leafHash, parseRecord, type StoredEntry } from '@branchline/audit-sink'
import { isKept } from '../content/admission.ts'
import { depthOf } from '../content/thread-order.ts'
import type { Draft } from './draft.ts'
import { factsOf } from './facts.ts'
import * as keys from './keys.ts'
import { Parties } from './parties.ts'
import type { Postings } from './postings.ts'
import { isAlert, isShown, isToRead, type ReadMessage, readMessage, type Row, withoutContent } from './row.ts'
import { Settling } from './settling.ts'
import { wordsOf } from './words.ts'

export interface Outcome {
  readonly result: string
  readonly time: number
  readonly reason?: string | undefined
}

/** Takes the entries of one piece of the log into a draft (spec/content.md): what it makes depends on the log alone. */
export class Fold {
  readonly #self: string
  readonly #draft: Draft
  readonly #postings: Postings
  readonly #parties: Parties
  readonly #settling: Settling
  readonly #conversations = new Set<string>()

  constructor(self: string, draft: Draft, postings: Postings) {
    this.#self = self
    this.#draft = draft
    this.#postings = postings
    this.#parties = new Parties((key) => draft.get(key))
    this.#settling = new Settling(self, draft)
  }

  take(entry: StoredEntry): void {
    const record = parseRecord(entry.line)
    switch (record.kind) {
      case 'sent':
        this.#takeSent(entry, record)
        break
      case 'received':
        this.#takeMessage(readMessage(entry, record, this.#self))
        break
      case 'outcome':
        this.#takeOutcome(record)
        break
      case 'redact':
        this.#takeRedact(record)
        break
      default:
    }
  }

  async settle(): Promise<void> {
    await this.#settling.settle()
    this.#postings.settle()
  }

  #takeSent(entry: StoredEntry, record: AuditRecord): void {
    const message = readMessage(entry, record, this.#self)
    const id = message?.id ?? leafHash(entry.line)
    for (const peer of isKept(record.detail) ? (record.peers ?? []) : []) {
      this.#draft.put(keys.waitingKey(peer, entry.seq), `${id} ${record.time}`)
    }
    this.#takeMessage(message)
  }

  #takeMessage(message: ReadMessage | undefined): void {
    if (message === undefined || this.#draft.row(message.id) !== undefined) return
    const isAwaited = this.#draft.get(keys.messageKey(message.id)) === keys.AWAITED
    const { to, words, ...rest } = message
    const party = this.#parties.numberOf(rest.from, to, (key, value) => this.#draft.put(key, value))
    const row: Row = { ...rest, party, depth: this.#depthOf(rest) }
    this.#file(row)
    const found = wordsOf(words)
    this.#draft.put(keys.seqKey(row.seq), [row.id, ...found].join(' '))
    this.#postings.add(row.seq, found)
    if (isToRead(row)) this.#draft.put(keys.unreadKey(row.conversation, row.id), '')
    if (isAlert(row)) this.#draft.put(keys.alertKey(row.seq), row.id)
    if (isAwaited) this.#settling.come(row.id)
    if (row.own && row.deed.type === 'mark') this.#takeOwnMark(row, row.deed.read, row.deed.acknowledged)
  }

  #depthOf({ after, conversation }: Pick<Row, 'after' | 'conversation'>): number {
    return depthOf(after, (id) => {
      const row = this.#draft.row(id)
      if (row === undefined) this.#settling.await(id)
      return row?.conversation === conversation ? row.depth : undefined
    })
  }

  #file(row: Row): void {
    this.#draft.setRow(row)
    for (const [key, value] of factsOf(row)) this.#draft.put(key, value)
    this.#noteConversation(row)
  }

  #noteConversation(row: Row): void {
    if (!isShown(row)) return
    if (this.#conversations.has(row.conversation)) return
    this.#conversations.add(row.conversation)
    this.#draft.put(keys.conversationKey(row.conversation), '')
  }

  /** Of most of what it names nothing else is to be looked at. */
  #takeOwnMark({ conversation }: Row, read: readonly Hash[], acknowledged: readonly Hash[]): void {
    for (const id of read) {
      const row = this.#named(id)
      if (row?.conversation === conversation) this.#draft.deleteOf(row.seq, keys.unreadKey(conversation, id))
    }
    for (const id of acknowledged) {
      const row = this.#named(id)
      if (row?.conversation === conversation && isAlert(row)) this.#draft.deleteOf(row.seq, keys.alertKey(row.seq))
    }
  }

  #named(id: Hash): Row | undefined {
    const row = this.#draft.row(id)
    if (row === undefined) this.#settling.await(id)
    return row
  }

  #takeOutcome({ message, peers, ref, detail, reason, time }: AuditRecord): void {
    const peer = peers?.[0] as string
    this.#draft.deleteOf(ref as number, keys.waitingKey(peer, ref as number))
    const outcome: Outcome = { result: String(detail?.['result']), time, reason }
    const keyOf = outcome.result === 'delivered' ? keys.deliveredKey : keys.outcomeKey
    this.#draft.put(keyOf(message as Hash, peer), JSON.stringify(outcome))
  }

  #takeRedact({ ref, detail }: AuditRecord): void {
    const label = detail?.['label']
    const [id, ...words] = this.#draft.get(keys.seqKey(ref as number))?.split(' ') ?? []
    const row = id === undefined ? undefined : this.#draft.row(id)
    if (row === undefined) return
    if (label === 'record' && !row.own) this.#refile(row, this.#withoutRecord(row))
    if (label !== 'text' && label !== 'content') return
    this.#postings.remove(row.seq, words)
    this.#draft.put(keys.seqKey(row.seq), row.id)
    this.#refile(row, {
      ...row,
      isErased: true,
      deed: label === 'content' ? withoutContent(row.hasText) : row.deed,
    })
  }

  /** With the author's line goes what only that line said. */
  #withoutRecord(row: Row): Row {
    const party = this.#parties.numberOf(row.from, [this.#self], (key, value) => this.#draft.put(key, value))
    return { ...row, party, sentAt: row.recordedAt }
  }

  #refile(old: Row, row: Row): void {
    for (const [key] of factsOf(old)) this.#draft.delete(key)
    this.#file(row)
    this.#settling.changed(old)
  }
}
