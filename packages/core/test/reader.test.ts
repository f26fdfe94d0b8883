import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { MessengerError } from '../src/errors.ts'
import {
  FRAME_COST_BYTES,
  FRAME_TIMEOUT_MS,
  MAX_FRAME_BYTES,
  MAX_UNREAD_BYTES,
  RESUME_UNREAD_BYTES,
} from '../src/limits.ts'
import { Frame } from '../src/wire/frame.ts'
import { FrameReader } from '../src/wire/reader.ts'
import { encode } from '../src/wire/varint.ts'
import { FakeStream } from './fake-stream.ts'
import { framed, own, pause, prefixed } from './support.ts'

/** A reader over a stream that is fed by hand, and what came out of it. */
function reading(onFrame: (frame: Frame) => Promise<void> = async () => undefined) {
  const stream = new FakeStream()
  const frames: Frame[] = []
  const errors: MessengerError[] = []
  const reader = new FrameReader({
    stream: stream.asStream(),
    onFrame: (frame) => {
      frames.push(frame)
      return onFrame(frame)
    },
    onError: (error) => errors.push(error),
  })
  return { stream, frames, errors, reader, codes: () => errors.map(({ code }) => code) }
}

function messageOf(bytes: number, fill = 0x61): Frame {
  return { message: { record: own(Buffer.alloc(bytes, fill)), openings: [] } }
}

const hexOf = (frames: readonly Frame[]): string[] =>
  frames.map((frame) => Buffer.from(Frame.encode(frame)).toString('hex'))

const SOME: Frame[] = [
  messageOf(3),
  { receipt: { record: own(Buffer.alloc(200, 1)) } },
  { refusal: { message: own(Buffer.alloc(32, 2)), code: 'MESSAGE_FORGED', reason: 'no' } },
  {
    message: {
      record: own(Buffer.from('{}')),
      openings: [{ label: 'text', salt: own(Buffer.alloc(32)), payload: own(Buffer.from('hi')) }],
    },
  },
]
const BYTES = Buffer.concat(SOME.map(framed))

describe('frames come out as they were put in', () => {
  test('when each comes as a whole', () => {
    const { stream, frames, errors } = reading()
    for (const frame of SOME) stream.feed(framed(frame))
    expect(hexOf(frames)).toEqual(hexOf(SOME))
    expect(errors).toEqual([])
  })

  test('when they come byte by byte', () => {
    const { stream, frames } = reading()
    for (const byte of BYTES) stream.feed(Uint8Array.of(byte))
    expect(hexOf(frames)).toEqual(hexOf(SOME))
  })

  test('when all come in one chunk', () => {
    const { stream, frames } = reading()
    stream.feed(BYTES)
    expect(hexOf(frames)).toEqual(hexOf(SOME))
  })

  test('wherever they are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(BYTES.length), { maxLength: 20 }), (cuts) => {
        const { stream, frames, errors } = reading()
        const ends = [...cuts, BYTES.length].toSorted((a, b) => a - b)
        for (const [n, end] of ends.entries()) stream.feed(BYTES.subarray(ends[n - 1] ?? 0, end))
        expect(hexOf(frames)).toEqual(hexOf(SOME))
        expect(errors).toEqual([])
      }),
    )
  })

  test('when a frame is as long as the limit admits', () => {
    const { stream, frames, errors } = reading()
    const empty = Frame.encode(messageOf(MAX_FRAME_BYTES - 100)).length - (MAX_FRAME_BYTES - 100)
    const longest = messageOf(MAX_FRAME_BYTES - empty)
    expect(Frame.encode(longest)).toHaveLength(MAX_FRAME_BYTES)
    stream.feed(framed(longest))
    expect([frames.length, errors]).toEqual([1, []])
  })

  test('when they hold fields of a later version', () => {
    const { stream, frames } = reading()
    const laterField = Buffer.of(0x7a, 2, 0xff, 0xff)
    stream.feed(prefixed(Buffer.concat([Frame.encode(messageOf(3)), laterField])))
    expect(hexOf(frames)).toEqual(hexOf([messageOf(3)]))
  })

  test('and none comes twice or stays behind when the stream ends in the middle of the next', () => {
    for (let cut = 0; cut < BYTES.length; cut++) {
      const { stream, frames, errors } = reading()
      stream.feed(BYTES.subarray(0, cut))
      const whole = frames.length
      expect(hexOf(frames)).toEqual(hexOf(SOME.slice(0, whole)))
      void stream.close()
      stream.feed(BYTES.subarray(cut))
      expect([frames.length, errors]).toEqual([whole, []])
    }
  })
})

describe('what is no frame is refused, once, and nothing is read after it', () => {
  test.each<[string, string, Uint8Array]>([
    ['a length over the limit, before a byte of its body', 'FRAME_TOO_LARGE', encode(MAX_FRAME_BYTES + 1)],
    ['a length that takes four bytes', 'FRAME_TOO_LARGE', Buffer.of(0x81, 0x80, 0x80, 0x00)],
    ['a length without end', 'FRAME_TOO_LARGE', Buffer.alloc(65_536, 0xff)],
    ['an empty frame', 'FRAME_MALFORMED', Buffer.of(0)],
    ['a frame that holds only what a later version knows', 'FRAME_MALFORMED', prefixed(Buffer.of(0x7a, 1, 0))],
    ['a body that ends too soon', 'FRAME_MALFORMED', prefixed(Buffer.of(0x0a, 0x7f, 0x0a))],
    ['a wire type that there is not', 'FRAME_MALFORMED', prefixed(Buffer.of(0x0f))],
    ['a tag without end', 'FRAME_MALFORMED', prefixed(Buffer.alloc(16, 0xff))],
    ['words in place of protobuf', 'FRAME_MALFORMED', prefixed(Buffer.from('GET / HTTP/1.1\r\nHost: branch\r\n\r\n'))],
  ])('%s: %s', (_, code, bytes) => {
    const { stream, frames, codes } = reading()
    stream.feed(framed(messageOf(1)))
    stream.feed(bytes)
    stream.feed(BYTES)
    expect([frames.length, codes()]).toEqual([1, [code]])
    expect(stream.readStatus).not.toBe('paused')
  })

  test('what the frame is for can be refused, too', async () => {
    const refusal = new MessengerError('FRAME_UNEXPECTED', 'not here')
    const { stream, frames, errors } = reading(async () => Promise.reject(refusal))
    stream.feed(framed(messageOf(1)))
    await pause(0)
    stream.feed(BYTES)
    expect([frames.length, errors]).toEqual([1, [refusal]])
  })

  test('random bytes never do more than that, and never throw', () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.uint8Array({ maxLength: 200 }).map(prefixed),
      fc.constantFrom(...SOME).map(framed),
      fc.tuple(fc.constantFrom(...SOME), fc.nat(), fc.integer({ min: 1, max: 255 })).map(([frame, at, flip]) => {
        const bytes = Buffer.from(framed(frame))
        bytes[at % bytes.length] = (bytes[at % bytes.length] as number) ^ flip
        return bytes
      }),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const { stream, errors, reader } = reading()
        for (const bytes of pieces) stream.feed(bytes)
        reader.end()
        expect(errors.length).toBeLessThan(2)
        for (const error of errors) {
          expect(error).toBeInstanceOf(MessengerError)
          expect(['FRAME_TOO_LARGE', 'FRAME_MALFORMED']).toContain(error.code)
        }
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('a frame that was begun must end in time', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  test('FRAME_STALLED wherever it stops', () => {
    const bytes = framed(SOME[3] as Frame)
    for (let cut = 1; cut < bytes.length; cut++) {
      const { stream, codes } = reading()
      stream.feed(bytes.subarray(0, cut))
      vi.advanceTimersByTime(FRAME_TIMEOUT_MS - 1)
      expect(codes()).toEqual([])
      vi.advanceTimersByTime(1)
      expect(codes()).toEqual(['FRAME_STALLED'])
    }
  })

  test('FRAME_STALLED however steadily its bytes drip', () => {
    const { stream, codes } = reading()
    for (let ms = 0; ms < FRAME_TIMEOUT_MS; ms += 1_000) {
      expect(codes()).toEqual([])
      stream.feed(ms === 0 ? encode(1_000) : Buffer.of(0))
      vi.advanceTimersByTime(1_000)
    }
    expect(codes()).toEqual(['FRAME_STALLED'])
  })

  test('each frame has its own time, and a stream that is quiet between frames has all there is', () => {
    const { stream, frames, codes } = reading()
    const bytes = framed(messageOf(10))
    for (let n = 0; n < 4; n++) {
      stream.feed(bytes.subarray(0, 5))
      vi.advanceTimersByTime(FRAME_TIMEOUT_MS - 1)
      stream.feed(Buffer.concat([bytes.subarray(5), bytes.subarray(0, 5)]))
      vi.advanceTimersByTime(FRAME_TIMEOUT_MS - 1)
      stream.feed(bytes.subarray(5))
      vi.advanceTimersByTime(10 * FRAME_TIMEOUT_MS)
    }
    expect([frames.length, codes()]).toEqual([8, []])
  })

  test('a peer is not blamed for the time in which we do not read', async () => {
    const held = Promise.withResolvers<void>()
    const { stream, codes } = reading(() => held.promise)
    const bytes = framed(messageOf(100_000))
    const tooMuch = Buffer.concat([...Array<Uint8Array>(11).fill(bytes), bytes.subarray(0, 50_000)])
    stream.feed(tooMuch)
    expect(stream.readStatus).toBe('paused')
    vi.advanceTimersByTime(3 * FRAME_TIMEOUT_MS)
    expect(codes()).toEqual([])
    held.resolve()
    await vi.advanceTimersByTimeAsync(FRAME_TIMEOUT_MS - 1)
    expect([stream.readStatus, codes()]).toEqual(['readable', []])
    vi.advanceTimersByTime(1)
    expect(codes()).toEqual(['FRAME_STALLED'])
  })

  test('nothing goes on ticking when the stream is gone', () => {
    const { stream } = reading()
    stream.feed(BYTES.subarray(0, 5))
    void stream.close()
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('a sender who is faster than our record is held back', () => {
  /** Frames whose work ends when the test says so. */
  function held() {
    const waiting: (() => void)[] = []
    const read = reading(() => new Promise<void>((resolve) => waiting.push(resolve)))
    return {
      ...read,
      unread: () => waiting.length,
      finish: async (count: number) => {
        for (const done of waiting.splice(0, count)) done()
        await pause(0)
      },
    }
  }

  const FRAME = framed(messageOf(32_768))
  const cost = Frame.encode(messageOf(32_768)).length + FRAME_COST_BYTES

  test('reading stops above 1 MiB of unread frames and goes on below 256 KiB, once each', async () => {
    const { stream, unread, finish } = held()
    while (stream.readStatus === 'readable') stream.feed(FRAME)
    expect(unread() * cost).toBeGreaterThan(MAX_UNREAD_BYTES - cost)
    expect(unread() * cost).toBeLessThan(MAX_UNREAD_BYTES + cost)
    while ((unread() - 1) * cost >= RESUME_UNREAD_BYTES) {
      await finish(1)
      expect(stream.readStatus).toBe('paused')
    }
    await finish(1)
    expect(stream.readStatus).toBe('readable')
    await finish(unread())
    expect(stream.calls).toEqual(['pause', 'resume'])
  })

  test('what is unread stays bounded however much is offered, and all of it comes', async () => {
    const { stream, frames, unread, finish } = held()
    let most = 0
    for (let sent = 0; sent < 200; ) {
      while (stream.readStatus === 'readable' && sent < 200) {
        stream.feed(FRAME)
        sent += 1
      }
      most = Math.max(most, unread())
      await finish(1)
    }
    await finish(unread())
    expect(most * cost).toBeLessThan(MAX_UNREAD_BYTES + cost)
    expect(frames).toHaveLength(200)
  })

  test('what came in one piece is read no further than that, and the rest when there is room', async () => {
    const { stream, frames, unread, finish } = held()
    const tiny = framed(messageOf(0))
    stream.feed(Buffer.concat(Array<Uint8Array>(100_000).fill(tiny)))
    let most = 0
    while (frames.length < 100_000 || unread() > 0) {
      most = Math.max(most, unread())
      await finish(unread())
    }
    expect(most * FRAME_COST_BYTES).toBeLessThanOrEqual(MAX_UNREAD_BYTES + FRAME_COST_BYTES)
    expect([frames.length, stream.readStatus]).toEqual([100_000, 'readable'])
  })

  test('frames of a few bytes count for what they cost us', async () => {
    const { stream, unread } = held()
    const tiny = framed(messageOf(0))
    for (let n = 0; n < 100_000 && stream.readStatus === 'readable'; n++) stream.feed(tiny)
    expect(stream.readStatus).toBe('paused')
    expect(unread()).toBeLessThan(20_000)
  })

  test('what was held back is not read after a frame that is refused', async () => {
    const unexpected = new MessengerError('FRAME_UNEXPECTED', 'no')
    const { stream, frames, codes } = reading(async () => Promise.reject(unexpected))
    const taken = Math.floor(MAX_UNREAD_BYTES / cost) + 1
    stream.feed(Buffer.concat(Array<Uint8Array>(40).fill(FRAME)))
    stream.feed(FRAME)
    await pause(0)
    expect([stream.calls, frames.length, codes()]).toEqual([['pause'], taken, ['FRAME_UNEXPECTED']])
  })

  test('a stream whose connection has gone in the meantime is aborted, and nobody is disturbed', async () => {
    const { stream, finish, unread, errors } = held()
    while (stream.readStatus === 'readable') stream.feed(FRAME)
    stream.resumes = false
    await finish(unread())
    expect([stream.status, errors]).toEqual(['aborted', []])
  })

  test('a stream that is gone is neither paused nor resumed', async () => {
    const { stream, finish, unread } = held()
    while (stream.readStatus === 'readable') stream.feed(FRAME)
    stream.abort()
    await finish(unread())
    expect(stream.calls).toEqual(['pause'])
  })
})
