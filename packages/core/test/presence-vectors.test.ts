import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { PRESENCE_BELIEVED, PRESENCE_SAID } from '../src/limits.ts'
import { Hearing } from '../src/presence/hearing.ts'
import { Pace } from '../src/presence/pace.ts'
import { formatPresence, type PresenceState } from '../src/wire/presence.ts'
import { PresenceReader } from '../src/wire/presence-reader.ts'
import { PresenceWriter } from '../src/wire/writer.ts'
import { FakeStream } from './fake-stream.ts'
import { silentLogger } from './silent-logger.ts'
import { ANN } from './support.ts'

interface Vectors {
  readonly streams: readonly {
    readonly name: string
    readonly bytes: string
    readonly told: readonly PresenceState[]
    readonly refused?: string
  }[]
  readonly paces: readonly { readonly name: string; readonly seconds: readonly number[]; readonly believed: string }[]
}

const file = new URL('../../../spec/vectors/presence.json', import.meta.url)
const { streams, paces } = JSON.parse(readFileSync(file, 'utf8')) as Vectors

/** The reader, and what it counts by, as they are behind a stream. */
function hearing() {
  const [stream, told] = [new FakeStream(), [] as PresenceState[]]
  const log = silentLogger().forComponent('')
  const heard = new Hearing({ isAdmitted: () => true, onChange: (_, state) => told.push(state), log })
  heard.listen(stream.asStream(), ANN)
  return { stream, told, heard }
}

describe('spec/vectors/presence.json', () => {
  test.each(streams)('a stream: $name', ({ bytes, told: expected, refused }) => {
    const all = Buffer.from(bytes, 'hex')
    for (const step of [Math.max(1, all.length), 1]) {
      const { stream, told, heard } = hearing()
      for (let at = 0; at < all.length; at += step) stream.feed(all.subarray(at, at + step))
      expect(stream.status).toBe(refused === undefined ? 'open' : 'aborted')
      // Whoever has said nothing, or is no longer believed, counts as here.
      const states = ['here', ...expected, ...(refused === undefined ? [] : ['here'])]
      expect(told).toEqual(states.filter((state, n) => n > 0 && state !== states[n - 1]))
      expect(heard.of(ANN)).toBe(states.at(-1))
    }
  })

  test('names the code with which each is refused, which the reader of a stream alone knows but for the count', () => {
    for (const { bytes, told, refused } of streams) {
      const [stream, codes, states] = [new FakeStream(), [] as string[], [] as PresenceState[]]
      const onError = (error: Error): void => void codes.push((error as Error & { code: string }).code)
      new PresenceReader({ stream: stream.asStream(), onState: (state) => void states.push(state), onError }).start()
      stream.feed(Buffer.from(bytes, 'hex'))
      if (told.length < 6)
        expect({ codes, states }).toEqual({ codes: refused === undefined ? [] : [refused], states: told })
    }
  })

  test('a state is written as it is read, and what is no state is not written', () => {
    const stream = new FakeStream()
    const writer = new PresenceWriter(stream.asStream())
    for (const { told } of streams.slice(0, 4)) for (const state of told) writer.state(state)
    expect(Buffer.concat(stream.sent).toString('hex')).toBe('00010203')
    expect(() => formatPresence('at lunch' as PresenceState)).toThrow(TypeError)
  })

  test.each(paces)('a pace: $name', ({ seconds, believed }) => {
    const pace = new Pace(PRESENCE_BELIEVED)
    expect(seconds.map((at) => (pace.take(at * 1_000) ? '1' : '0')).join('')).toBe(believed)
  })
})

test('who says as much as may be said is believed, also when a slow link holds it up for up to ten seconds', () => {
  const [saying, hearing] = [new Pace(PRESENCE_SAID), new Pace(PRESENCE_BELIEVED)]
  let [now, arrived, said] = [0, 0, 0]
  for (; now < 4 * 3_600_000; now += saying.waitMs(now)) {
    expect(saying.take(now)).toBe(true)
    // No frame overtakes another.
    arrived = Math.max(arrived, now + (said++ % 3 === 0 ? 10_000 : 0))
    expect(hearing.take(arrived)).toBe(true)
  }
  expect(said).toBe(4 * 50)
})

test('whatever a peer says ends in a state or with a code, and costs nothing', () => {
  let seed = 1
  const next = (): number => (seed = (seed * 48_271) % 2_147_483_647)
  for (let round = 0; round < 2_000; round++) {
    const { stream, told, heard } = hearing()
    const most = round % 2 === 0 ? 4 : 256
    const bytes = Uint8Array.from({ length: next() % 64 }, () => next() % most)
    for (let at = 0; at < bytes.length; at += 7) stream.feed(bytes.subarray(at, at + 7))
    expect(told.length).toBeLessThanOrEqual(7)
    expect(['off', 'here', 'busy', 'away']).toContain(heard.of(ANN))
    expect(stream.sent).toEqual([])
    if (bytes.some((byte) => byte > 3)) expect(stream.status).toBe('aborted')
  }
})
