import type { Hash, OutcomeResult, StoredEntry } from '@branchline/audit-sink'
import type { About } from './content/content.ts'
import type { Origin } from './content/origin.ts'
import type { Opening } from './wire/frame.ts'

/** A message that is on our record, and may leave. */
export interface SentMessage {
  /** Message ID: leaf hash of the `sent` record (spec/audit-log.md section 5). */
  readonly id: Hash
  readonly seq: number
  /** Peer IDs. */
  readonly to: readonly string[]
  /** Where it is said (spec/content.md section 1). */
  readonly conversation: string | undefined
  readonly openings: readonly Opening[]
  readonly bytes: number
}

export interface ReceivedMessage {
  readonly id: Hash
  /** The author's peer ID; proven by the connection and by the author's own record. */
  readonly from: string
  /** What the roster calls the author. */
  readonly name: string | undefined
  /** Where it was said; undefined: between the two of us (spec/content.md section 1). */
  readonly conversation: string | undefined
  /** Peer IDs of all to whom it went, ourselves among them. */
  readonly to: readonly string[]
  /** The desk that it is from. */
  readonly as: string | undefined
  /** Message IDs of the conversation that it comes after. */
  readonly after: readonly Hash[]
  /** What it does beside its text. */
  readonly about: About
  /** The text as UTF-8, wrong bytes replaced by U+FFFD, empty where there is none. Sanitise before a terminal sees it. */
  readonly text: string
  /** The text as it came. */
  readonly bytes: Uint8Array
  /** Of a message that passes on another: that one. */
  readonly origin: ShownOrigin | undefined
  /** The author's clock and ours, milliseconds since 1970. */
  readonly sentAt: number
  readonly receivedAt: number
}

/** What is passed on, and what we can say of it. */
export interface ShownOrigin extends Origin {
  /** What the roster calls its author. */
  readonly name: string | undefined
  /** Its author's log signed for it, by the key that the roster names; else whoever passed it on answers for it. */
  readonly isProven: boolean
}

/** A message that the peer has recorded, and whose receipt we have. */
export interface Delivery {
  readonly id: Hash
  readonly to: string
  /** Seqs in our log: the `sent` record and its `outcome`. */
  readonly sentSeq: number
  readonly outcomeSeq: number
  /** The peer's `received` record: its line, and its place in the peer's log. */
  readonly receipt: Uint8Array
  readonly receivedSeq: number
}

/** A message that is on our record, and on its way. */
export type Posted = Pick<SentMessage, 'id' | 'seq' | 'to' | 'conversation'>

/** What became of a message that was kept until then, for one of those whom it was for. */
export interface Outcome {
  readonly id: Hash
  readonly to: string
  readonly result: OutcomeResult
  /** Seqs in our log: the `sent` record and the `outcome`. */
  readonly sentSeq: number
  readonly outcomeSeq: number
  /** The seq of the peer's `received` record, when it was delivered. */
  readonly receivedSeq: number | undefined
  /** The peer's, when it was refused. */
  readonly code: string | undefined
  /** In words, when it was not delivered. */
  readonly reason: string | undefined
}

/** What is made of all messages that are on record, beside what delivery makes of them. */
export interface MessageLedger {
  /**
   * A `sent` or `received` record that is durable: from before the start, or of now; some come both ways.
   * @param isNew - it was recorded just now
   */
  take(entry: Pick<StoredEntry, 'line' | 'payloads'>, isNew: boolean): void
  /** All from before the start were told. */
  complete(): void
}
