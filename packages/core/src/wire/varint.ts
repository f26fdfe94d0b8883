/** Most bytes that the length of a frame can take: 3 x 7 bits hold more than 131,072. */
const MAX_LENGTH_BYTES = 3

/** Unsigned varint (multiformats), for lengths below 2^21. */
export function encode(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80)
  bytes.push(rest)
  return Uint8Array.from(bytes)
}

/** @returns value and length in bytes; 'short' when more bytes are needed; 'long' when it is no length we take */
export function decode(byteAt: (at: number) => number, available: number): [number, number] | 'short' | 'long' {
  let value = 0
  for (let at = 0; at < MAX_LENGTH_BYTES; at++) {
    if (at >= available) return 'short'
    const byte = byteAt(at)
    value |= (byte & 0x7f) << (7 * at)
    if (byte < 0x80) return [value, at + 1]
  }
  return 'long'
}
