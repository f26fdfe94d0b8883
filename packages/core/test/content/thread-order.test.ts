import { hash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compareInThread, depthOf, inThreadOrder, type Placed, type Threaded } from '../../src/content/thread-order.ts'
import { CONTENT } from './vectors.ts'

const idOf = (n: number): string => hash('sha256', String(n), 'hex')

/** Each names some of those before it. */
const thread: fc.Arbitrary<Threaded[]> = fc
  .array(fc.tuple(fc.nat(100), fc.array(fc.nat(30), { maxLength: 4 })), { maxLength: 30 })
  .map((drawn) =>
    drawn.map(([time, back], n) => ({
      id: idOf(n),
      time,
      after: [...new Set(back.filter((each) => each < n))].map((each) => idOf(each)),
    })),
  )

describe('spec/vectors/content.json, the order in which it is read', () => {
  test.each(CONTENT.orders)('$name', ({ messages, order }) => {
    expect(inThreadOrder(messages).map(({ id }) => id)).toEqual(order)
  })
})

describe('a conversation', () => {
  test('is read in one order, however its messages came, and no answer stands above what it answers', () => {
    const shuffled = thread.chain((messages) =>
      fc.tuple(fc.constant(messages), fc.shuffledSubarray([...messages, ...messages])),
    )
    fc.assert(
      fc.property(shuffled, ([messages, some]) => {
        const order = inThreadOrder([...some, ...messages])
        expect(order).toEqual(inThreadOrder(messages))
        const placeOf = new Map(order.map(({ id }, place) => [id, place]))
        for (const { id, after } of order) {
          for (const name of after) expect(placeOf.get(name)).toBeLessThan(placeOf.get(id) as number)
        }
      }),
    )
  })

  test('has the same order for whoever places its messages as they come', () => {
    fc.assert(
      fc.property(thread, (messages) => {
        const placed = new Map<string, Placed>()
        for (const { id, after, time } of messages) {
          placed.set(id, { id, time, depth: depthOf(after, (each) => placed.get(each)?.depth) })
        }
        const order = [...placed.values()].toSorted(compareInThread).map(({ id }) => id)
        expect(inThreadOrder(messages).map(({ id }) => id)).toEqual(order)
      }),
    )
  })

  test('has an order even when messages claim to come after each other', () => {
    const circle = [0, 1, 2].map((n) => ({ id: idOf(n), time: n, after: [idOf((n + 1) % 3)] }))
    const own = { id: idOf(3), time: 3, after: [idOf(3)] }
    expect(inThreadOrder([own, ...circle])).toEqual([...circle, own])
  })

  test('of very many messages is found in a moment', () => {
    const long = Array.from({ length: 50_000 }, (_, n) => ({
      id: idOf(n),
      time: 0,
      after: n === 0 ? [] : [idOf(n - 1)],
    }))
    expect(inThreadOrder(long.toReversed())).toEqual(long)
  })
})
