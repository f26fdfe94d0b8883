import { isAscii } from 'node:buffer'
import type { AuditRecord, PayloadCommitment } from './record.ts'

/*
 * A verifier reads millions of lines, and JSON.parse followed by writing the canonical form again took most of its
 * time. Nearly every line is plain: ASCII, no escape, no `seen`. Such a line is read here from left to right, admitting
 * only what the canonical form can hold at each place, so that a line which gets through is canonical. Anything
 * else is left to the general reader; a property test holds the two against each other.
 */

const QUOTE = 0x22
const ZERO = 0x30
const NINE = 0x39
const MAX_DIGITS = 16
/** Printable ASCII but the quote and the backslash, which alone JSON would escape. */
const PLAIN = /^[ !#-[\]-~]*$/

/** @returns the line's members, of the right types but not checked further; undefined when the line is not plain */
export function readPlainLine(line: Buffer): AuditRecord | undefined {
  if (!isAscii(line)) return undefined
  const cursor = new Cursor(line.toString('latin1'))
  try {
    return readRecord(cursor)
  } catch (thrown) {
    if (thrown === NOT_PLAIN) return undefined
    throw thrown
  }
}

const NOT_PLAIN = new Error('not plain')

function readRecord(c: Cursor): AuditRecord {
  c.expect('{"actor":')
  const actor = c.token()
  c.expect(',"boot":')
  const boot = c.token()
  const conversation = c.has(',"conversation":') ? c.text() : undefined
  const detail = c.has(',"detail":') ? readDetail(c) : undefined
  c.expect(',"kind":')
  const kind = c.token() as AuditRecord['kind']
  const message = c.has(',"message":') ? c.token() : undefined
  c.expect(',"mono":')
  const mono = c.integer()
  const payloads = c.has(',"payloads":') ? c.list(readPayload) : undefined
  const peers = c.has(',"peers":') ? c.list(readToken) : undefined
  c.expect(',"prev":')
  const prev = c.token()
  const reason = c.has(',"reason":') ? c.text() : undefined
  const ref = c.has(',"ref":') ? c.integer() : undefined
  c.expect(',"seq":')
  const seq = c.integer()
  c.expect(',"time":')
  const time = c.integer()
  c.expect(',"v":1}')
  c.end()
  return { actor, boot, conversation, detail, kind, message, mono, payloads, peers, prev, reason, ref, seq, time, v: 1 }
}

const readToken = (c: Cursor): string => c.token()

function readPayload(c: Cursor): PayloadCommitment {
  c.expect('[')
  const label = c.token()
  c.expect(',')
  const length = c.integer()
  c.expect(',')
  const commitment = c.token()
  c.expect(']')
  return [label, length, commitment]
}

function readDetail(c: Cursor): Record<string, string | number> {
  const detail: Record<string, string | number> = {}
  let before = ''
  c.expect('{')
  if (c.has('}')) return detail
  do {
    const name = c.token()
    // Rising order also keeps out a name that comes twice; `__proto__` is no name of a detail.
    if (name <= before || name === '__proto__') throw NOT_PLAIN
    before = name
    c.expect(':')
    detail[name] = c.isQuote() ? c.text() : c.integer()
  } while (c.has(','))
  c.expect('}')
  return detail
}

class Cursor {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
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
    return this.#text.charCodeAt(this.#at) === QUOTE
  }

  /** A string whose own check, in `assertRecord`, admits nothing that JSON would escape. */
  token(): string {
    const start = this.#at + 1
    const close = this.#text.indexOf('"', start)
    if (!this.isQuote() || close < 0) throw NOT_PLAIN
    const value = this.#text.slice(start, close)
    this.#at = close + 1
    return value
  }

  /** A string of any words. */
  text(): string {
    const value = this.token()
    if (!PLAIN.test(value)) throw NOT_PLAIN
    return value
  }

  /** No sign, no fraction, no exponent, no leading zero. */
  integer(): number {
    const start = this.#at
    let value = 0
    for (;;) {
      const digit = this.#text.charCodeAt(this.#at)
      if (!(digit >= ZERO && digit <= NINE)) break
      value = value * 10 + (digit - ZERO)
      this.#at += 1
    }
    const digits = this.#at - start
    if (digits === 0 || digits > MAX_DIGITS) throw NOT_PLAIN
    if (digits > 1 && this.#text.charCodeAt(start) === ZERO) throw NOT_PLAIN
    if (!Number.isSafeInteger(value)) throw NOT_PLAIN
    return value
  }

  list<T>(read: (cursor: Cursor) => T): T[] {
    const values: T[] = []
    this.expect('[')
    if (this.has(']')) return values
    do values.push(read(this))
    while (this.has(','))
    this.expect(']')
    return values
  }
}
