import { MAX_MEMBERS, MAX_PLACE_BYTES, MAX_QUEUED_BYTES, MAX_WHERE_BYTES } from '../limits.ts'
import { type Content, parseContent, payloadsOf } from '../content/content.ts'
import { isPlain } from '../content/plain.ts'
import { canonicalJson, type Json } from '../roster/canonical.ts'

/** What somebody composed, and what is not on record yet (spec/queue.md section 2). */
export interface Queued {
  /** 32 hex digits: `detail.draft` of the record to be. */
  readonly draft: string
  /** When it was composed, milliseconds since 1970. */
  readonly time: number
  /** As `post` takes it. */
  readonly where: string | { readonly conversation: string | undefined; readonly peers: readonly string[] }
  readonly as?: string | undefined
  readonly also?: readonly string[] | undefined
  readonly content: Content
}

const DRAFT = /^[0-9a-f]{32}$/
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export function formatQueued({ draft, time, where, as, also, content }: Queued): Uint8Array {
  const payloads = payloadsOf(content).map(({ label, bytes }) => {
    return { bytes: Buffer.from(bytes).toString('base64'), label }
  })
  return Buffer.from(canonicalJson({ draft, time, where, as, also, payloads } as Json))
}

/** @returns undefined when it is none */
export function parseQueued(body: Uint8Array): Queued | undefined {
  if (body.length > MAX_QUEUED_BYTES) return undefined
  try {
    const json = utf8.decode(body)
    const value: unknown = JSON.parse(json)
    if (!isQueued(value) || canonicalJson(value as unknown as Json) !== json) return undefined
    const { draft, time, where, as, also, payloads } = value
    const content = parseContent(payloads.map(({ label, bytes }) => ({ label, bytes: Buffer.from(bytes, 'base64') })))
    const to = typeof where === 'string' ? where : { conversation: where.conversation, peers: where.peers }
    return { draft, time, where: to, as, also, content }
  } catch {
    return undefined // JSON, UTF-8 or a content that is none: whoever reads the file says so
  }
}

interface Shape {
  readonly draft: string
  readonly time: number
  readonly where: string | { readonly conversation?: string; readonly peers: string[] }
  readonly as?: string
  readonly also?: string[]
  readonly payloads: { readonly bytes: string; readonly label: string }[]
}

const isWhere = (value: unknown): value is string => isPlain(value, MAX_WHERE_BYTES)
const arePeers = (value: unknown, least: number): boolean =>
  Array.isArray(value) && value.length >= least && value.length <= MAX_MEMBERS && value.every(isWhere)

function isQueued(value: unknown): value is Shape {
  if (!hasOnly(value, ['draft', 'time', 'where', 'as', 'also', 'payloads'])) return false
  const { draft, time, where, as, also, payloads } = value
  return (
    typeof draft === 'string' &&
    DRAFT.test(draft) &&
    Number.isSafeInteger(time) &&
    (time as number) >= 0 &&
    (isWhere(where) || isAudience(where)) &&
    (as === undefined || isPlain(as, MAX_PLACE_BYTES)) &&
    (also === undefined || arePeers(also, 0)) &&
    Array.isArray(payloads) &&
    payloads.length > 0 &&
    payloads.length < 4 &&
    payloads.every(isPayload)
  )
}

function isAudience(value: unknown): boolean {
  if (!hasOnly(value, ['conversation', 'peers'])) return false
  const { conversation, peers } = value
  return (conversation === undefined || isPlain(conversation, MAX_PLACE_BYTES + 1)) && arePeers(peers, 1)
}

function isPayload(value: unknown): boolean {
  if (!hasOnly(value, ['bytes', 'label'])) return false
  const { bytes, label } = value
  return (
    typeof label === 'string' && typeof bytes === 'string' && Buffer.from(bytes, 'base64').toString('base64') === bytes
  )
}

function hasOnly(value: unknown, names: readonly string[]): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.keys(value).every((name) => names.includes(name))
}
