import { type AuditRecord, type Hash, parseRecord, type StoredEntry } from '@branchline/audit-sink'
import { type About, parseContent } from '../content/content.ts'
import { MAX_ALERTS } from '../limits.ts'
import type { MessageLedger } from '../messages.ts'
import type { Alert } from './alerts.ts'

/** To look for a word is a hundredth of the work of reading a content. */
const URGENT = Buffer.from('"urgent"')
const ACKNOWLEDGED = Buffer.from('"acknowledged"')

/** Urgent messages from before the start that no mark of ours acknowledges: they are alerted again. */
export class Unacknowledged implements MessageLedger {
  readonly #onComplete: (alerts: readonly Alert[]) => void
  readonly #open = new Map<Hash, Alert>()
  readonly #acknowledged = new Set<Hash>()

  /** @param onComplete - given the newest of them, at most as many as are alerted */
  constructor(onComplete: (alerts: readonly Alert[]) => void) {
    this.#onComplete = onComplete
  }

  take({ line, payloads }: Pick<StoredEntry, 'line' | 'payloads'>, isNew: boolean): void {
    const content = payloads.find(({ label }) => label === 'content')?.bytes
    if (content === undefined) return
    if (holds(content, ACKNOWLEDGED)) this.#acknowledge(aboutOf(payloads), parseRecord(line))
    // Those of now were alerted when they came.
    else if (!isNew && holds(content, URGENT)) this.#raise(parseRecord(line), payloads)
  }

  #acknowledge(about: About | undefined, { kind }: AuditRecord): void {
    if (kind !== 'sent' || about?.type !== 'mark') return
    for (const id of about.acknowledged) {
      this.#acknowledged.add(id)
      this.#open.delete(id)
    }
  }

  #raise(record: AuditRecord, payloads: StoredEntry['payloads']): void {
    const { kind, message: id, peers, conversation, time } = record
    const text = payloads.find(({ label }) => label === 'text')?.bytes
    if (kind !== 'received' || id === undefined || text === undefined || this.#acknowledged.has(id)) return
    if (aboutOf(payloads)?.type !== 'urgent') return
    const line = payloads.find(({ label }) => label === 'record')?.bytes
    const sentAt = line === undefined ? time : parseRecord(line).time
    this.#open.set(id, { id, from: peers?.[0] as string, conversation, text: Buffer.from(text).toString(), sentAt })
    if (this.#open.size > MAX_ALERTS) this.#open.delete(this.#open.keys().next().value as Hash)
  }

  complete(): void {
    const alerts = [...this.#open.values()]
    this.#open.clear()
    this.#onComplete(alerts)
  }
}

/** @returns undefined for what is erased in part */
function aboutOf(payloads: StoredEntry['payloads']): About | undefined {
  try {
    return parseContent(payloads.filter(({ label }) => label === 'text' || label === 'content')).about
  } catch {
    return undefined // it was checked before it came on record, so a part of it is gone, and nobody can be alerted to it
  }
}

function holds({ buffer, byteOffset, byteLength }: Uint8Array, word: Buffer): boolean {
  return Buffer.from(buffer, byteOffset, byteLength).includes(word)
}

/** Several ledgers as one. */
export function ledgers(...all: readonly (MessageLedger | undefined)[]): MessageLedger {
  const each = all.filter((ledger) => ledger !== undefined)
  return {
    take: (entry, isNew) => {
      for (const ledger of each) ledger.take(entry, isNew)
    },
    complete: () => {
      for (const ledger of each) ledger.complete()
    },
  }
}
