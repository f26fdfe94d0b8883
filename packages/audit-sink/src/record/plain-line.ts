import type { AuditRecord, PayloadCommitment, SeenCheckpoint } from './record.ts'
import * as limits from '../limits.ts'
import { ALPHANUMERIC, CLASSES, HEX, isOf, LABEL, LETTER, NAME, PLAIN } from '../characters.ts'
import { isOrigin, noTwoAlike } from './check.ts'

/*
 * A verifier reads millions of lines, and JSON.parse, the checks of each member and writing the canonical form again
 * took most of its time. Nearly every line is plain: ASCII, no escape. Such a line is read here from left
 * to right, admitting only what the canonical form can hold at each place and only what section 2 admits of each
 * member, so that a line which gets through is canonical. Anything else is left to the general reader; a property
 * test holds the two against each other.
 */

const QUOTE = 0x22
const ZERO = 0x30
const NINE = 0x39
const MAX_DIGITS = 16

/** @returns the line's members, each within its bounds, but not yet what its kind demands; undefined: not plain */
export function readPlainLine(line: Buffer): AuditRecord | undefined {
  try {
    return readRecord(new Cursor(line))
  } catch (thrown) {
    if (thrown === NOT_PLAIN) return undefined
    throw thrown
  }
}

const NOT_PLAIN = new Error('not plain')

function readRecord(c: Cursor): AuditRecord {
  const { actor, boot, conversation, detail, kind } = readBeginning(c)
  const message = c.has(',"message":') ? readHash(c) : undefined
  c.expect(',"mono":')
  const mono = c.integer()
  const payloads = c.has(',"payloads":') ? readPayloads(c) : undefined
  const peers = c.has(',"peers":') ? readPeers(c) : undefined
  c.expect(',"prev":')
  const prev = readHash(c)
  const reason = c.has(',"reason":') ? c.string(PLAIN, 1, limits.MAX_REASON_BYTES) : undefined
  const ref = c.has(',"ref":') ? c.integer() : undefined
  const seen = c.has(',"seen":') ? c.list(readSeen, limits.MAX_SEEN) : undefined
  c.expect(',"seq":')
  const seq = c.integer()
  c.expect(',"time":')
  const time = c.integer()
  c.expect(',"v":1}')
  c.end()
  return {
    actor,
    boot,
    conversation,
    detail,
    kind,
    message,
    mono,
    payloads,
    peers,
    prev,
    reason,
    ref,
    seen,
    seq,
    time,
    v: 1,
  }
}

type Beginning = Pick<AuditRecord, 'actor' | 'boot' | 'conversation' | 'detail' | 'kind'>

/*
 * Neighbours in a log begin alike and name the same peers. What was read of the last few is kept, by its very text, and
 * not read letter by letter again.
 */
const BEGINNINGS_KEPT = 4
const beginnings: { readonly text: string; readonly members: Beginning }[] = []
let peersBefore = { text: '', peers: [] as readonly string[] }

function readBeginning(c: Cursor): Beginning {
  for (const { text, members } of beginnings) if (c.has(text)) return members
  c.expect('{"actor":')
  const actor = readPeer(c)
  c.expect(',"boot":')
  const boot = c.string(HEX, limits.BOOT_ID_DIGITS, limits.BOOT_ID_DIGITS)
  const conversation = c.has(',"conversation":') ? c.string(PLAIN, 1, limits.MAX_CONVERSATION_BYTES) : undefined
  const detail = c.has(',"detail":') ? readDetail(c) : undefined
  c.expect(',"kind":')
  const kind = c.string(NAME, 1, limits.MAX_NAME_CHARACTERS) as AuditRecord['kind']
  const members = { actor, boot, conversation, detail, kind }
  beginnings.unshift({ text: c.since(0), members })
  if (beginnings.length > BEGINNINGS_KEPT) beginnings.pop()
  return members
}

const readPeer = (c: Cursor): string => c.string(ALPHANUMERIC, 1, limits.MAX_PEER_ID_CHARACTERS)
const readHash = (c: Cursor): string => c.string(HEX, limits.HASH_DIGITS, limits.HASH_DIGITS)

function readPeers(c: Cursor): readonly string[] {
  if (peersBefore.text !== '' && c.has(peersBefore.text)) return peersBefore.peers
  const start = c.at
  const peers = c.list(readPeer, limits.MAX_PEERS)
  if (!noTwoAlike(peers)) throw NOT_PLAIN
  peersBefore = { text: c.since(start), peers }
  return peers
}

function readPayloads(c: Cursor): PayloadCommitment[] {
  const payloads = c.list(readPayload, limits.MAX_PAYLOADS)
  if (payloads.length > 1 && !noTwoAlike(payloads.map(([label]) => label))) throw NOT_PLAIN
  return payloads
}

function readPayload(c: Cursor): PayloadCommitment {
  c.expect('[')
  const label = c.name(LABEL)
  c.expect(',')
  const length = c.integer()
  c.expect(',')
  const commitment = readHash(c)
  c.expect(']')
  return [label, length, commitment]
}

function readSeen(c: Cursor): SeenCheckpoint {
  c.expect('[')
  const origin = c.string(PLAIN, 1, limits.MAX_ORIGIN_CHARACTERS)
  if (!isOrigin(origin)) throw NOT_PLAIN
  c.expect(',')
  const size = c.integer()
  c.expect(',')
  const root = readHash(c)
  c.expect(',')
  const signature = c.string(HEX, limits.SIGNATURE_DIGITS, limits.SIGNATURE_DIGITS)
  c.expect(']')
  return [origin, size, root, signature]
}

function readDetail(c: Cursor): Record<string, string | number> {
  const detail: Record<string, string | number> = {}
  let members = 0
  let before = ''
  c.expect('{')
  if (c.has('}')) return detail
  do {
    const name = c.name(NAME)
    members += 1
    // Rising order also keeps out a name that comes twice.
    if (name <= before || members > limits.MAX_DETAIL_MEMBERS) throw NOT_PLAIN
    before = name
    c.expect(':')
    detail[name] = c.isQuote() ? c.string(PLAIN, 0, limits.MAX_DETAIL_VALUE_BYTES) : c.integer()
  } while (c.has(','))
  c.expect('}')
  return detail
}

class Cursor {
  readonly #bytes: Buffer
  readonly #text: string
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
    // Bytes that are no ASCII give other characters than UTF-8 would, but no class admits them.
    this.#text = bytes.toString('latin1')
  }

  get at(): number {
    return this.#at
  }

  /** What was read from there on. */
  since(start: number): string {
    return this.#text.slice(start, this.#at)
  }

  has(literal: string): boolean {
    if (!this.#text.startsWith(literal, this.#at)) return false
    this.#at += literal.length
    return true
  }

  expect(literal: string): void {
    if (!this.has(literal)) throw NOT_PLAIN
  }

  end(): void {
    if (this.#at !== this.#text.length) throw NOT_PLAIN
  }

  isQuote(): boolean {
    return this.#bytes[this.#at] === QUOTE
  }

  /** A string of characters of one class. */
  string(characters: number, min: number, max: number): string {
    const bytes = this.#bytes
    const start = this.#at + 1
    let end = start
    while ((CLASSES[bytes[end] as number] as number) & characters) end += 1
    const length = end - start
    if (!this.isQuote() || bytes[end] !== QUOTE || length < min || length > max) throw NOT_PLAIN
    this.#at = end + 1
    return this.#text.slice(start, end)
  }

  /** A string that begins with a letter. */
  name(characters: number): string {
    if (!isOf(this.#text.charAt(this.#at + 1), LETTER)) throw NOT_PLAIN
    return this.string(characters, 1, limits.MAX_NAME_CHARACTERS)
  }

  /** No sign, no fraction, no exponent, no leading zero. */
  integer(): number {
    const bytes = this.#bytes
    const start = this.#at
    let end = start
    let value = 0
    for (;;) {
      const digit = bytes[end] as number
      if (!(digit >= ZERO && digit <= NINE)) break
      value = value * 10 + (digit - ZERO)
      end += 1
    }
    const digits = end - start
    if (digits === 0 || digits > MAX_DIGITS) throw NOT_PLAIN
    if (digits > 1 && bytes[start] === ZERO) throw NOT_PLAIN
    if (!Number.isSafeInteger(value)) throw NOT_PLAIN
    this.#at = end
    return value
  }

  list<T>(read: (cursor: Cursor) => T, max: number): T[] {
    const values: T[] = []
    this.expect('[')
    if (this.has(']')) return values
    do values.push(read(this))
    while (values.length < max && this.has(','))
    this.expect(']')
    return values
  }
}
