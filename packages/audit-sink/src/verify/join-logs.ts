import { type Hash, leafHash } from '../hash.ts'
import type { AuditRecord } from '../record/record.ts'
import { readEntry } from './read-entry.ts'
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
  /** Sides of conversations whose logs were not given, so nothing is said of them. */
  readonly absentLogs: readonly string[]
}

interface LogIndex {
  readonly owner: string
  readonly leaves: Set<Hash>
  readonly sent: Map<Hash, AuditRecord>
  readonly received: Map<Hash, AuditRecord>
  /** For `message to`: the leaf hash of the receipt. */
  readonly receipts: Map<string, Hash>
}

/**
 * Joins logs on message ID (spec/audit-log.md section 8). Verify each first: this takes what it reads at its word.
 * Holds one hash a record in memory.
 */
export async function joinLogs(sources: readonly LogSource[]): Promise<JoinReport> {
  const indexes = new Map<string, LogIndex>()
  for (const source of sources) {
    const index = await indexLog(source)
    indexes.set(index.owner, index)
  }
  const report = { both: 0, provedMissingAtReceiver: [], provedMissingAtSender: [], unconfirmed: [] } as {
    both: number
    provedMissingAtReceiver: JoinedMessage[]
    provedMissingAtSender: JoinedMessage[]
    unconfirmed: JoinedMessage[]
  }
  const absent = new Set<string>()
  for (const sender of indexes.values()) {
    for (const [message, record] of sender.sent) {
      for (const to of record.peers ?? []) {
        const receiver = indexes.get(to)
        if (receiver === undefined) {
          absent.add(to)
          continue
        }
        const received = receiver.received.get(message)
        const receipt = sender.receipts.get(`${message} ${to}`)
        const joined = { message, from: sender.owner, to, sentSeq: record.seq, receivedSeq: received?.seq }
        if (receipt !== undefined && !receiver.leaves.has(receipt)) report.provedMissingAtReceiver.push(joined)
        else if (received === undefined) report.unconfirmed.push(joined)
        else report.both += 1
      }
    }
  }
  for (const receiver of indexes.values()) {
    for (const [message, record] of receiver.received) {
      const from = record.peers?.[0] as string
      const sender = indexes.get(from)
      if (sender === undefined) absent.add(from)
      else if (!sender.sent.has(message)) {
        const joined = { message, from, to: receiver.owner, sentSeq: undefined, receivedSeq: record.seq }
        report.provedMissingAtSender.push(joined)
      }
    }
  }
  return { logs: [...indexes.keys()], ...report, absentLogs: [...absent] }
}

async function indexLog(source: LogSource): Promise<LogIndex> {
  const index: LogIndex = { owner: '', leaves: new Set(), sent: new Map(), received: new Map(), receipts: new Map() }
  let owner = ''
  for await (const piece of source.read()) {
    for (const stored of piece) {
      const { record, leaf } = readEntry(stored)
      index.leaves.add(leaf)
      if (record === undefined) continue
      owner ||= record.actor
      if (record.kind === 'sent') index.sent.set(leaf, record)
      if (record.kind === 'received') index.received.set(record.message as Hash, record)
      if (record.kind === 'outcome' && record.detail?.['result'] === 'delivered') {
        const receipt = stored.payloads.find(({ label }) => label === 'receipt')
        if (receipt !== undefined) index.receipts.set(`${record.message} ${record.peers?.[0]}`, leafHash(receipt.bytes))
      }
    }
  }
  return { ...index, owner }
}
