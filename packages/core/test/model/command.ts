import fc from 'fast-check'
import type { World } from './world.ts'

/** fast-check's model: what is judged is the ledger of the real world. */
export type Model = Record<string, never>
export type Command = fc.AsyncCommand<Model, World>

/** How many turns of the event loop pass after a command, before the next: all until nothing moves, or a few. */
const TURNS = [0, 1, 2, 3, 5, 8, 13, 30, Number.POSITIVE_INFINITY] as const

/**
 * A kind of command: its arguments, and what it does. It is not waited for what it sets going: so the next may come at any
 * moment.
 */
export function command<T extends Record<string, unknown>>(
  name: string,
  args: { readonly [K in keyof T]: fc.Arbitrary<T[K]> },
  act: (world: World, args: T) => void | Promise<void>,
): fc.Arbitrary<Command> {
  const turns = fc.nat(TURNS.length - 1).map((n) => TURNS[TURNS.length - 1 - n] as number)
  return fc.record({ turns, args: fc.record(args) as unknown as fc.Arbitrary<T> }).map(({ turns, args }) => ({
    check: () => true,
    run: async (_, world) => {
      await act(world, args)
      if (turns === Number.POSITIVE_INFINITY) await world.activity.settle()
      else await world.activity.turns(turns)
      world.assertSound()
    },
    toString: () =>
      `${name}(${JSON.stringify(args).slice(1, -1)})${turns === Number.POSITIVE_INFINITY ? '' : ` +${turns}`}`,
  }))
}
