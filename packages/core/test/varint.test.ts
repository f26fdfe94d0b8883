import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_FRAME_BYTES } from '../src/limits.ts'
import { decode, encode } from '../src/wire/varint.ts'

function read(bytes: Uint8Array) {
  return decode((at) => bytes[at] as number, bytes.length)
}

describe('a length', () => {
  test.each([
    [0, [0x00]],
    [1, [0x01]],
    [127, [0x7f]],
    [128, [0x80, 0x01]],
    [300, [0xac, 0x02]],
    [16_383, [0xff, 0x7f]],
    [16_384, [0x80, 0x80, 0x01]],
    [MAX_FRAME_BYTES, [0x80, 0x80, 0x08]],
    [2_097_151, [0xff, 0xff, 0x7f]],
  ])('of %d is written and read as multiformats says', (value, bytes) => {
    expect([...encode(value)]).toEqual(bytes)
    expect(read(Uint8Array.from(bytes))).toEqual([value, bytes.length])
  })

  test('is read as it was written, whatever follows it', () => {
    fc.assert(
      fc.property(fc.nat(2_097_151), fc.uint8Array({ maxLength: 4 }), (value, rest) => {
        const bytes = encode(value)
        expect(read(Buffer.concat([bytes, rest]))).toEqual([value, bytes.length])
      }),
    )
  })

  test('that is not all there needs more bytes', () => {
    for (const value of [128, 16_384, 2_097_151]) {
      const bytes = encode(value)
      for (let length = 0; length < bytes.length; length++) expect(read(bytes.subarray(0, length))).toBe('short')
    }
  })

  test('of four bytes or more is none, however it would end', () => {
    for (const bytes of [encode(2_097_152), Uint8Array.of(0x80, 0x80, 0x80, 0x00), new Uint8Array(64).fill(0xff)]) {
      expect(read(bytes)).toBe('long')
      expect(read(bytes.subarray(0, 3))).toBe('long')
    }
  })
})
