import type { EntryPayload, Hash } from '@branchline/audit-sink'
import { MessengerError, type MessengerErrorCode } from '../errors.ts'
import { MAX_CONTENT_BYTES, MAX_ORIGIN_BYTES, MAX_TEXT_BYTES } from '../limits.ts'
import { canonicalJson, type Json } from '../roster/canonical.ts'
import type { About, Content } from './about.ts'
import { flawIn, isType, TEXTS } from './shapes.ts'

export type { About, Content, FileAnswer, PullStep } from './about.ts'

const PLAIN: About = { type: 'text' }
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * The payloads of the `sent` record that says it.
 * @throws MessengerError MESSAGE_EMPTY where there must be a text, MESSAGE_TOO_LARGE, CONTENT_MALFORMED
 */
export function payloadsOf({ text, about, origin }: Content): EntryPayload[] {
  if (text?.length === 0 || (text === undefined && TEXTS[about.type] === 'must')) {
    refuse('MESSAGE_EMPTY', 'it has no text')
  }
  assertFits(text, MAX_TEXT_BYTES, 'text')
  if (about.type === 'text') return [{ label: 'text', bytes: text as Uint8Array }]
  const members = membersOf(about)
  assertShape(members)
  assertText(about, text)
  const bytes = Buffer.from(canonicalJson(members as Json))
  assertFits(bytes, MAX_CONTENT_BYTES, 'content')
  assertOrigin(about, origin)
  return [
    ...(text === undefined ? [] : [{ label: 'text', bytes: text }]),
    { label: 'content', bytes },
    ...(origin === undefined ? [] : [{ label: 'origin', bytes: origin }]),
  ]
}

/**
 * What a message says whose payloads may be anybody's: the inverse of `payloadsOf`.
 * @throws MessengerError MESSAGE_UNKNOWN, MESSAGE_TOO_LARGE, CONTENT_MALFORMED
 */
export function parseContent(payloads: readonly Pick<EntryPayload, 'label' | 'bytes'>[]): Content {
  const [first] = payloads
  if (payloads.length === 1 && first?.label === 'text') return { text: textIn(first.bytes), about: PLAIN }
  const labels = payloads.map(({ label }) => label)
  if (!labels.every((label) => LABELS.has(label))) {
    refuse('MESSAGE_UNKNOWN', 'it has a payload that this version does not know')
  }
  if (!IN_ORDER.has(labels.join(' '))) {
    refuse(
      'CONTENT_MALFORMED',
      'its payloads are not a text, a content and an origin, those that there are in this order',
    )
  }
  const bytesOf = (wanted: string): Uint8Array | undefined => payloads.find(({ label }) => label === wanted)?.bytes
  const [text, content, origin] = [bytesOf('text'), bytesOf('content') as Uint8Array, bytesOf('origin')]
  if (text !== undefined) textIn(text)
  assertFits(origin, MAX_ORIGIN_BYTES, 'origin')
  assertFits(content, MAX_CONTENT_BYTES, 'content')
  const about = aboutIn(content)
  assertText(about, text)
  assertOrigin(about, origin)
  return { text, about, ...(origin !== undefined && { origin }) }
}

const LABELS: ReadonlySet<string> = new Set(['text', 'content', 'origin'])
const IN_ORDER: ReadonlySet<string> = new Set(['content', 'text content', 'content origin', 'text content origin'])

function textIn(bytes: Uint8Array): Uint8Array {
  assertFits(bytes, MAX_TEXT_BYTES, 'text')
  if (bytes.length === 0) refuse('CONTENT_MALFORMED', 'its text is empty')
  return bytes
}

function aboutIn(bytes: Uint8Array): About {
  let json: string
  let value: unknown
  try {
    json = utf8.decode(bytes)
    value = JSON.parse(json)
  } catch (cause) {
    throw new MessengerError('CONTENT_MALFORMED', 'the message is refused: its content is not JSON', { cause })
  }
  assertShape(value)
  if (canonicalJson(value as unknown as Json) !== json) {
    refuse('CONTENT_MALFORMED', 'its content is not the canonical form (RFC 8785) of what it says')
  }
  return value.type === 'mark' ? { ...value, read: value.read ?? [], acknowledged: value.acknowledged ?? [] } : value
}

/** As it is written: a list of a mark that holds nothing is left out. */
type Members = Exclude<About, { type: 'text' | 'mark' }> | MarkMembers
interface MarkMembers {
  readonly type: 'mark'
  readonly read?: readonly Hash[]
  readonly acknowledged?: readonly Hash[]
}

function membersOf(about: Exclude<About, { type: 'text' }>): Members {
  if (about.type !== 'mark') return about
  const { type, read, acknowledged } = about
  return { type, ...(read.length > 0 && { read }), ...(acknowledged.length > 0 && { acknowledged }) }
}

function assertShape(value: unknown): asserts value is Members {
  const type = typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined
  if (typeof type !== 'string') refuse('CONTENT_MALFORMED', 'its content is no object with a type')
  if (!isType(type)) refuse('MESSAGE_UNKNOWN', 'its type is one that this version does not know')
  const flaw = flawIn(type, value as Readonly<Record<string, unknown>>)
  if (flaw !== undefined) refuse('CONTENT_MALFORMED', `${flaw} is missing, not known, or out of bounds`)
}

function assertText({ type }: About, text: Uint8Array | undefined): void {
  const rule = TEXTS[type]
  if (rule === 'must' && text === undefined) refuse('CONTENT_MALFORMED', `a message of type ${type} needs a text`)
  if (rule === 'none' && text !== undefined) refuse('CONTENT_MALFORMED', `a message of type ${type} has no text`)
}

function assertOrigin({ type }: About, origin: Uint8Array | undefined): void {
  if ((type === 'pass-on') !== (origin !== undefined)) {
    refuse('CONTENT_MALFORMED', 'what is passed on has an origin, and nothing else has one')
  }
}

function assertFits(bytes: Uint8Array | undefined, max: number, name: string): void {
  if (bytes !== undefined && bytes.length > max) refuse('MESSAGE_TOO_LARGE', `its ${name} has more than ${max} bytes`)
}

function refuse(code: MessengerErrorCode, why: string): never {
  throw new MessengerError(code, `the message is refused: ${why}`)
}
