import {
  type AuditRecord,
  commitmentOf,
  type EntryPayload,
  type Hash,
  leafHash,
  originOf,
  parseRecord,
  SALT_BYTES,
  type StoredPayload,
} from '@branchline/audit-sink'
import {
  type InclusionFile,
  parseCheckpoint,
  parseInclusionFile,
  verifyInclusion,
  verifyInclusionFile,
} from '@branchline/audit-sink/tlog'
import { MessengerError } from '../errors.ts'
import { MAX_ORIGIN_BYTES } from '../limits.ts'
import { canonicalJson, type Json } from '../roster/canonical.ts'
import type { About, Content } from './about.ts'
import { parseContent } from './content.ts'

/** What somebody said and somebody else passes on (spec/content.md section 2): from its author's own record. */
export interface Origin {
  readonly id: Hash
  /** The author's peer ID. */
  readonly from: string
  /** Where it was said; undefined: between two. */
  readonly conversation: string | undefined
  /** The author's clock, milliseconds since 1970. */
  readonly sentAt: number
  readonly about: About
  /** As UTF-8, wrong bytes replaced by U+FFFD, empty where there is none. Sanitise before a terminal sees it. */
  readonly text: string
  /** That it is in its author's log; whether that log signed for it `isProvenBy` says. */
  readonly proof: InclusionFile | undefined
}

export interface OriginInit {
  /** Of a `sent` record. */
  readonly line: Uint8Array
  readonly payloads: readonly StoredPayload[]
  /** Text of a tlog-proof without extra line. */
  readonly proof: string | undefined
}

const PASSED_ON: ReadonlySet<About['type']> = new Set(['text', 'reply', 'edit', 'urgent', 'pull'])
const SALT = new RegExp(`^[0-9a-f]{${2 * SALT_BYTES}}$`)
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * The payload `origin`.
 * @throws MessengerError CONTENT_MALFORMED for what cannot be passed on, MESSAGE_TOO_LARGE
 */
export function formatOrigin({ line, payloads, proof }: OriginInit): Uint8Array {
  const told = payloads.map(({ label, salt, bytes }) => {
    return { bytes: Buffer.from(bytes).toString('base64'), label, salt: Buffer.from(salt).toString('hex') }
  })
  const bytes = Buffer.from(canonicalJson({ payloads: told, proof, record: utf8.decode(line) }))
  if (bytes.length > MAX_ORIGIN_BYTES) {
    throw new MessengerError('MESSAGE_TOO_LARGE', `its origin has more than ${MAX_ORIGIN_BYTES} bytes`)
  }
  parseOrigin(leafHash(line), bytes)
  return bytes
}

/**
 * The origin of a message, where it has one.
 * @throws MessengerError CONTENT_MALFORMED
 */
export function originIn({ about, origin }: Content): Origin | undefined {
  return about.type === 'pass-on' && origin !== undefined ? parseOrigin(about.of, origin) : undefined
}

/** @param vkey - verifier key of its author's log */
export function isProvenBy({ id, proof }: Origin, vkey: string): boolean {
  if (proof === undefined) return false
  try {
    return verifyInclusionFile(proof, { log: vkey, leaf: id }).leaf === id
  } catch {
    return false // signed by another key than this: what is not proven is said, and is no error
  }
}

function parseOrigin(id: Hash, bytes: Uint8Array): Origin {
  const { record: line, payloads, proof } = membersIn(bytes)
  const record = recordIn(line)
  if (record.kind !== 'sent' || leafHash(line) !== id) refuse('its record is another message')
  const content = contentOf(record, payloads)
  const { conversation, actor: from, time: sentAt } = record
  const text = Buffer.from(content.text ?? []).toString('utf8')
  return { id, from, conversation, sentAt, about: content.about, text, proof: proofIn(proof, record, id) }
}

interface Members {
  readonly record: Uint8Array
  readonly payloads: readonly Readonly<Record<'bytes' | 'label' | 'salt', string>>[]
  readonly proof: string | undefined
}

function membersIn(bytes: Uint8Array): Members {
  let json = ''
  let value: unknown
  try {
    json = utf8.decode(bytes)
    value = JSON.parse(json)
  } catch (cause) {
    refuse('it is not JSON', cause)
  }
  if (!isShaped(value)) refuse('it has other members than an origin has')
  if (canonicalJson(value as unknown as Json) !== json) refuse('it is not in the canonical form (RFC 8785)')
  const { record, payloads, proof } = value
  return { record: Buffer.from(record), payloads, proof }
}

function isShaped(value: unknown): value is Omit<Members, 'record'> & { readonly record: string } {
  if (!hasMembers(value, ['payloads', 'record'], ['proof'])) return false
  const { record, proof, payloads } = value
  return (
    typeof record === 'string' &&
    (proof === undefined || typeof proof === 'string') &&
    Array.isArray(payloads) &&
    payloads.every((each) => {
      return hasMembers(each, ['bytes', 'label', 'salt']) && Object.values(each).every((it) => typeof it === 'string')
    })
  )
}

function hasMembers(value: unknown, must: string[], may: string[] = []): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const names = Object.keys(value)
  return must.every((name) => names.includes(name)) && names.every((name) => must.includes(name) || may.includes(name))
}

function recordIn(line: Uint8Array): AuditRecord {
  try {
    return parseRecord(line)
  } catch (cause) {
    refuse('its record is none', cause)
  }
}

function contentOf({ payloads: committed = [] }: AuditRecord, told: Members['payloads']): Content {
  if (told.length !== committed.length) refuse('words are missing, or too many')
  const payloads = told.map(({ bytes: encoded, label, salt }, n): EntryPayload => {
    const bytes = Buffer.from(encoded, 'base64')
    const [name, length, commitment] = committed[n] as (typeof committed)[number]
    const opens =
      bytes.toString('base64') === encoded &&
      SALT.test(salt) &&
      label === name &&
      bytes.length === length &&
      commitmentOf(Buffer.from(salt, 'hex'), label, bytes) === commitment
    if (!opens) refuse('its words are not the ones that its author recorded')
    return { label, bytes }
  })
  let content: Content
  try {
    content = parseContent(payloads)
  } catch (cause) {
    refuse('it is no message', cause)
  }
  if (!PASSED_ON.has(content.about.type)) refuse(`a message of type ${content.about.type} is not passed on`)
  return content
}

function proofIn(text: string | undefined, { actor, seq }: AuditRecord, leaf: Hash): InclusionFile | undefined {
  if (text === undefined) return undefined
  let proof: InclusionFile
  let checkpoint: ReturnType<typeof parseCheckpoint>
  try {
    proof = parseInclusionFile(Buffer.from(text))
    checkpoint = parseCheckpoint(Buffer.from(proof.checkpoint))
  } catch (cause) {
    refuse('its proof cannot be read', cause)
  }
  const { extra, index, path } = proof
  const { origin, size, root } = checkpoint
  const leads =
    extra === undefined &&
    index === seq &&
    origin === originOf(actor) &&
    verifyInclusion({ leaf, index, size, root, path })
  if (!leads) refuse('its proof does not lead to its author’s log')
  return proof
}

function refuse(why: string, cause?: unknown): never {
  throw new MessengerError('CONTENT_MALFORMED', `the message is refused: of what it passes on, ${why}`, { cause })
}
