import canonicalize from 'canonicalize'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AuditRecord, encodeRecord, parseRecord } from '../src/index.ts'
import { readPlainLine } from '../src/record/plain-line.ts'
import { ANN, BEA, vectors } from './support.ts'

const hash = fc.stringMatching(/^[0-9a-f]{64}$/)
const integer = fc.oneof(fc.nat(), fc.constant(0), fc.constant(Number.MAX_SAFE_INTEGER))
const words = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((s) => s.isWellFormed())
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })

const sentRecord: fc.Arbitrary<AuditRecord> = fc.record({
  actor: fc.constant(ANN),
  boot: fc.stringMatching(/^[0-9a-f]{32}$/),
  conversation: maybe(words),
  detail: maybe(fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9-]{0,5}$/), fc.oneof(words, integer), { maxKeys: 4 })),
  kind: fc.constant('sent' as const),
  mono: integer,
  payloads: fc.uniqueArray(fc.tuple(fc.stringMatching(/^[a-z][a-z0-9.-]{0,5}$/), integer, hash), {
    minLength: 1,
    maxLength: 3,
    selector: ([label]) => label,
  }),
  peers: fc.constantFrom([BEA], [BEA, ANN]),
  prev: hash,
  ref: fc.constant(undefined),
  seen: maybe(
    fc.array(fc.tuple(fc.constantFrom('o/a', 'a"\\'), integer, hash, fc.stringMatching(/^[0-9a-f]{128}$/)), {
      maxLength: 2,
    }),
  ),
  seq: fc.integer({ min: 1, max: 1_000_000 }),
  time: integer,
  v: fc.constant(1 as const),
})

/** What the JSON reader of the platform and an independent canonical encoder say of a line. */
function generalVerdict(line: Buffer): boolean {
  try {
    const value: unknown = JSON.parse(line.toString('utf8'))
    return Buffer.from(canonicalize(value) ?? '').equals(line)
  } catch {
    return false
  }
}

describe('a line says one thing only', () => {
  test('every record comes back from its line, which is the canonical JSON of RFC 8785', () => {
    fc.assert(
      fc.property(sentRecord, (record) => {
        const line = Buffer.from(encodeRecord(record))
        expect(line.toString()).toBe(canonicalize(record))
        expect(JSON.parse(JSON.stringify(parseRecord(line)))).toEqual(JSON.parse(line.toString()))
      }),
      { numRuns: 500 },
    )
  })

  test('no line that was changed anywhere is read as if it were canonical when it is not', () => {
    const change = fc.record({
      at: fc.nat(),
      byte: fc.nat({ max: 255 }),
      how: fc.constantFrom('set', 'insert', 'drop'),
    })
    fc.assert(
      fc.property(sentRecord, change, (record, { at, byte, how }) => {
        const line = Buffer.from(encodeRecord(record))
        const place = at % line.length
        const rest = line.subarray(how === 'insert' ? place : place + 1)
        const changed = Buffer.concat([line.subarray(0, place), Buffer.from(how === 'drop' ? [] : [byte]), rest])
        let read: AuditRecord | undefined
        try {
          read = parseRecord(changed)
        } catch (error) {
          expect(error).toMatchObject({ code: expect.stringMatching(/^RECORD_/) })
        }
        if (read === undefined) return
        expect(generalVerdict(changed)).toBe(true)
        expect(JSON.parse(JSON.stringify(read))).toEqual(JSON.parse(changed.toString('utf8')))
      }),
      { numRuns: 5_000 },
    )
  })

  test('the quick reader takes the plain lines of the vectors, and none that the vectors refuse for its form', () => {
    const cases = vectors<{ line?: string; expect: string }[]>('record').filter(({ line }) => line !== undefined)
    const taken = cases.filter(({ line }) => readPlainLine(Buffer.from(line as string)) !== undefined)
    expect(taken.filter(({ expect }) => expect === 'accept').length).toBeGreaterThan(5)
    expect(taken.filter(({ expect }) => expect === 'RECORD_NOT_CANONICAL')).toEqual([])
  })
})
