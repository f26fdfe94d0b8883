import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { MAX_PLACES_FRAMES_A_MINUTE } from '../src/limits.ts'
import { Places } from '../src/wire/places.ts'
import { type PlacesChange, PlacesReader } from '../src/wire/places-reader.ts'
import { encode as varint } from '../src/wire/varint.ts'
import { PlacesWriter } from '../src/wire/writer.ts'
import { FakeStream } from './fake-stream.ts'

interface Case {
  readonly name: string
  readonly bytes: string
  readonly told?: readonly PlacesChange[]
  readonly refused?: string
}

const CASES = JSON.parse(
  readFileSync(new URL('../../../spec/vectors/places.json', import.meta.url), 'utf8'),
) as readonly Case[]

function reading() {
  const stream = new FakeStream()
  const told: PlacesChange[] = []
  const refused: string[] = []
  const reader = new PlacesReader({
    stream: stream.asStream(),
    onChange: (change) => told.push(change),
    onError: ({ code }) => refused.push(code),
  })
  reader.start()
  return { stream, told, refused }
}

describe('what a relay tells of its places', () => {
  test.each(CASES)('$name', ({ bytes, told: expected = [], refused: code }) => {
    const all = Buffer.from(bytes, 'hex')
    for (const step of [all.length, 7, 1]) {
      const { stream, told, refused } = reading()
      for (let at = 0; at < all.length; at += step) stream.feed(all.subarray(at, at + step))
      expect({ told, refused }).toEqual({ told: expected, refused: code === undefined ? [] : [code] })
    }
  })

  test('is written as it is read', async () => {
    for (const { bytes, told } of CASES.filter((each) => each.told?.length === 1 && !each.name.includes('not known'))) {
      const stream = new FakeStream()
      const [{ here, gone }] = told as [PlacesChange]
      await new PlacesWriter(stream.asStream()).places([...here], [...gone])
      expect(Buffer.concat(stream.sent).toString('hex')).toBe(bytes)
    }
  })

  test('and nothing is read after what cannot be, nor from a relay that never rests', () => {
    const { stream, told, refused } = reading()
    const frame = Places.encode({ here: [], gone: [] })
    const bytes = Buffer.concat([varint(frame.length), frame])
    for (let n = 0; n < 2 * MAX_PLACES_FRAMES_A_MINUTE; n++) stream.feed(bytes)
    expect(told).toHaveLength(MAX_PLACES_FRAMES_A_MINUTE)
    expect(refused).toEqual(['FRAME_UNEXPECTED'])
  })
})
