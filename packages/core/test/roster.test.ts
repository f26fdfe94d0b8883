import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MessengerError } from '../src/errors.ts'
import {
  fingerprintOf,
  formatRequest,
  isNewer,
  logKeyOf,
  type Member,
  parseRequest,
  parseRoster,
  type Roster,
  rosterLogKey,
  signRoster,
  signSuccession,
  verifyRoster,
} from '../src/roster/index.ts'
import { contentOf, DEE, directorNamed, memberNamed, rosterOf } from './rosters.ts'

const NOW = Date.now()

/** Well-formed, of at most so many bytes, without control characters. */
const words = (maxBytes: number): fc.Arbitrary<string> =>
  fc
    .string({ unit: 'binary', minLength: 1, maxLength: 20 })
    .filter((text) => text.isWellFormed() && Buffer.byteLength(text) <= maxBytes && !/\p{Cc}/u.test(text))
const logKey = fc.stringMatching(/^[0-9a-f]{64}$/)
const peerId = fc.stringMatching(/^[0-9A-Za-z]{1,60}$/)
const distinct = <T>(each: fc.Arbitrary<T>, maxLength: number) => fc.uniqueArray(each, { maxLength })

const member: fc.Arbitrary<Member> = fc.record(
  {
    branch: words(64),
    desks: distinct(words(64), 3),
    from: fc.integer({ min: 0, max: NOW }),
    log: logKey,
    name: words(128),
    peer: peerId,
    roles: distinct(fc.constantFrom('may-urgent', 'a', 'b-2'), 3),
    rooms: distinct(words(64), 3),
    title: words(128),
    until: fc.integer({ min: NOW + 1, max: 2 * NOW }),
  },
  { requiredKeys: ['branch', 'desks', 'log', 'name', 'peer', 'roles', 'rooms'] },
)
const members = fc.uniqueArray(member, {
  maxLength: 5,
  comparator: (a, b) => a.peer === b.peer || a.log === b.log,
})

/** Everything else that could be thrown would be a hole. */
function codeFor(bytes: Uint8Array): string {
  try {
    verifyRoster(parseRoster(bytes), NOW)
    return 'accept'
  } catch (error) {
    if (error instanceof MessengerError) return error.code
    throw error
  }
}

describe('a roster', () => {
  test('says what its director signed, whoever is on it', async () => {
    const sign = async (people: readonly Member[], library: string): Promise<void> => {
      const content = contentOf(people, { library })
      const { signed } = await signRoster(content, DEE)
      const { note: _note, signed: _signed, ...read } = parseRoster(signed)
      expect(read).toEqual(content)
      expect(codeFor(signed)).toBe('accept')
    }
    await fc.assert(fc.asyncProperty(members, words(128), sign), { numRuns: 200 })
  })

  test('with any byte changed is refused', async () => {
    const { signed } = await rosterOf([memberNamed('Ann'), memberNamed('Zoë', { title: 'Page' })])
    const change = (at: number, by: number): void => {
      const bytes = Buffer.from(signed)
      bytes[at] = (bytes[at] as number) ^ by
      expect(['ROSTER_MALFORMED', 'ROSTER_UNSIGNED']).toContain(codeFor(bytes))
    }
    for (let at = 0; at < signed.length; at++) change(at, 1 + (at % 255))
    fc.assert(fc.property(fc.nat({ max: signed.length - 1 }), fc.integer({ min: 1, max: 255 }), change))
  })

  test('cut anywhere, or with something added, is refused', async () => {
    const { signed } = await rosterOf([memberNamed('Ann')])
    for (let at = 0; at < signed.length; at++) expect(codeFor(signed.subarray(0, at))).toBe('ROSTER_MALFORMED')
    for (const more of [' ', '\n', 'x'])
      expect(codeFor(Buffer.concat([signed, Buffer.from(more)]))).toBe('ROSTER_MALFORMED')
  })

  test('is read without harm from any bytes and from any JSON', () => {
    const signature = Buffer.alloc(68).toString('base64')
    const noteOf = (text: string): Buffer => Buffer.from(`${text}\n\n\u2014 Dee ${signature}\n`)
    const refused = (bytes: Uint8Array): void => {
      expect(codeFor(bytes)).toBe('ROSTER_MALFORMED')
    }
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), refused))
    fc.assert(fc.property(fc.json().map(noteOf), refused))
    expect(codeFor(noteOf('['.repeat(200_000)))).toBe('ROSTER_MALFORMED')
  })

  test('with any member of it replaced by any JSON is refused, or means the same', async () => {
    const content = contentOf([memberNamed('Ann')])
    const names = Object.keys(content)
    const replace = async (name: string, value: unknown): Promise<void> => {
      const other = { ...content, [name]: value } as typeof content
      const said = await signRoster(other, DEE).catch((error: unknown) => (error as MessengerError).code)
      if (typeof said === 'string') expect(said).toBe('ROSTER_MALFORMED')
      else expect(parseRoster(said.signed)).toMatchObject(other)
    }
    await fc.assert(fc.asyncProperty(fc.constantFrom(...names), fc.jsonValue(), replace), { numRuns: 500 })
  })

  test('is signed by one of its directors or by nobody', async () => {
    await expect(rosterOf([], {}, directorNamed('Eve'))).rejects.toMatchObject({ code: 'ROSTER_MALFORMED' })
  })

  test('names each log key as its log does', async () => {
    const { vkey } = directorNamed('Eve')
    const key = logKeyOf({ peer: '12D3KooWAnn', log: rosterLogKey(vkey) })
    expect(key).toMatch(/^branchline\/12D3KooWAnn\+[0-9a-f]{8}\+/)
    expect(rosterLogKey(key)).toBe(rosterLogKey(vkey))
    expect(fingerprintOf(vkey)).not.toBe(fingerprintOf(key))
  })
})

describe('one roster after another', () => {
  test('the highest number wins, in whatever order they come', async () => {
    const all: Roster[] = []
    for (let serial = 1; serial <= 5; serial++) all.push(await rosterOf([], { serial }))
    const order = fc.shuffledSubarray(all, { minLength: 5 })
    fc.assert(
      fc.property(order, (offered) => {
        let held = offered[0] as Roster
        for (const next of offered.slice(1)) {
          if (next.serial > held.serial) {
            expect(isNewer(held, next, NOW)).toBe(true)
            held = next
          } else expect(() => isNewer(held, next, NOW)).toThrow(expect.objectContaining({ code: 'ROSTER_STALE' }))
        }
        expect(held.serial).toBe(5)
      }),
    )
  })

  test('a director whose key is replaced signs nothing more, and whoever was away follows all steps at once', async () => {
    const [eve, max] = [directorNamed('Eve'), directorNamed('Max')]
    const library = 'Milltown Public Library'
    const first = await rosterOf([])
    const succession = [await signSuccession(library, { serial: 2, directors: [eve.vkey] }, DEE)]
    const second = await rosterOf([], { serial: 2, directors: [eve.vkey], succession }, eve)
    succession.push(await signSuccession(library, { serial: 5, directors: [max.vkey] }, eve))
    const sixth = await rosterOf([], { serial: 6, directors: [max.vkey], succession }, max)
    for (const held of [first, second]) expect(isNewer(held, sixth, NOW)).toBe(true)
    for (const [held, signer] of [
      [second, DEE],
      [sixth, DEE],
      [sixth, eve],
    ] as const) {
      const offered = await rosterOf([], { serial: 9, directors: [signer.vkey] }, signer)
      expect(() => isNewer(held, offered, NOW)).toThrow(expect.objectContaining({ code: 'ROSTER_UNSIGNED' }))
    }
  })
})

describe('a request code', () => {
  test('brings what it was made of, and is refused with any character changed', () => {
    fc.assert(
      fc.property(peerId, logKey, words(128), fc.nat(), (peer, log, name, n) => {
        const code = formatRequest({ peer, log, name })
        expect(parseRequest(code)).toEqual({ peer, log, name })
        const at = n % code.length
        const other = `${code.slice(0, at)}${code[at] === 'x' ? 'y' : 'x'}${code.slice(at + 1)}`
        expect(() => parseRequest(other)).toThrow(expect.objectContaining({ code: 'REQUEST_MALFORMED' }))
      }),
    )
  })

  test('is read without harm from any text', () => {
    const refuse = (text: string): void => {
      expect(() => parseRequest(text)).toThrow(expect.objectContaining({ code: 'REQUEST_MALFORMED' }))
    }
    fc.assert(fc.property(fc.string({ unit: 'binary' }), refuse))
    refuse(`branchline-request-1.${'.'.repeat(100_000)}`)
  })
})
