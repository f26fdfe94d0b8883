import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  assertInForce,
  fingerprintOf,
  formatRequest,
  isNewer,
  parseRequest,
  parseRoster,
  requestCheck,
  type Roster,
  Standing,
  verifyRoster,
} from '../src/roster/index.ts'

interface RosterCase {
  readonly name: string
  readonly note?: string
  readonly noteHex?: string
  readonly repeat?: { readonly before: string; readonly piece: string; readonly times: number; readonly after: string }
  readonly now: number
  readonly expect: string
}

interface Vectors {
  readonly first: readonly RosterCase[]
  readonly after: readonly (RosterCase & { readonly held: string })[]
  readonly standing: readonly (RosterCase & { readonly peer: string })[]
  readonly request: readonly { readonly name: string; readonly code: string; readonly expect: object | string }[]
  readonly fingerprint: readonly { readonly key: string; readonly fingerprint: string }[]
}

const file = join(resolve(import.meta.dirname, '../../../spec/vectors'), 'roster.json')
const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vectors
const named = <T extends { readonly name: string }>(cases: readonly T[]) =>
  cases.map((each) => [each.name, each] as const)

function bytesOf({ note = '', noteHex, repeat }: RosterCase): Uint8Array {
  if (noteHex !== undefined) return Buffer.from(noteHex, 'hex')
  if (repeat === undefined) return Buffer.from(note)
  const { before, piece, times, after } = repeat
  const pieces = Array.from({ length: times }, (_, n) => piece.replaceAll('NNN', String(n).padStart(3, '0')))
  return Buffer.from(before + pieces.join() + after)
}

function said(act: () => unknown): unknown {
  try {
    return act()
  } catch (error) {
    const { code } = error as { code?: string }
    if (code === undefined) throw error
    return code
  }
}

const read = (note: string): Roster => parseRoster(Buffer.from(note))

describe('spec/vectors/roster.json', () => {
  test.each(named(vectors.first))('a first roster: %s', (_, each) => {
    const verdict = said(() => {
      const roster = parseRoster(bytesOf(each))
      verifyRoster(roster, each.now)
      return 'accept'
    })
    expect(verdict).toBe(each.expect)
  })

  test.each(named(vectors.after))('after another: %s', (_, { held, note = '', now, expect: expected }) => {
    expect(said(() => (isNewer(read(held), read(note), now) ? 'accept' : 'known'))).toBe(expected)
  })

  test.each(named(vectors.standing))('who takes part: %s', (_, { note = '', peer, now, expect: expected }) => {
    const verdict = said(() => {
      const roster = read(note)
      assertInForce(roster, now)
      return new Standing(roster).whyNot(peer, now)?.code ?? 'accept'
    })
    expect(verdict).toBe(expected)
  })

  test.each(named(vectors.request))('a request: %s', (_, { code, expect: expected }) => {
    const verdict = said(() => ({ accept: parseRequest(code) }))
    expect(verdict).toEqual(expected)
    if (typeof verdict === 'string') return
    expect(formatRequest(parseRequest(code))).toBe(code)
    expect(code.endsWith(`.${requestCheck(code)}`)).toBe(true)
  })

  test.each(vectors.fingerprint)('the fingerprint of $key', ({ key, fingerprint }) => {
    expect(fingerprintOf(key)).toMatch(/^(?:[0-9a-f]{4} ){7}[0-9a-f]{4}$/)
    expect(fingerprintOf(key).replaceAll(' ', '')).toBe(fingerprint)
  })
})
