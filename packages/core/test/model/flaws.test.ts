import { expect, test } from 'vitest'
import { BACKWARDS, BY_ARRIVAL, FORGETFUL, hasty, OVERLOOKING } from './flaws.ts'
import { tryAll } from './property.ts'
import type { Flaw } from './world.ts'

const RUNS = 100

/** Each with what may be seen of it first. */
test.each<[string, Flaw, RegExp]>([
  [
    'a message leaves before its record is durable',
    hasty('sent'),
    /left .* before its record was durable|was said to be on record, and is not/,
  ],
  ['one is shown before its record is durable', hasty('received'), /was shown before its record/],
  ['one that comes again is recorded again', FORGETFUL, /is twice in the log/],
  ['one that waited is overlooked at the next start', OVERLOOKING, /has no outcome|waits for .*, who was revoked/],
  ['what waited is delivered from its end', BACKWARDS, /has record .* after/],
  ['each has its own idea of which step came first', BY_ARRIVAL, /is seen as/],
])(
  'a world in which %s is found out',
  async (_, flaw, complaint) => {
    const { details } = await tryAll({ runs: RUNS, flaw, shrinks: false })
    expect(String(details.errorInstance)).toMatch(complaint)
  },
  60_000,
)
