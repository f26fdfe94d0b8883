import { type AuditRecord, type Hash, leafHash, parseRecord, type StoredEntry } from '@branchline/audit-sink'
import { parsePlace } from '../content/admission.ts'
import { type About, type Content, parseContent } from '../content/content.ts'
import { originIn } from '../content/origin.ts'
import { parseConversation } from '../content/conversation.ts'
import { MessengerError } from '../errors.ts'
import type { InThread } from './keys.ts'

/** What a message does, without what people wrote: that is read from the log, so that it can be erased there. */
export type Deed =
  | Exclude<About, { type: 'pull' | 'group' | 'file' }>
  | { readonly type: 'pull' | 'group' | 'file' }
  /** Its content is erased, and it never had a text. */
  | { readonly type: 'gone' }

/** A message as the index keeps it. */
export interface Row extends InThread {
  readonly seq: number
  readonly own: boolean
  readonly conversation: string
  readonly from: string
  /** Number of the party: who wrote it, and to whom. */
  readonly party: string
  readonly as?: string | undefined
  readonly recordedAt: number
  readonly after: readonly Hash[]
  readonly deed: Deed
  /** The record has a payload `text`. */
  readonly hasText: boolean
  /** A payload of its words is erased. */
  readonly isErased: boolean
}

/** What a record says of a message, before its party has a number and its depth is known. */
export interface ReadMessage extends Omit<Row, 'party' | 'depth'> {
  readonly to: readonly string[]
  /** By which it is found. */
  readonly words: string
}

/** What the owner of the log added to what the author recorded. */
const ADDED: ReadonlySet<string> = new Set(['record', 'proof'])
/** For a text that is erased: what else was said can still be read. */
const ERASED_TEXT = new Uint8Array([0x20])

/**
 * The message of a `sent` or `received` record.
 * @returns undefined for one that this version of spec/content.md does not know: nobody is shown it
 */
export function readMessage(entry: StoredEntry, record: AuditRecord, self: string): ReadMessage | undefined {
  try {
    return messageIn(entry, record, self)
  } catch (error) {
    if (error instanceof MessengerError) return undefined
    throw error
  }
}

function messageIn(entry: StoredEntry, record: AuditRecord, self: string): ReadMessage | undefined {
  const own = record.kind === 'sent'
  const sent = own ? record : sentRecordIn(entry)
  const from = own ? self : (record.peers?.[0] as string)
  const to = sent?.peers ?? [self]
  const { kind } = parseConversation(record.conversation)
  if (kind === 'direct' && to.length > 1) return undefined
  const { after, as } = parsePlace(record.detail)
  const { content, hasText, isErased } = contentIn(entry, record)
  return {
    id: own ? leafHash(entry.line) : (record.message as Hash),
    seq: entry.seq,
    own,
    conversation: record.conversation ?? (own ? (to[0] as string) : from),
    from,
    to,
    as,
    sentAt: sent?.time ?? record.time,
    recordedAt: record.time,
    after,
    deed: content === undefined ? withoutContent(hasText) : deedOf(content.about),
    hasText,
    isErased,
    words: isErased || content === undefined ? '' : wordsIn(content),
  }
}

/** The author's line, in which recipients and time stand; it was checked when it came. */
function sentRecordIn({ payloads }: StoredEntry): AuditRecord | undefined {
  const line = payloads.find(({ label }) => label === 'record')?.bytes
  return line === undefined ? undefined : parseRecord(line)
}

function contentIn(entry: StoredEntry, record: AuditRecord) {
  const labels = (record.payloads ?? []).map(([label]) => label).filter((label) => !ADDED.has(label))
  const kept = new Map(entry.payloads.map(({ label, bytes }) => [label, bytes]))
  const hasText = labels.includes('text')
  const isErased = labels.some((label) => !kept.has(label))
  if (labels.some((label) => label !== 'text' && !kept.has(label))) return { hasText, isErased, content: undefined }
  const content = parseContent(labels.map((label) => ({ label, bytes: kept.get(label) ?? ERASED_TEXT })))
  return { hasText, isErased, content }
}

/** What is left of a message whose content is erased. */
export const withoutContent = (hasText: boolean): Deed => ({ type: hasText ? 'text' : 'gone' })

function deedOf(about: About): Deed {
  const isWritten = about.type === 'pull' || about.type === 'group' || about.type === 'file'
  return isWritten ? { type: about.type } : about
}

function wordsIn(content: Content): string {
  const { text, about } = content
  const said = text === undefined ? '' : Buffer.from(text).toString('utf8')
  if (about.type === 'pass-on') return `${originIn(content)?.text ?? ''} ${said}`
  if (about.type === 'pull') return `${about.item} ${said}`
  return about.type === 'file' ? `${about.name} ${said}` : said
}

const SHOWN: ReadonlySet<Deed['type']> = new Set([
  'text',
  'reply',
  'urgent',
  'pull',
  'pull-step',
  'file',
  'pass-on',
  'group',
  'desk',
])
const TO_READ: ReadonlySet<Deed['type']> = new Set(['text', 'reply', 'urgent', 'pull', 'file', 'pass-on'])

/** Stands in its conversation by itself. */
export const isShown = ({ deed }: Pick<Row, 'deed'>): boolean => SHOWN.has(deed.type)
/** Is unread until it is marked as read. */
export const isToRead = ({ own, deed }: Pick<Row, 'deed' | 'own'>): boolean => !own && TO_READ.has(deed.type)
export const isAlert = ({ own, deed }: Pick<Row, 'deed' | 'own'>): boolean => !own && deed.type === 'urgent'
