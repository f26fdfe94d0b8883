import type { Hash } from '@branchline/audit-sink'
import type { Opening } from './wire/frame.ts'

/** A text on its way to one peer. */
export interface SentMessage {
  /** Message ID: leaf hash of the `sent` record (spec/audit-log.md section 5). */
  readonly id: Hash
  readonly seq: number
  readonly to: string
  readonly openings: readonly Opening[]
  readonly bytes: number
}

export interface ReceivedMessage {
  readonly id: Hash
  /** The author's peer ID; proven by the connection and by the author's own record. */
  readonly from: string
  /** What the roster calls the author. */
  readonly name: string | undefined
  /** The text as UTF-8, wrong bytes replaced by U+FFFD. Sanitise before a terminal sees it. */
  readonly text: string
  /** The text as it came. */
  readonly bytes: Uint8Array
  /** The author's clock and ours, milliseconds since 1970. */
  readonly sentAt: number
  readonly receivedAt: number
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
