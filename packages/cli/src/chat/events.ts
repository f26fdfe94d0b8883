import type { About, Colleague, FileProgress, Outcome, OwnPresence, ReceivedMessage, StateView } from '@branchline/core'

/** Somebody, by peer ID and by the name to show. */
export interface Who {
  readonly peer: string
  readonly name: string
}

/** A message that waits for somebody, with who that is. */
export interface Waiting {
  readonly n: number
  readonly id: string
  /** When it was recorded, milliseconds since 1970. */
  readonly time: number
  readonly place: string
  readonly words: string
  readonly missing: readonly Who[]
}

/** A request to pull an item, and how far it is. */
export interface Request {
  readonly n: number
  readonly id: string
  readonly item: string
  readonly branch: string
  readonly state: string
  /** Who has it in hand. */
  readonly by: Who | undefined
  readonly asked: Who
  readonly place: string
  readonly sentAt: number
}

interface OfMessage {
  /** The number under which the chat shows it. */
  readonly n: number
  readonly id: string
}

interface OfFile extends OfMessage {
  readonly name: string
  readonly size: number
  readonly from: Who
}

/** What the chat has to say. For programs it is one JSON object a line; for people the text view makes a line of it. */
export type ChatEvent =
  | { readonly event: 'ready'; readonly peerId: string; readonly name: string; readonly addresses: readonly string[] }
  | (Omit<ReceivedMessage, 'bytes'> & {
      readonly event: 'message'
      readonly n: number
      readonly seq: number
      /** The number of the message that it names. */
      readonly of: number | undefined
      /** It is shown again, or came before this session, and reads as it does now. */
      readonly isEarlier?: true
      /** It was said at a desk where we sit. */
      readonly isForDesk: boolean
    })
  /** It is on record, and on its way. */
  | (OfMessage & {
      readonly event: 'posted'
      readonly seq: number
      readonly place: string
      readonly to: readonly (Who & { readonly link: string })[]
      readonly about: About
      readonly text: string
    })
  /** It cannot be recorded at present, and waits on this machine until it can be: nothing of it has left. */
  | { readonly event: 'queued'; readonly draft: string; readonly message: string }
  /** One of those whom it is for has it, and that is on record. */
  | (OfMessage & Pick<Outcome, 'to' | 'sentSeq' | 'outcomeSeq' | 'receivedSeq'> & { readonly event: 'delivered' })
  /** What became of it for one of those whom it was for, when that is anything else. */
  | (OfMessage &
      Omit<Outcome, 'receivedSeq'> & { readonly event: 'undelivered'; readonly name: string; readonly place: string })
  /** Who has it by now, and who not yet. */
  | (OfMessage & {
      readonly event: 'progress'
      readonly place: string
      readonly delivered: readonly Who[]
      readonly missing: readonly Who[]
      /** Those who do not get it. */
      readonly undelivered: readonly Who[]
      /** With one recipient: the places on both records. */
      readonly proof: Pick<Outcome, 'sentSeq' | 'receivedSeq'> | undefined
    })
  /** Messages that had waited for somebody are there. */
  | (Who & { readonly event: 'caught-up'; readonly messages: readonly OfMessage[] })
  | { readonly event: 'waiting'; readonly count: number; readonly for: readonly (Who & { readonly count: number })[] }
  | { readonly event: 'missing'; readonly messages: readonly Waiting[]; readonly more: number }
  | (OfMessage & {
      readonly event: 'states'
      readonly place: string
      readonly words: string
      readonly states: readonly (StateView & { readonly name: string })[]
    })
  /** Somebody acknowledges urgent messages of ours. */
  | (Who & { readonly event: 'acknowledged'; readonly messages: readonly OfMessage[] })
  | (OfMessage & {
      readonly event: 'alert'
      readonly from: Who
      readonly place: string | undefined
      readonly text: string
      readonly sentAt: number
      /** How often in this session; 0: it is from before. */
      readonly times: number
    })
  | ({ readonly event: 'request'; readonly tooLate: boolean } & Request)
  | { readonly event: 'requests'; readonly requests: readonly Request[] }
  | { readonly event: 'desk'; readonly desk: string; readonly staff: readonly Who[] }
  | (OfFile & { readonly event: 'file-accepted'; readonly folder: string })
  | (OfFile & { readonly event: 'file-progress'; readonly other: Who } & Pick<FileProgress, 'direction' | 'bytes'>)
  | (OfFile & { readonly event: 'file-arrived'; readonly path: string; readonly sha256: string })
  | (OfFile & {
      readonly event: 'file-failed'
      readonly code: string
      readonly message: string
      readonly isFinal: boolean
    })
  /** Whom one talks with from now on. */
  | { readonly event: 'to'; readonly place: string }
  /** `text` is what was to be said, `line` the line as it was typed. */
  | {
      readonly event: 'failed'
      readonly code: string
      readonly message: string
      readonly text?: string
      readonly line?: string
    }
  | ({ readonly event: 'here' } & Colleague)
  | ({ readonly event: 'found' } & Colleague)
  | ({ readonly event: 'gone' } & Colleague)
  | ({ readonly event: 'presence' } & Colleague)
  | { readonly event: 'self'; readonly presence: OwnPresence }
  | { readonly event: 'who'; readonly colleagues: readonly Colleague[] }
  | { readonly event: 'notice'; readonly text: string }

export type View = (event: ChatEvent) => void
