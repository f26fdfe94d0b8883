import { createHash, randomBytes } from 'node:crypto'

/*
 * spec/audit-log.md and spec/wire.md once more, as small as they can be: a test that read with the code under test
 * would believe whatever that code believes.
 */

export type HandPayload = readonly [label: string, length: number, commitment: string]

export interface HandRecord {
  readonly actor: string
  readonly detail?: Record<string, string | number>
  readonly kind: string
  readonly message?: string
  readonly payloads?: readonly HandPayload[]
  readonly peers?: readonly string[]
  readonly seq: number
}

export interface HandOpening {
  readonly label: string
  readonly salt: Buffer
  readonly payload: Buffer
}

/** Audit log, section 5. */
export function leafOf(line: Uint8Array): string {
  return createHash('sha256').update(Uint8Array.of(0)).update(line).digest('hex')
}

/** Audit log, section 4. */
export function commitTo({ label, salt, payload }: HandOpening): string {
  const hash = createHash('sha256').update('branchline/v1/payload\0').update(salt)
  return hash.update(Uint8Array.of(label.length)).update(label).update(payload).digest('hex')
}

export function opening(label: string, payload: Buffer): HandOpening {
  return { label, salt: randomBytes(32), payload }
}

export function payloadOf(each: HandOpening): HandPayload {
  return [each.label, each.payload.length, commitTo(each)]
}

/** RFC 8785 for what a test writes: ASCII, integers, no member undefined. */
export function canonical(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(members.map(([name, member]) => [name, canonical(member)]))
}

/** One field of a protobuf; the last one of what came may be cut short. */
export interface Field {
  readonly number: number
  /** Empty for an integer. */
  readonly value: Buffer
  readonly integer: number
  readonly whole: boolean
}

export function readFields(bytes: Buffer): Field[] {
  const fields: Field[] = []
  for (let at = 0; at < bytes.length; ) {
    const tag = readVarint(bytes, at)
    const length = tag && readVarint(bytes, tag.end)
    if (tag === undefined || length === undefined) break
    const [number, type] = [tag.value >> 3, tag.value & 7]
    if (type !== 2 && type !== 0) throw new Error(`field ${number} is of a type that the wire does not use`)
    const end = type === 0 ? length.end : length.end + length.value
    fields.push({ number, value: bytes.subarray(length.end, end), integer: length.value, whole: end <= bytes.length })
    at = end
  }
  return fields
}

function readVarint(bytes: Buffer, start: number): { value: number; end: number } | undefined {
  let value = 0
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at] as number
    value += (byte & 0x7f) * 2 ** (7 * (at - start))
    if (byte < 0x80) return { value, end: at + 1 }
  }
  return undefined
}

/** Wire, section 2: numbers of the fields of `Frame`. */
export const MESSAGE = 1
export const RECEIPT = 2
export const REFUSAL = 3
export const HELLO = 4

export interface HandFrame {
  /** MESSAGE, RECEIPT, REFUSAL; undefined when too little of it came to tell. */
  readonly body: number | undefined
  readonly whole: boolean
  readonly fields: readonly Field[]
}

/** @returns the frames, the last perhaps cut short, and how many bytes the whole ones take */
export function readFrames(bytes: Buffer): { frames: HandFrame[]; consumed: number } {
  const frames: HandFrame[] = []
  let consumed = 0
  for (let at = 0; at < bytes.length; ) {
    const length = readVarint(bytes, at)
    if (length === undefined) break
    at = length.end + length.value
    const whole = at <= bytes.length
    const [body] = readFields(bytes.subarray(length.end, at))
    frames.push({ body: body?.number, whole, fields: body === undefined ? [] : readFields(body.value) })
    if (whole) consumed = at
  }
  return { frames, consumed }
}

export function valueOf(frame: HandFrame, number: number): Buffer {
  return frame.fields.find((field) => field.number === number)?.value ?? Buffer.alloc(0)
}

export function openingsOf(frame: HandFrame): HandOpening[] {
  return frame.fields.filter(({ number }) => number === 2).map(({ value }) => openingOf(value))
}

function openingOf(bytes: Buffer): HandOpening {
  const fields = readFields(bytes)
  const value = (wanted: number): Buffer => fields.find(({ number }) => number === wanted)?.value ?? Buffer.alloc(0)
  return { label: value(1).toString('latin1'), salt: value(2), payload: value(3) }
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    bytes.push((rest % 128) + (rest < 128 ? 0 : 128))
    if (rest < 128) return Buffer.from(bytes)
  }
}

export function field(number: number, value: Uint8Array | string): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes])
}

export function frame(body: number, ...fields: readonly Buffer[]): Buffer {
  const bytes = field(body, Buffer.concat(fields))
  return Buffer.concat([varint(bytes.length), bytes])
}

export function integerField(number: number, value: number): Buffer {
  return Buffer.concat([varint(number * 8), varint(value)])
}

/** @param proof - the fields of a `Proof`; none for what no receiver is to take */
export function messageFrame(line: Buffer, openings: readonly HandOpening[], proof?: Buffer): Buffer {
  const each = openings.map(({ label, salt, payload }) =>
    Buffer.concat([field(1, label), field(2, salt), field(3, payload)]),
  )
  const fields = [field(1, line), ...each.map((bytes) => field(2, bytes))]
  return frame(MESSAGE, ...fields, ...(proof === undefined ? [] : [field(3, proof)]))
}
