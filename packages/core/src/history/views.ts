import type { Hash } from '@branchline/audit-sink'
import type { About, PullStep } from '../content/content.ts'
import type { Origin } from '../content/origin.ts'
import type { PullStage } from '../content/pull.ts'

/** One message as a reader has it. Times in milliseconds since 1970. Sanitise before a terminal sees it. */
export interface Said {
  /** Message ID. */
  readonly id: Hash
  /** Its record's place in our log. */
  readonly seq: number
  /** `#room`, `@desk`, `+group`; of what is between two, the peer ID of the other. */
  readonly conversation: string
  /** Peer ID of the author. */
  readonly from: string
  /** Peer IDs, in their own order. */
  readonly to: readonly string[]
  /** The desk that it is from. */
  readonly as: string | undefined
  /** By the author's clock, and by ours. */
  readonly sentAt: number
  readonly recordedAt: number
  readonly own: boolean
  readonly about: About
  /** Of a message that passes on another: that one. `isProvenBy` says whether its author's log signed for it. */
  readonly origin: Origin | undefined
  /** As it reads now, after its author's last edit; undefined where there is none, it was taken back, or it is erased. */
  readonly text: string | undefined
  /** What it said before it was edited; undefined as above. */
  readonly original: string | undefined
  readonly isEdited: boolean
  readonly isRetracted: boolean
  /** The words that would show are erased. */
  readonly isErased: boolean
  /** How many replied; at most 1,000 are counted. */
  readonly replies: number
}

export interface ConversationView {
  readonly conversation: string
  /** What a group was last called. */
  readonly name: string | undefined
  readonly last: { readonly id: Hash; readonly time: number }
  /** Messages to us that no mark of ours names as read; at most 1,000 are counted. */
  readonly unread: number
  /** Peer IDs: author and recipients of the last message. */
  readonly members: readonly string[]
}

export type RecipientState =
  | 'recorded'
  | 'recorded by peer'
  | 'read'
  | 'acknowledged'
  | 'refused'
  | 'expired'
  | 'withheld'
  | 'unconfirmed'

/** How far a message of ours is with one recipient (spec/content.md section 5). */
export interface StateView {
  readonly peer: string
  readonly state: RecipientState
  /** Since when: our clock, but the recipient's for `read` and `acknowledged`. */
  readonly time: number
  readonly reason: string | undefined
  /** For a roll-call: each step that there is, with its time. */
  readonly recordedByPeer: number | undefined
  readonly read: number | undefined
  readonly acknowledged: number | undefined
}

export interface PullStepView {
  readonly id: Hash
  readonly author: string
  readonly step: PullStep
  readonly sentAt: number
  /** It was not allowed any more when its turn came, and changed nothing. */
  readonly isTooLate: boolean
}

/** A request to pull an item (spec/content.md section 4). */
export interface PullView {
  readonly request: Said
  readonly item: string
  readonly branch: string
  readonly state: PullStage
  /** Who has it in hand. */
  readonly by: string | undefined
  /** What a new step names as `after`. */
  readonly heads: readonly Hash[]
  /** Those that count, in their order. */
  readonly steps: readonly PullStepView[]
}

export interface Undelivered {
  readonly peer: string
  readonly id: Hash
  readonly seq: number
  /** When it was recorded. */
  readonly time: number
}
