import { type Hash, leafHash } from '../hash.ts'
import type { AuditRecord } from '../record/record.ts'
import type { StoredEntry } from '../store.ts'
import { type ReadEntry, readEntry } from './read-entry.ts'
import type { LogSource } from './verify-log.ts'

/** One copy of a message that should be in two logs. */
export interface JoinedMessage {
  readonly message: Hash
  readonly from: string
  readonly to: string
  /** Its seq in the sender's log; undefined when only the receiver has a record. */
  readonly sentSeq: number | undefined
  /** Its seq in the receiver's log. */
  readonly receivedSeq: number | undefined
}

/** A message that one log has on record as received more than once. */
export interface RepeatedMessage {
  readonly message: Hash
  /** Peer ID of whose log it is. */
  readonly to: string
  /** Of the first record of it. */
  readonly firstSeq: number
  /** Of a later one. */
  readonly seq: number
}

export interface JoinReport {
  readonly logs: readonly string[]
  /** Recorded on both sides. */
  readonly both: number
  /** A receipt signed off by the receiver is held, and its record is not in the receiver's log. */
  readonly provedMissingAtReceiver: readonly JoinedMessage[]
  /** The receiver holds the sender's record, and the sender's log has none such. */
  readonly provedMissingAtSender: readonly JoinedMessage[]
  /** Sent, with neither a receipt nor a record at the receiver: lost on the way, or never recorded there. */
  readonly unconfirmed: readonly JoinedMessage[]
  /** In one log: a copy of the log is no repeat. */
  readonly repeated: readonly RepeatedMessage[]
  /** Sides of conversations whose logs were not given, so nothing is said of them. */
  readonly absentLogs: readonly string[]
}

/**
 * Joins logs on message ID (spec/audit-log.md section 10). Takes what it reads at its word; `verifyLogs` verifies each,
 * too. Holds one hash a record in memory.
 */
export async function joinLogs(sources: readonly LogSource[]): Promise<JoinReport> {
  const indexes: LogIndex[] = []
  for (const source of sources) {
    const index = new LogIndex()
    for await (const piece of source.read()) for (const stored of piece) index.add(readEntry(stored), stored)
    indexes.push(index)
  }
  return joinIndexes(indexes)
}

/** What of a log is needed to join it with others. */
export class LogIndex {
  /** Peer ID of whose log it is. */
  owner = ''
  readonly leaves = new Set<Hash>()
  readonly sent = new Map<Hash, AuditRecord>()
  readonly received = new Map<Hash, AuditRecord>()
  /** For `message to`: the leaf hash of the receipt. */
  readonly receipts = new Map<string, Hash>()
  readonly repeated: RepeatedMessage[] = []

  add({ seq, record, leaf }: ReadEntry, { payloads }: StoredEntry): void {
    this.leaves.add(leaf)
    if (record === undefined) return
    this.owner ||= record.actor
    if (record.kind === 'sent') this.sent.set(leaf, record)
    if (record.kind === 'received' && record.seq === seq) this.#addReceived(record.message as Hash, record)
    if (record.kind !== 'outcome' || record.detail?.['result'] !== 'delivered') return
    const receipt = payloads.find(({ label }) => label === 'receipt')
    if (receipt !== undefined) this.receipts.set(`${record.message} ${record.peers?.[0]}`, leafHash(receipt.bytes))
  }

  #addReceived(message: Hash, record: AuditRecord): void {
    const first = this.received.get(message)
    if (first === undefined) this.received.set(message, record)
    else this.repeated.push({ message, to: this.owner, firstSeq: first.seq, seq: record.seq })
  }
}

/** Of two copies of one log the later one counts. */
export function joinIndexes(all: readonly LogIndex[]): JoinReport {
  const logs = new Map(all.map((index) => [index.owner, index]))
  const absent = new Set<string>()
  const bySender = joinSent(logs, absent)
  const provedMissingAtSender = findUnsent(logs, absent)
  const repeated = [...logs.values()].flatMap((index) => index.repeated)
  return { logs: [...logs.keys()], ...bySender, provedMissingAtSender, repeated, absentLogs: [...absent] }
}

type BySender = Pick<JoinReport, 'both' | 'provedMissingAtReceiver' | 'unconfirmed'>

function joinSent(logs: ReadonlyMap<string, LogIndex>, absent: Set<string>): BySender {
  const provedMissingAtReceiver: JoinedMessage[] = []
  const unconfirmed: JoinedMessage[] = []
  let both = 0
  for (const sender of logs.values()) {
    for (const [message, record] of sender.sent) {
      for (const to of record.peers ?? []) {
        const receiver = logs.get(to)
        if (receiver === undefined) {
          absent.add(to)
          continue
        }
        const received = receiver.received.get(message)
        const receipt = sender.receipts.get(`${message} ${to}`)
        const joined = { message, from: sender.owner, to, sentSeq: record.seq, receivedSeq: received?.seq }
        if (receipt !== undefined && !receiver.leaves.has(receipt)) provedMissingAtReceiver.push(joined)
        else if (received === undefined) unconfirmed.push(joined)
        else both += 1
      }
    }
  }
  return { both, provedMissingAtReceiver, unconfirmed }
}

function findUnsent(logs: ReadonlyMap<string, LogIndex>, absent: Set<string>): JoinedMessage[] {
  const unsent: JoinedMessage[] = []
  for (const receiver of logs.values()) {
    for (const [message, record] of receiver.received) {
      const from = record.peers?.[0] as string
      const sender = logs.get(from)
      if (sender === undefined) absent.add(from)
      else if (!sender.sent.has(message)) {
        unsent.push({ message, from, to: receiver.owner, sentSeq: undefined, receivedSeq: record.seq })
      }
    }
  }
  return unsent
}
