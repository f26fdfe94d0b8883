import type { Hash } from '@branchline/audit-sink'

/*
 * Keys of the index; every value is text. A place is depth, author's time and ID, so that keys stand in the order of
 * spec/content.md section 1.
 *   h                                            how far the log was taken, as JSON
 *   z                                            words are to be pressed out of the files, too
 *   m<id>                                        the message, as JSON (row.ts); empty while others name it and it is not there
 *   s<seq>                                       ID of the message recorded there, and the words it is found by
 *   a<number of a party>                         who is party to a message: author and recipients
 *   d<id>\0<id>                                  the second comes after the first
 *   c<conversation>                              it is there
 *   o<conversation>\0<place>                     shown there
 *   u<conversation>\0<id>                        not marked as read
 *   l<seq>                                       ID of an urgent message that is not acknowledged
 *   x<id>\0<e|r|a|p><conversation>\0<author>\0…  edit (place), retraction (ID), reply (ID), step (ID) of the message
 *   k<id>\0<r|a><conversation>\0<author>\0…      mark of the message as read or acknowledged (time, ID)
 *   n<peer>\0<seq>                               `sent` that is kept, without `outcome`: ID and time
 *   y<id>\0<peer>                                what became of it, as JSON; Y<id>\0<peer>: the peer has it
 *   v<seq>                                       ID of a request to pull
 *   t<conversation>\0<place>                     who came to a desk, or left it, as JSON
 *   g<conversation>\0<place>                     a group was given a name
 *   w<word>\0<bucket>                            seqs, less the bucket's first, of messages with the word
 */
export const STATE_KEY = 'h'
export const PRESS_KEY = 'z'

const SEQ_DIGITS = 14
const DEPTH_DIGITS = 8
const ID_DIGITS = 64
export const BUCKET = 1_024

const hex = (n: number, digits: number): string => n.toString(16).padStart(digits, '0')
const seqText = (seq: number): string => hex(seq, SEQ_DIGITS)

export interface InThread {
  readonly depth: number
  readonly sentAt: number
  readonly id: Hash
}

export const placeOf = ({ depth, sentAt, id }: InThread): string => hex(depth, DEPTH_DIGITS) + markTail(sentAt, id)
export const markTail = (time: number, id: Hash): string => hex(time, SEQ_DIGITS) + id
/** What a key that ends with a place, or with an ID, tells of. */
export const idAtEnd = (key: string): Hash => key.slice(-ID_DIGITS)
export const timeAtEnd = (key: string): number => Number.parseInt(key.slice(-ID_DIGITS - SEQ_DIGITS, -ID_DIGITS), 16)
export const seqAtEnd = (key: string): number => Number.parseInt(key.slice(-SEQ_DIGITS), 16)

export const AWAITED = ''
export const messageKey = (id: Hash): string => `m${id}`
export const seqKey = (seq: number): string => `s${seqText(seq)}`
export const partyKey = (party: string): string => `a${party}`
export const conversationKey = (conversation: string): string => `c${conversation}`
export const alertKey = (seq: number): string => `l${seqText(seq)}`
export const pullKey = (seq: number): string => `v${seqText(seq)}`
export const waitingKey = (peer: string, seq: number): string => `n${peer}\0${seqText(seq)}`
export const outcomeKey = (id: Hash, peer: string): string => `y${id}\0${peer}`
export const deliveredKey = (id: Hash, peer: string): string => `Y${id}\0${peer}`
export const unreadKey = (conversation: string, id: Hash): string => `u${conversation}\0${id}`

export const laterThan = (id: Hash): string => `d${id}`
export type Effect = 'e' | 'r' | 'a' | 'p'
export const effects = (id: Hash, effect: Effect, conversation: string): string => `x${id}\0${effect}${conversation}`
export const effectsBy = (id: Hash, effect: Effect, conversation: string, author: string): string =>
  `${effects(id, effect, conversation)}\0${author}`
export type Mark = 'r' | 'a'
export const marksBy = (id: Hash, mark: Mark, conversation: string, author: string): string =>
  `k${id}\0${mark}${conversation}\0${author}`

/** The bucket that holds a seq: its first. */
export const bucketOf = (seq: number): number => seq - (seq % BUCKET)
export const postingKey = (word: string, bucket: number): string => `w${word}\0${seqText(bucket)}`
export const wordOf = (key: string): string => key.slice(1, key.indexOf('\0'))

/** All keys that go on from a prefix: after it stands a zero, which is in no name. */
export const under = (prefix: string) => ({ gte: `${prefix}\0`, lt: `${prefix}\u0001` })
/** All keys of one letter. */
export const family = (letter: string) => ({
  gte: letter,
  lt: String.fromCodePoint((letter.codePointAt(0) as number) + 1),
})
