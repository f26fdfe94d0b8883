import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { skewOf } from '../src/clock/skew.ts'
import { formatClockAnswer, parseClockAnswer } from '../src/wire/clock.ts'

interface Vectors {
  readonly answers: readonly { name: string; nonce: string; answer: string; expect: string; time?: number }[]
  readonly skews: readonly {
    name: string
    answers: readonly { sent: number; trip: number; time: number }[]
    offset: number
    error: number
  }[]
}

const file = join(resolve(import.meta.dirname, '../../../spec/vectors'), 'clock.json')
const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vectors
const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex')

describe('spec/vectors/clock.json', () => {
  test.each(vectors.answers)('an answer: $name', ({ nonce, answer, expect: expected, time }) => {
    if (expected === 'accept') {
      expect(parseClockAnswer(bytes(nonce), bytes(answer))).toBe(time)
      expect(Buffer.from(formatClockAnswer(bytes(nonce), time as number)).toString('hex')).toBe(answer)
    } else {
      expect(() => parseClockAnswer(bytes(nonce), bytes(answer))).toThrow(expect.objectContaining({ code: expected }))
    }
  })

  test.each(vectors.skews)('what answers say: $name', ({ answers, offset, error }) => {
    const [first, ...more] = answers.map(({ sent, trip, time }) => ({ sentMs: sent, roundTripMs: trip, theirMs: time }))
    expect(first).toBeDefined()
    const { offsetMs, errorMs } = skewOf([first as NonNullable<typeof first>, ...more])
    expect({ offsetMs, errorMs }).toEqual({ offsetMs: offset, errorMs: error })
  })
})
