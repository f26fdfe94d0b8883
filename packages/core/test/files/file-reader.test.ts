import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MessengerError } from '../../src/errors.ts'
import { MAX_FILE_FRAME_BYTES, MAX_UNWRITTEN_BYTES } from '../../src/limits.ts'
import { FileReader } from '../../src/wire/file-reader.ts'
import { formatFileRequest, parseFileRequest, parseTaken } from '../../src/wire/file-request.ts'
import { encode as varint } from '../../src/wire/varint.ts'
import { FakeStream } from '../fake-stream.ts'

const frame = (bytes: Uint8Array): Buffer => Buffer.concat([varint(bytes.length), bytes])
const chunk = fc.uint8Array({ minLength: 1, maxLength: 300 })

function reading(stallMs?: number) {
  const stream = new FakeStream()
  return { stream, reader: new FileReader(stream.asStream(), stallMs) }
}

/** In pieces of these sizes, over and over. */
function feed(stream: FakeStream, bytes: Buffer, sizes: readonly number[]): void {
  for (let at = 0, n = 0; at < bytes.length; n++) {
    const size = sizes[n % sizes.length] as number
    stream.feed(bytes.subarray(at, at + size))
    at += size
  }
}

async function readAll(reader: FileReader): Promise<{ answer: string; chunks: Uint8Array[] }> {
  const answer = await reader.answer()
  const chunks: Uint8Array[] = []
  for (let next = await reader.chunk(); next !== undefined; next = await reader.chunk()) chunks.push(next)
  return { answer, chunks }
}

describe('frames of a file', () => {
  test('are read as they were written, in whatever pieces they come', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(fc.array(chunk, { maxLength: 20 }), sizes, async (chunks, sizes) => {
        const { stream, reader } = reading()
        const all = readAll(reader)
        feed(stream, Buffer.concat([frame(Buffer.alloc(0)), ...chunks.map(frame)]), sizes)
        await stream.close()
        const read = await all
        expect(Buffer.concat(read.chunks).equals(Buffer.concat(chunks))).toBe(true)
        expect(read.answer).toBe('')
      }),
      { numRuns: 200 },
    )
  })

  test('that are anything are read, or refused with a code', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), fc.integer({ min: 1, max: 64 }), async (bytes, size) => {
        const { stream, reader } = reading()
        const all = readAll(reader).catch((error: unknown) => error)
        feed(stream, Buffer.from(bytes), [size])
        await stream.close()
        const outcome = await all
        if (!(outcome instanceof Error)) return
        if (outcome instanceof MessengerError) expect(outcome.code).toMatch(/^FRAME_(TOO_LARGE|MALFORMED)$/)
        else expect(outcome.message).toContain('answered nothing')
      }),
      { numRuns: 500 },
    )
  })

  test('are not taken faster than they are read', async () => {
    const { stream, reader } = reading()
    const one = frame(Buffer.alloc(MAX_FILE_FRAME_BYTES, 7))
    stream.feed(frame(Buffer.alloc(0)))
    for (let n = 0; n < 12; n++) stream.feed(one)
    expect(stream.readStatus).toBe('paused')
    expect(await reader.answer()).toBe('')
    let bytes = 0
    for (let n = 0; n < 12; n++) bytes += ((await reader.chunk()) as Uint8Array).length
    expect(bytes).toBe(12 * MAX_FILE_FRAME_BYTES)
    expect(stream.calls.slice(0, 2)).toEqual(['pause', 'resume'])
    expect(bytes).toBeGreaterThan(MAX_UNWRITTEN_BYTES)
  })

  test('that do not come are not waited for for ever', async () => {
    const { stream, reader } = reading(20)
    stream.feed(Buffer.of(5))
    await expect(reader.answer()).rejects.toMatchObject({ code: 'FRAME_STALLED' })
  })
})

test('requests are read as they were written, and of no file that is too long', () => {
  const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex'))
  fc.assert(
    fc.property(hash, fc.integer({ min: 0, max: 104_857_600 }), (offer, offset) => {
      expect(parseFileRequest(Buffer.from(formatFileRequest({ offer, offset })))).toEqual({ offer, offset })
    }),
  )
  for (const bytes of [Buffer.alloc(39), Buffer.alloc(41), Buffer.alloc(40, 0xff)]) {
    expect(() => parseFileRequest(bytes)).toThrow(MessengerError)
  }
  expect(() => parseTaken(Buffer.from('0000000006400001', 'hex'))).toThrow(MessengerError)
  expect(parseTaken(Buffer.from('0000000006400000', 'hex'))).toBe(104_857_600)
})
