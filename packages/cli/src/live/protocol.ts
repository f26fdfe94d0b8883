import type { ConversationView, Delivery, Outcome, Posted, Said } from '@branchline/core'
import type { ProbeFacts, ProbeTarget } from '@branchline/core/doctor'
import type { Head, StoredEntry } from '@branchline/audit-sink'

/*
 * The local socket of a running messenger: one JSON object a line. A client asks one thing and gets answers until
 * `end` or `error` (docs/design/live-socket.md). The socket lies in the profile's folder, which only its owner may
 * enter, so whoever can connect is the owner already.
 */

export type LiveRequest =
  | { readonly ask: 'status' }
  | { readonly ask: 'send'; readonly to: string; readonly text: string }
  | LivePost
  | { readonly ask: 'head' }
  | { readonly ask: 'headNote' }
  | { readonly ask: 'redact'; readonly seq: number; readonly label: string; readonly reason: string }
  | { readonly ask: 'roster'; readonly signed: string }
  | { readonly ask: 'probe'; readonly targets: readonly ProbeTarget[]; readonly timeoutMs: number }
  | { readonly ask: 'conversations' }
  | { readonly ask: 'messages'; readonly conversation: string; readonly limit?: number; readonly before?: string }
  | { readonly ask: 'search'; readonly words: string; readonly limit?: number }
  | { readonly ask: 'log'; readonly from: number; readonly to: number }

export interface LivePost {
  readonly ask: 'post'
  /** Peer ID, `#room` or `@desk`. */
  readonly where: string
  readonly as?: string
  /** In base64. */
  readonly text: string
  /** How long to wait for those whom it is for. */
  readonly waitMs: number
}

/** A message that is on record, and what became of it while it was waited. */
export interface LivePosted extends Posted {
  readonly outcomes: readonly Outcome[]
}

export interface LiveStatus {
  readonly peerId: string
  readonly name: string
  readonly addresses: readonly string[]
  readonly relays: readonly string[]
  readonly colleagues: readonly Readonly<{ peer: string; name?: string; link: string; presence: string }>[]
}

export type LiveDelivery = Omit<Delivery, 'receipt'>

/** A stored entry with its bytes in base64: what is verified must be the very bytes. */
export interface WireEntry {
  readonly seq: number
  readonly line: string
  readonly payloads: readonly (readonly [label: string, salt: string, bytes: string])[]
}

export type LiveAnswer =
  | { readonly status: LiveStatus }
  | { readonly delivery: LiveDelivery }
  | { readonly posted: LivePosted }
  | { readonly head: Head }
  | { readonly redacted: number }
  | { readonly taken: boolean }
  | { readonly headNote: string }
  | { readonly probed: readonly ProbeFacts[] }
  | { readonly conversations: readonly ConversationView[] }
  | { readonly said: readonly Said[] }
  | { readonly entries: readonly WireEntry[] }
  | { readonly end: true }
  | { readonly error: { readonly code: string; readonly message: string } }

type RequestMember =
  | 'ask'
  | 'to'
  | 'text'
  | 'where'
  | 'as'
  | 'waitMs'
  | 'from'
  | 'seq'
  | 'label'
  | 'reason'
  | 'signed'
  | 'targets'
  | 'timeoutMs'
  | 'conversation'
  | 'words'
  | 'limit'
  | 'before'

/**
 * Narrows what a client asks.
 * @throws TypeError
 */
export function parseRequest(line: string): LiveRequest {
  const request = JSON.parse(line) as Partial<Record<RequestMember, unknown>> | null
  const { ask, to, text, where, as, waitMs, from, seq, label, reason, signed, targets, timeoutMs } = request ?? {}
  const { conversation, words, limit, before } = request ?? {}
  if (ask === 'status' || ask === 'head' || ask === 'headNote' || ask === 'conversations') return { ask }
  if (ask === 'send' && typeof to === 'string' && typeof text === 'string') return { ask, to, text }
  if (ask === 'post' && typeof where === 'string' && typeof text === 'string' && isWait(waitMs)) {
    if (as === undefined || typeof as === 'string') return { ask, where, text, waitMs, ...(as !== undefined && { as }) }
  }
  if (ask === 'redact' && isSeq(seq) && typeof label === 'string' && typeof reason === 'string') {
    return { ask, seq, label, reason }
  }
  if (ask === 'roster' && typeof signed === 'string') return { ask, signed }
  if (ask === 'probe' && areTargets(targets) && isTimeout(timeoutMs)) return { ask, targets, timeoutMs }
  const page = { ...(isSeq(limit) && { limit }), ...(isText(before) && { before }) }
  if (ask === 'messages' && isText(conversation)) return { ask, conversation, ...page }
  if (ask === 'search' && isText(words)) return { ask, words, ...page }
  if (ask === 'log' && isSeq(from) && isSeq(to)) return { ask, from, to }
  throw new TypeError('nothing of that kind can be asked')
}

function isSeq(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

const MAX_TARGETS = 128
const MAX_ADDRESSES = 16
const MAX_ADDRESS_CHARACTERS = 512
const MAX_PROBE_MS = 60_000
const MAX_WAIT_MS = 3_600_000

function areTargets(value: unknown): value is readonly ProbeTarget[] {
  return Array.isArray(value) && value.length <= MAX_TARGETS && value.every(isTarget)
}

function isTarget(value: unknown): value is ProbeTarget {
  const { peer, addresses, isRelay } = (value ?? {}) as Partial<Record<keyof ProbeTarget, unknown>>
  if (!isText(peer) || typeof isRelay !== 'boolean') return false
  return Array.isArray(addresses) && addresses.length <= MAX_ADDRESSES && addresses.every(isText)
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_ADDRESS_CHARACTERS
}

function isWait(value: unknown): value is number {
  return isSeq(value) && value <= MAX_WAIT_MS
}

function isTimeout(value: unknown): value is number {
  return isSeq(value) && value <= MAX_PROBE_MS
}

/** Longest line: a roster of 512 KiB in base64, with room. */
export const MAX_REQUEST_BYTES = 720_896

export function toWire({ seq, line, payloads }: StoredEntry): WireEntry {
  return {
    seq,
    line: Buffer.from(line).toString('base64'),
    payloads: payloads.map((each) => [each.label, base64(each.salt), base64(each.bytes)]),
  }
}

export function fromWire({ seq, line, payloads }: WireEntry): StoredEntry {
  return {
    seq,
    line: Buffer.from(line, 'base64'),
    payloads: payloads.map(([label, salt, bytes]) => ({
      label,
      salt: Buffer.from(salt, 'base64'),
      bytes: Buffer.from(bytes, 'base64'),
    })),
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}
