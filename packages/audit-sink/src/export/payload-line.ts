import type { StoredPayload } from '../store.ts'

export interface PlacedPayload {
  readonly seq: number
  readonly payload: StoredPayload
}

/** Bytes of a line without its line feed: a payload of 1 MiB in base64, and room for the rest. */
export const MAX_PAYLOAD_LINE_BYTES = 1_500_000
const HEX_PAIRS = /^(?:[0-9a-f]{2})*$/

/** One line of `payloads.jsonl`, in the canonical form of RFC 8785, with its line feed. */
export function encodePayloadLine({ seq, payload }: PlacedPayload): string {
  const { label, salt, bytes } = payload
  return `${payloadText(asBuffer(bytes).toString('base64'), label, asBuffer(salt).toString('hex'), seq)}\n`
}

/** @returns undefined for a line that is not exactly as `encodePayloadLine` writes it */
export function decodePayloadLine(line: Buffer): PlacedPayload | undefined {
  const value = parsed(line)
  if (typeof value !== 'object' || value === null) return undefined
  const { bytes, label, salt, seq } = value as Record<string, unknown>
  if (typeof bytes !== 'string' || typeof label !== 'string' || typeof salt !== 'string') return undefined
  if (!Number.isSafeInteger(seq) || (seq as number) < 0 || !label.isWellFormed() || !HEX_PAIRS.test(salt))
    return undefined
  const payload = { label, salt: Buffer.from(salt, 'hex'), bytes: Buffer.from(bytes, 'base64') }
  // Says at once that the base64 is the standard one, that no member is left, and that the order is right.
  const text = payloadText(payload.bytes.toString('base64'), label, salt, seq as number)
  return Buffer.from(text).equals(line) ? { seq: seq as number, payload } : undefined
}

function payloadText(base64: string, label: string, hex: string, seq: number): string {
  return `{"bytes":"${base64}","label":${JSON.stringify(label)},"salt":"${hex}","seq":${seq}}`
}

function parsed(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString('utf8'))
  } catch {
    return undefined
  }
}

function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}
