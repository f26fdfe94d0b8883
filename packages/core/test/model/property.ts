import fc from 'fast-check'
import { fakeTime } from './activity.ts'
import type { Command, Model } from './command.ts'
import { EVENTS } from './events.ts'
import { SAYINGS } from './sayings.ts'
import { type Flaw, World } from './world.ts'

const START = Date.UTC(2026, 0, 5, 9)
const MAX_COMMANDS = 60

export interface Tally {
  runs: number
  commands: number
  messages: number
  copies: number
  requests: number
  requestsJudged: number
  steps: number
  frames: number
  readonly outcomes: Record<string, number>
}

export interface PropertyInit {
  readonly runs: number
  readonly seed?: number | undefined
  readonly path?: string | undefined
  readonly replayPath?: string | undefined
  readonly flaw?: Flaw
  readonly shrinks?: boolean
  /** After which no other run begins, and none that would be a simpler way to fail. */
  readonly limitMs?: number | undefined
}

/** Whatever happens to five people's machines and to the network between them, their records agree in the end. */
export async function tryAll(
  init: PropertyInit,
): Promise<{ readonly tally: Tally; readonly details: fc.RunDetails<[number, Iterable<Command>]> }> {
  const { runs, seed, path, replayPath, flaw, shrinks = true, limitMs } = init
  const tally: Tally = {
    runs: 0,
    commands: 0,
    messages: 0,
    copies: 0,
    requests: 0,
    requestsJudged: 0,
    steps: 0,
    frames: 0,
    outcomes: {},
  }
  const options = { maxCommands: MAX_COMMANDS, size: 'max', ...(replayPath !== undefined && { replayPath }) } as const
  const commands = fc.commands([...SAYINGS, ...EVENTS], options)
  const property = fc.asyncProperty(fc.integer(), commands, async (chances, commands) => {
    const time = fakeTime(START)
    try {
      const world = await World.begin(chances, flaw)
      await fc.asyncModelRun(() => ({ model: {} satisfies Model, real: world }), commands)
      await world.end()
      count(tally, world, [...commands].length)
    } finally {
      time.end()
    }
  })
  const limit = limitMs === undefined ? {} : { interruptAfterTimeLimit: limitMs }
  const more = { ...limit, ...(seed !== undefined && { seed }), ...(path !== undefined && { path }) }
  const details = await fc.check(property, { numRuns: runs, endOnFailure: !shrinks, ...more })
  return { tally, details }
}

function count(tally: Tally, { ledger, tap, nodes, requestsJudged }: World, commands: number): void {
  tally.runs++
  tally.commands += commands
  for (const { peers, about } of ledger.said.values()) {
    tally.messages++
    if (about.type === 'pull') tally.requests++
    if (about.type === 'pull-step') tally.steps++
    tally.copies += peers.length
  }
  tally.frames += tap.messages
  tally.requestsJudged += requestsJudged
  for (const { result } of nodes.flatMap(({ page }) => [...page.ended.values()].flat())) {
    tally.outcomes[result] = (tally.outcomes[result] ?? 0) + 1
  }
}
