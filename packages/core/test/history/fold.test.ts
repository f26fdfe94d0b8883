import fc from 'fast-check'
import { MemoryLevel } from 'memory-level'
import { describe, expect, test } from 'vitest'
import type { History, IndexDb } from '../../src/index.ts'
import { answersOf, modelOf } from './model.ts'
import { ANA, BEA, dumpOf, SELF, TestLog } from './test-log.ts'

const ROOM = '#reference'
const WORDS = ['apple', 'birch', 'cedar', 'dune']

/** What happens next; the numbers choose among what is there. */
interface Step {
  readonly what: 'say' | 'do' | 'hold' | 'release' | 'outcome' | 'redact'
  readonly who: string
  readonly inRoom: boolean
  readonly on: number
  readonly pick: number
  readonly time: number
}

const step: fc.Arbitrary<Step> = fc.record({
  what: fc.constantFrom('say', 'say', 'do', 'do', 'hold', 'release', 'outcome', 'redact'),
  who: fc.constantFrom(SELF, ANA, BEA),
  inRoom: fc.boolean(),
  on: fc.nat(50),
  pick: fc.nat(20),
  time: fc.nat(5),
})

const DEEDS = ['edit', 'retract', 'reply', 'read', 'acknowledged', 'urgent'] as const

/** Makes a log step by step; a held message has been written, and others name it before it comes. */
class Story {
  readonly log = new TestLog()
  readonly #ids: string[] = []
  readonly #held: { who: string; written: ReturnType<TestLog['written']> }[] = []

  take({ what, who, inRoom, on, pick, time }: Step): void {
    const of = this.#ids[on % Math.max(1, this.#ids.length)]
    const place = {
      conversation: inRoom ? ROOM : undefined,
      peers: inRoom ? [SELF, ANA, BEA].filter((peer) => peer !== who) : [who === SELF ? ANA : SELF],
      after: of !== undefined && pick % 3 === 0 ? [of] : [],
      time,
    }
    const text = `${WORDS[pick % 4]} ${WORDS[on % 4]}`
    if (what === 'say') this.#write(who, { ...place, text })
    if (what === 'do' && of !== undefined)
      this.#write(who, { ...place, ...spokenOf(DEEDS[pick % 6] ?? 'urgent', of, text) })
    if (what === 'hold' && who !== SELF) {
      const written = this.log.written(who, { ...place, text })
      this.#held.push({ who, written })
      this.#ids.push(written.message.id)
    }
    const next = what === 'release' ? this.#held.pop() : undefined
    if (next !== undefined) this.log.take(next.who, next.written.message, next.written.payloads, next.written.place)
    this.#change(what, on, pick)
  }

  #write(who: string, spoken: Parameters<TestLog['sent']>[0]): void {
    this.#ids.push(who === SELF ? this.log.sent(spoken) : this.log.received(who, spoken))
  }

  #change(what: Step['what'], on: number, pick: number): void {
    const seq = on % this.log.size
    const text = Buffer.from(this.log.entries[seq]?.line ?? []).toString()
    const results = ['delivered', 'refused', 'unconfirmed'] as const
    if (what === 'outcome' && text.includes('"kind":"sent"')) {
      this.log.outcome(seq, ANA, results[pick % 3] as string)
    }
    const label = this.log.entries[seq]?.payloads[pick % 3]?.label
    if (what === 'redact' && label !== undefined) this.log.redact(seq, label)
  }
}

function spokenOf(deed: (typeof DEEDS)[number], of: string, text: string) {
  switch (deed) {
    case 'edit':
      return { text, about: { type: deed, of } } as const
    case 'retract':
      return { about: { type: deed, of } } as const
    case 'reply':
      return { text, about: { type: deed, to: of } } as const
    case 'urgent':
      return { text, about: { type: deed } } as const
    case 'read':
      return { about: { type: 'mark', read: [of], acknowledged: [] } } as const
    default:
      return { about: { type: 'mark', read: [], acknowledged: [of] } } as const
  }
}

/** Equal to the model, but for the states of messages, of which the model knows what they are made of. */
function expected(model: ReturnType<typeof modelOf>) {
  const states = Object.entries(model.states).map(([id, all]) => [
    id,
    all.map(({ peer, read, acknowledged }) => ({ peer, read, acknowledged })),
  ])
  return { ...model, states: Object.fromEntries(states), found: WORDS.map((word) => model.found(word)) }
}

const RUNS = 150

describe('an index over the log', () => {
  test('says what a plain fold of the whole log says, in whatever pieces it followed', async () => {
    const property = fc.asyncProperty(
      fc.array(step, { maxLength: 80, size: 'max' }),
      fc.nat(9),
      async (steps, every) => {
        const story = new Story()
        const index = new MemoryLevel()
        await using history = await story.log.history({ index })
        for (const [n, each] of steps.entries()) {
          story.take(each)
          if (every > 0 && n % every === 0) await history.follow()
        }
        await history.follow()
        const model = modelOf(story.log)
        expect(await answersOf(history, model, WORDS)).toEqual(expected(model))
        const other = new MemoryLevel()
        await using anew = await story.log.history({ index: other })
        await anew.follow()
        expect(await answersOf(anew, model, WORDS)).toEqual(expected(model))
        if (!steps.some(({ what }) => what === 'redact')) expect(await dumpOf(index)).toEqual(await dumpOf(other))
      },
    )
    await fc.assert(property, { numRuns: RUNS })
  })

  test('killed in the middle loses nothing and doubles nothing', async () => {
    const property = fc.asyncProperty(
      fc.array(step, { maxLength: 40, size: 'max' }),
      fc.array(fc.boolean()),
      async (steps, fates) => {
        const story = new Story()
        const index = new MemoryLevel()
        const failing = failingAt(index, fates)
        const history = await story.log.history({ index: failing })
        for (const each of steps) {
          story.take(each)
          await history.follow().catch((error: unknown) => expect(error).toMatchObject({ code: 'HISTORY_FAILED' }))
        }
        await untilFollowed(history)
        const model = modelOf(story.log)
        expect(await answersOf(history, model, WORDS)).toEqual(expected(model))
        await history[Symbol.asyncDispose]()
      },
    )
    await fc.assert(property, { numRuns: RUNS })
  })
})

async function untilFollowed(history: History): Promise<void> {
  return history.follow().catch(() => untilFollowed(history))
}

/** A batch that fails is there or not, as after a kill: before it was written, or after. */
function failingAt(index: MemoryLevel, fates: readonly boolean[]): IndexDb {
  const left = [...fates]
  const batch = index.batch.bind(index) as (operations: object[]) => Promise<void>
  const failing = async (operations: object[]): Promise<void> => {
    const fate = left.pop()
    if (fate !== false) await batch(operations)
    if (fate !== undefined) throw new Error('killed')
  }
  return Object.assign(index, { batch: failing })
}
