import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  assertMayBeSaid,
  type Conversation,
  detailOf,
  formatConversation,
  isPassing,
  type Members,
  parseConversation,
  parsePlace,
  partnersIn,
  type Place,
  type Said,
} from '../../src/content/conversation.ts'
import { MessengerError } from '../../src/errors.ts'
import { Standing } from '../../src/roster/index.ts'
import { CONTENT, rosterIn, verdictOf } from './vectors.ts'

type ListedOnRoster = Extract<Conversation, { kind: 'room' | 'desk' }>

describe('spec/vectors/content.json, where it is said', () => {
  test.each(CONTENT.conversations)('a conversation: $name', ({ conversation, expect: expected, read }) => {
    expect(verdictOf(() => parseConversation(conversation))).toBe(expected)
    if (expected !== 'accept') return
    expect(parseConversation(conversation)).toEqual(read)
    expect(formatConversation(parseConversation(conversation))).toBe(conversation)
  })

  test.each(CONTENT.places)('a place: $name', ({ detail, expect: expected, after, as }) => {
    expect(verdictOf(() => parsePlace(detail))).toBe(expected)
    if (expected !== 'accept') return
    expect(parsePlace(detail)).toEqual({ after, as })
    expect(parsePlace(detailOf(parsePlace(detail)))).toEqual({ after, as })
  })

  test.each(CONTENT.said)(
    'it may be said: $name',
    ({ members, about, conversation, detail, expect: expected, author, self, peers }) => {
      const roster: Members = new Standing(rosterIn(members))
      const content = { text: undefined, about }
      const verdict = verdictOf(() => {
        const place: Place = parsePlace(detail)
        const where = parseConversation(conversation)
        const said: Said = { conversation: where, content, place, author, self, peers }
        assertMayBeSaid(said, roster)
      })
      expect(verdict).toBe(expected)
    },
  )

  test.each(CONTENT.partners)(
    'to whom it goes: $name',
    ({ members, conversation, self, peers, expect: expected, ...at }) => {
      const where = parseConversation(conversation) as ListedOnRoster
      const told = (): string[] => partnersIn(rosterIn(members), where, self, at)
      expect(verdictOf(told)).toBe(expected)
      if (expected === 'accept') expect(told()).toEqual(peers)
    },
  )

  test.each(CONTENT.codes)('whether $name passes', ({ name, expect: expected }) => {
    expect(isPassing(name)).toBe(expected)
  })
})

describe('where it is said', () => {
  test('is read as it was written, or refused with a code, whatever it is', () => {
    const sign = fc.constantFrom('', '#', '@', '+', '!')
    fc.assert(
      fc.property(sign, fc.string({ unit: 'binary', maxLength: 70 }), (sign, name) => {
        try {
          expect(formatConversation(parseConversation(`${sign}${name}`))).toBe(`${sign}${name}`)
        } catch (error) {
          expect(error).toBeInstanceOf(MessengerError)
        }
      }),
    )
  })

  test('names nobody who was revoked', () => {
    const members = CONTENT.partners[0]?.members ?? []
    const [author, ...others] = members.map(({ peer }) => peer)
    const roster = rosterIn(members)
    const revoked = [{ peer: others[0] as string, reason: 'lost', time: 1 }]
    const told = partnersIn({ ...roster, revoked }, { kind: 'room', name: 'all-staff' }, author as string, {
      now: 1_000,
    })
    expect(told).toEqual(others.slice(1))
  })

  test('is not written when there is no such place', () => {
    expect(verdictOf(() => formatConversation({ kind: 'group', id: 'Reading' }))).toBe('CONTENT_MALFORMED')
    expect(verdictOf(() => formatConversation({ kind: 'room', name: '' }))).toBe('CONTENT_MALFORMED')
  })
})
