import type { Hash } from '@branchline/audit-sink'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type About, type Content, parseContent, payloadsOf, type PullStep } from '../../src/content/content.ts'
import { originIn } from '../../src/content/origin.ts'
import { MessengerError } from '../../src/errors.ts'
import { MAX_CONTENT_BYTES, MAX_TEXT_BYTES } from '../../src/limits.ts'
import { CONTENT, payloadsIn, verdictOf } from './vectors.ts'

const RUNS = 300
const ID = 'ab'.repeat(32)
const TEXT = Buffer.from('Is the atlas back?')

const id: fc.Arbitrary<Hash> = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => Buffer.from(bytes).toString('hex'))
const ids = (minLength: number, maxLength: number): fc.Arbitrary<Hash[]> => fc.uniqueArray(id, { minLength, maxLength })
const text = fc.uint8Array({ minLength: 1, maxLength: 64 })
const noText = fc.constant(undefined)
const plain = (maxBytes: number): fc.Arbitrary<string> =>
  fc
    .string({ minLength: 1, maxLength: maxBytes, unit: 'grapheme' })
    .filter((each) => !/\p{Cc}/u.test(each) && Buffer.byteLength(each) <= maxBytes)
const steps: PullStep[] = ['claim', 'release', 'pulled', 'not-found', 'send', 'cancel', 'reopen']
const saying = (about: fc.Arbitrary<About>, words: fc.Arbitrary<Uint8Array | undefined>): fc.Arbitrary<Content> =>
  fc.record({ text: words, about })

const anyContent: fc.Arbitrary<Content> = fc.oneof(
  saying(fc.constant({ type: 'text' }), text),
  saying(fc.record({ type: fc.constant('reply'), to: id }), text),
  saying(fc.record({ type: fc.constant('edit'), of: id }), text),
  saying(fc.record({ type: fc.constant('retract'), of: id }), noText),
  saying(fc.constant({ type: 'urgent' }), text),
  saying(fc.record({ type: fc.constant('mark'), read: ids(1, 9), acknowledged: ids(0, 9) }), noText),
  saying(fc.record({ type: fc.constant('mark'), read: ids(0, 9), acknowledged: ids(1, 9) }), noText),
  saying(
    fc.record({ type: fc.constant('pull'), item: plain(512), branch: plain(64) }),
    fc.option(text, { nil: undefined }),
  ),
  saying(
    fc.record({ type: fc.constant('pull-step'), of: id, step: fc.constantFrom(...steps), after: ids(0, 8) }),
    fc.option(text, { nil: undefined }),
  ),
  saying(
    fc.record({
      type: fc.constant('file'),
      name: plain(255).filter((name) => !/[/\\]/.test(name) && name !== '.' && name !== '..'),
      size: fc.integer({ min: 1, max: 104_857_600 }),
      sha256: id,
    }),
    fc.option(text, { nil: undefined }),
  ),
  saying(
    fc.record({
      type: fc.constant('file-answer'),
      of: id,
      answer: fc.constantFrom('accept', 'decline', 'withdraw', 'received', 'wrong'),
    }),
    noText,
  ),
  saying(fc.record({ type: fc.constant('group'), name: plain(64) }), noText),
  saying(fc.record({ type: fc.constant('desk'), step: fc.constantFrom('on', 'off') }), noText),
  saying(
    fc.record({
      type: fc.constant('desk'),
      step: fc.constant('hand-over'),
      to: fc.stringMatching(/^[0-9A-Za-z]{1,128}$/),
    }),
    noText,
  ),
)

describe('spec/vectors/content.json, what a message says', () => {
  test.each(CONTENT.contents)('$name', ({ payloads, expect: expected, about, hasText }) => {
    const given = payloadsIn(payloads)
    expect(verdictOf(() => originIn(parseContent(given)))).toBe(expected)
    if (expected !== 'accept') return
    const content = parseContent(given)
    const origin = given.find(({ label }) => label === 'origin')?.bytes
    const text = hasText === true ? given[0]?.bytes : undefined
    expect(content).toEqual({ about, text, ...(origin !== undefined && { origin }) })
    expect(payloadsOf(content).map(({ label, bytes }) => [label, Buffer.from(bytes)])).toEqual(
      given.map(({ label, bytes }) => [label, bytes]),
    )
  })
})

describe('what a message says', () => {
  test('is read as it was written', () => {
    fc.assert(
      fc.property(anyContent, (content) => {
        expect(parseContent(payloadsOf(content))).toEqual(content)
      }),
      { numRuns: RUNS },
    )
  })

  test('is written as it was read, or refused with a code, whatever it is', () => {
    const label = fc.oneof(fc.constantFrom('text', 'content'), fc.string({ maxLength: 8 }))
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 100 }),
      fc.json({ maxDepth: 3 }).map((json) => Buffer.from(json)),
    )
    fc.assert(fc.property(fc.array(fc.record({ label, bytes }), { maxLength: 4 }), refusesOrRoundTrips), {
      numRuns: RUNS,
    })
  })

  test('and so is what was changed on its way', () => {
    fc.assert(
      fc.property(anyContent, fc.nat(), fc.integer({ min: 0, max: 255 }), (content, place, value) => {
        const payloads = payloadsOf(content).map(({ label, bytes }) => ({ label, bytes: Uint8Array.from(bytes) }))
        const last = payloads.at(-1)?.bytes as Uint8Array
        last[place % last.length] = value
        refusesOrRoundTrips(payloads)
      }),
      { numRuns: RUNS },
    )
  })

  test('with members of any kind is refused with a code', () => {
    const type = fc.constantFrom(...CONTENT.contents.flatMap(({ about }) => about?.type ?? []))
    const member = fc.constantFrom('to', 'of', 'read', 'acknowledged', 'item', 'branch', 'step', 'after', 'name')
    fc.assert(
      fc.property(type, fc.dictionary(member, fc.oneof(id, fc.array(id), fc.jsonValue())), (type, members) => {
        const entries = Object.entries({ ...members, type }).toSorted(([a], [b]) => (a < b ? -1 : 1))
        refusesOrRoundTrips([
          { label: 'text', bytes: TEXT },
          { label: 'content', bytes: Buffer.from(JSON.stringify(Object.fromEntries(entries))) },
        ])
      }),
      { numRuns: RUNS },
    )
  })

  test('costs a plain text nothing: its bytes are the payload', () => {
    const [payload, ...others] = payloadsOf({ text: TEXT, about: { type: 'text' } })
    expect(payload).toEqual({ label: 'text', bytes: TEXT })
    expect(payload?.bytes).toBe(TEXT)
    expect(others).toEqual([])
    expect(parseContent([{ label: 'text', bytes: TEXT }]).text).toBe(TEXT)
  })

  test.each<[string, Content, string]>([
    ['no text', { text: undefined, about: { type: 'text' } }, 'MESSAGE_EMPTY'],
    ['an empty text', { text: new Uint8Array(), about: { type: 'text' } }, 'MESSAGE_EMPTY'],
    ['an empty reply', { text: undefined, about: { type: 'reply', to: ID } }, 'MESSAGE_EMPTY'],
    [
      'an empty text with a request',
      { text: Buffer.of(), about: { type: 'pull', item: 'x', branch: 'y' } },
      'MESSAGE_EMPTY',
    ],
    [
      'a text that is too large',
      { text: Buffer.alloc(MAX_TEXT_BYTES + 1), about: { type: 'text' } },
      'MESSAGE_TOO_LARGE',
    ],
    ['more marks than fit', { text: undefined, about: markOf(160, 160) }, 'MESSAGE_TOO_LARGE'],
    ['a mark of more than 256', { text: undefined, about: markOf(257, 0) }, 'CONTENT_MALFORMED'],
    ['a mark of nothing', { text: undefined, about: markOf(0, 0) }, 'CONTENT_MALFORMED'],
    ['a retraction with a text', { text: TEXT, about: { type: 'retract', of: ID } }, 'CONTENT_MALFORMED'],
    ['a reply to no ID', { text: TEXT, about: { type: 'reply', to: 'x' } }, 'CONTENT_MALFORMED'],
    ['a lone surrogate', { text: undefined, about: { type: 'group', name: '\ud800' } }, 'CONTENT_MALFORMED'],
  ])('is not written when it is %s', (_, content, code) => {
    expect(verdictOf(() => payloadsOf(content))).toBe(code)
  })
})

function markOf(read: number, acknowledged: number): About {
  const some = (length: number): Hash[] => Array.from({ length }, (_, n) => n.toString(16).padStart(64, '0'))
  return { type: 'mark', read: some(read), acknowledged: some(acknowledged) }
}

function refusesOrRoundTrips(payloads: { label: string; bytes: Uint8Array }[]): void {
  let content: Content
  try {
    content = parseContent(payloads)
  } catch (error) {
    expect(error).toBeInstanceOf(MessengerError)
    return
  }
  const again = payloadsOf(content)
  expect(again.map(({ label, bytes }) => [label, Buffer.from(bytes)])).toEqual(
    payloads.map(({ label, bytes }) => [label, Buffer.from(bytes)]),
  )
  expect(again.every(({ label, bytes }) => label === 'text' || bytes.length <= MAX_CONTENT_BYTES)).toBe(true)
}
