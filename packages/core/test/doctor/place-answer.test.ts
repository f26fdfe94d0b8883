import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parsePlaceAnswer } from '../../src/wire/place-answer.ts'
import { codeOf } from '../support.ts'

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex')

test.each([
  ['a place without limits', '08 02 28 64', { status: 'OK' }],
  [
    'limits of seconds and bytes',
    '08 02 22 06 08 78 10 80 80 08 28 64',
    { status: 'OK', limitSeconds: 120, limitBytes: 131_072 },
  ],
  ['milliseconds, as js-libp2p tells them', '08 02 22 04 08 c0 a9 07 28 64', { status: 'OK', limitSeconds: 120 }],
  ['limits of nothing', '08 02 22 04 08 00 10 00 28 64', { status: 'OK' }],
  ['a reservation, which is passed over', '08 02 1a 02 08 01 28 64', { status: 'OK' }],
  ['no place', '08 02 28 c8 01', { status: 'RESERVATION_REFUSED' }],
  ['no permission', '08 02 28 ca 01', { status: 'PERMISSION_DENIED' }],
  ['a status that nobody knows', '08 02 28 07', { status: 'status 7' }],
])('an answer of a relay: %s', (_, hex, expected) => {
  expect(parsePlaceAnswer(bytes(hex))).toEqual(expected)
})

test.each([
  ['nothing', ''],
  ['a question', '08 00'],
  ['no status', '08 02'],
  ['a limit that is cut off', '08 02 28 64 22 7f 08'],
  ['a field that is cut off', '08 02 28'],
  ['a length beyond its end', '08 02 28 64 1a ff ff ff ff 0f'],
])('an answer that is none: %s', (_, hex) => {
  expect(codeOf(() => parsePlaceAnswer(bytes(hex)))).toBe('FRAME_MALFORMED')
})

test('whatever a relay sends is an answer or malformed, and nothing else', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (random) => {
      try {
        expect(typeof parsePlaceAnswer(random).status).toBe('string')
      } catch (error) {
        expect(error).toMatchObject({ code: 'FRAME_MALFORMED' })
      }
    }),
    { numRuns: 2_000 },
  )
})
