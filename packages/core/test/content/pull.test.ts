import { hash } from 'node:crypto'
import type { Hash } from '@branchline/audit-sink'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PullStep } from '../../src/content/content.ts'
import { type PullMove, type PullStage, pullState } from '../../src/content/pull.ts'
import { MAX_STEP_AFTER } from '../../src/limits.ts'
import { PULLS } from './vectors.ts'

const ANN = 'Ann'
const PEOPLE = [ANN, 'Bea', 'Cy'] as const
const STEPS: readonly PullStep[] = ['claim', 'release', 'pulled', 'not-found', 'send', 'cancel', 'reopen']
const idOf = (...words: unknown[]): Hash => hash('sha256', JSON.stringify(words), 'hex')
const told = (steps: Iterable<PullMove>) => pullState({ author: ANN }, steps)

/** Steps such as honest people make: each names some of those before it, and its ID depends on them. */
const honest: fc.Arbitrary<PullMove[]> = fc
  .array(
    fc.record({
      author: fc.constantFrom(...PEOPLE),
      step: fc.constantFrom(...STEPS),
      salt: fc.nat(),
      back: fc.array(fc.nat(20), { maxLength: 3 }),
    }),
    { maxLength: 20 },
  )
  .map((drawn) => {
    const made: PullMove[] = []
    for (const { author, step, salt, back } of drawn) {
      const after = [...new Set(back.flatMap((n) => made.at(-1 - n)?.id ?? []))]
      made.push({ id: idOf(author, step, salt, after), author, step, after })
    }
    return made
  })

/** IDs that nobody could find, so that steps come after each other and after themselves. */
const hostile: fc.Arbitrary<PullMove[]> = fc.array(
  fc.record({
    id: fc.nat(12).map((n) => idOf(n)),
    author: fc.constantFrom(...PEOPLE),
    step: fc.constantFrom(...STEPS),
    after: fc.array(
      fc.nat(14).map((n) => idOf(n)),
      { maxLength: 8 },
    ),
  }),
  { maxLength: 20 },
)

describe('spec/vectors/pull.json', () => {
  test.each(PULLS)('$name', ({ asker, steps, told: expected }) => {
    expect(pullState({ author: asker }, steps)).toEqual({ by: undefined, ...expected })
  })
})

describe('how far a request is', () => {
  test('does not depend on the order in which the steps came, nor on how often', () => {
    const shuffled = honest.chain((steps) =>
      fc.tuple(fc.constant(steps), fc.shuffledSubarray([...steps, ...steps], { minLength: 0 })),
    )
    fc.assert(
      fc.property(shuffled, ([steps, some]) => {
        // Some came first, some of them twice, and then the rest.
        expect(told([...some, ...steps.toReversed()])).toEqual(told(steps))
      }),
    )
  })

  test('is told when some steps are not there: what comes after them waits', () => {
    const withSome = honest.chain((steps) => fc.tuple(fc.constant(steps), fc.subarray(steps)))
    fc.assert(
      fc.property(withSome, ([steps, some]) => {
        const { counted, waiting } = told(some)
        expect([...counted, ...waiting].toSorted()).toEqual([...new Set(some.map(({ id }) => id))].toSorted())
        const isCounted = new Set(counted)
        for (const { id, after } of some) expect(isCounted.has(id)).toBe(after.every((name) => isCounted.has(name)))
        expect(told([...some, ...steps]).waiting).toEqual([])
      }),
    )
  })

  test('takes every step after all that it names, and names at the end what none comes after', () => {
    fc.assert(
      fc.property(honest, (steps) => {
        const { counted, heads } = told(steps)
        const byId = new Map(steps.map((step) => [step.id, step]))
        const before = new Set<Hash>()
        for (const id of counted) {
          expect(byId.get(id)?.after.every((name) => before.has(name))).toBe(true)
          before.add(id)
        }
        expect(heads.length).toBeLessThanOrEqual(MAX_STEP_AFTER)
        expect(heads.length > 0).toBe(steps.length > 0)
        expect(steps.filter(({ after }) => after.some((name) => heads.includes(name)))).toEqual([])
      }),
    )
  })

  test('always has an end, whatever is claimed of what comes after what', () => {
    fc.assert(
      fc.property(hostile, (steps) => {
        const { counted, waiting, tooLate } = told(steps)
        expect(counted.length + waiting.length).toBe(new Set(steps.map(({ id }) => id)).size)
        expect(tooLate.every((id) => counted.includes(id))).toBe(true)
      }),
    )
  })

  test('moves on from every state, when each has what the one before it did', () => {
    const ways: Record<PullStage, readonly [string, PullStep][]> = {
      open: [],
      claimed: [['Bea', 'claim']],
      pulled: [
        ['Bea', 'claim'],
        ['Bea', 'pulled'],
      ],
      'not-found': [['Bea', 'not-found']],
      sent: [
        ['Bea', 'claim'],
        ['Bea', 'pulled'],
        ['Bea', 'send'],
      ],
      cancelled: [
        ['Bea', 'claim'],
        [ANN, 'cancel'],
      ],
    }
    for (const [state, way] of Object.entries(ways)) {
      const steps: PullMove[] = []
      for (const [author, step] of way) {
        steps.push({ id: idOf(steps.length), author, step, after: told(steps).heads })
      }
      expect(told(steps)).toMatchObject({ state, tooLate: [], waiting: [] })
    }
  })

  test('cannot be pushed to the end: a depth takes as many steps as it is deep, all there', () => {
    const claim: PullMove = { id: idOf('claim'), author: 'Bea', step: 'claim', after: [] }
    const pushed: PullMove = { id: idOf('pushed'), author: ANN, step: 'cancel', after: [claim.id, idOf('nowhere')] }
    expect(told([claim, pushed])).toMatchObject({ state: 'claimed', waiting: [pushed.id] })
    const twice: PullMove = { id: idOf('twice'), author: ANN, step: 'cancel', after: Array(8).fill(claim.id) }
    const pulled: PullMove = { id: idOf('pulled'), author: 'Bea', step: 'pulled', after: [claim.id] }
    const send: PullMove = { id: idOf('send'), author: 'Bea', step: 'send', after: [pulled.id] }
    const { counted } = told([claim, pulled, send, twice])
    expect(counted).toContain(twice.id)
    expect(counted.at(-1)).toBe(send.id)
  })

  test('is found of very many steps in a moment', () => {
    const steps: PullMove[] = []
    for (let n = 0; n < 50_000; n++) {
      steps.push({
        id: idOf(n),
        author: 'Bea',
        step: n % 2 === 0 ? 'claim' : 'release',
        after: n === 0 ? [] : [idOf(n - 1)],
      })
    }
    const fan = steps.map((_, n): PullMove => ({ id: idOf('fan', n), author: ANN, step: 'reopen', after: [idOf(0)] }))
    const startedAt = performance.now()
    expect(told([...steps.toReversed(), ...fan])).toMatchObject({ state: 'open', by: undefined })
    expect(performance.now() - startedAt).toBeLessThan(5_000)
  })
})
