import fc from 'fast-check'
import type { What, Where } from '../../src/index.ts'
import { type PullStage, pullState } from '../../src/content/pull.ts'
import type { PullStep } from '../../src/content/content.ts'
import { command } from './command.ts'
import type { Said } from './ledger.ts'
import type { Node } from './node.ts'
import { stepsIn } from './pulls.ts'
import { DESK, ROOMS } from './staff.ts'
import type { World } from './world.ts'

const node = fc.nat(4)
const pick = fc.nat(99)
const TYPES = ['text', 'text', 'reply', 'edit', 'retract', 'mark'] as const
const PLACES = ['direct', 'direct', ...ROOMS, DESK] as const
const SIZES = [0, 0, 0, 200, 6_000] as const
/** The longest way that a request can go, and a few that are not allowed from everywhere. */
const NEXT: Readonly<Record<PullStage, readonly PullStep[]>> = {
  open: ['claim', 'claim', 'not-found', 'cancel'],
  claimed: ['pulled', 'release', 'not-found', 'claim'],
  pulled: ['send', 'cancel', 'claim'],
  sent: ['cancel', 'reopen'],
  'not-found': ['reopen', 'claim'],
  cancelled: ['reopen', 'claim'],
}

function whereOf(place: (typeof PLACES)[number], to: Node): Where {
  if (place === 'direct') return to.peer
  return place === DESK ? `@${place}` : `#${place}`
}

function oneOf<T>(list: readonly T[], n: number): T | undefined {
  return list[n % Math.max(1, list.length)]
}

let said = 0

function whatOf(type: (typeof TYPES)[number], about: Said | undefined, bytes: number): What {
  const text = `${++said} ${'x'.repeat(bytes)}`
  if (about === undefined) return text
  if (type === 'reply') return { text, about: { type, to: about.id } }
  if (type === 'edit') return { text, about: { type, of: about.id } }
  if (type === 'retract') return { about: { type, of: about.id } }
  return text
}

interface Saying extends Record<string, unknown> {
  readonly by: number
  readonly to: number
  readonly place: (typeof PLACES)[number]
  readonly type: (typeof TYPES)[number]
  readonly pick: number
  readonly bytes: number
  readonly times: number
}

const sayings: { readonly [K in keyof Saying]: fc.Arbitrary<Saying[K]> } = {
  by: node,
  to: node,
  place: fc.constantFrom(...PLACES),
  type: fc.constantFrom(...TYPES),
  pick,
  bytes: fc.constantFrom(...SIZES),
  times: fc.integer({ min: 1, max: 4 }),
}

function say(world: World, { by, to, place, type, pick, bytes, times }: Saying): void {
  const [author, reader] = [world.node(by), world.node(to === by ? to + 1 : to)]
  const about = oneOf(author.page.held, pick)
  if (type === 'mark' && about !== undefined) return void author.mark(about.id)
  for (let n = 0; n < times; n++) void author.post(whereOf(place, reader), whatOf(type, about, bytes))
}

function ask(world: World, { by, to, place }: Pick<Saying, 'by' | 'to' | 'place'>): void {
  const about = { type: 'pull', item: '641.5 ROM', branch: 'Northside' } as const
  const [author, reader] = [world.node(by), world.node(to === by ? to + 1 : to)]
  void author.post(whereOf(place, reader), { about })
}

interface Step extends Record<string, unknown> {
  readonly by: number
  readonly pick: number
  readonly step: number
}

/** Of a request that they know, by what they know of it, to all who were party to it. */
function move(world: World, { by, pick, step }: Step): void {
  const author = world.node(by)
  const pull = oneOf(
    author.page.held.filter(({ about }) => about.type === 'pull'),
    pick,
  )
  if (pull === undefined) return
  const seen = stepsIn(author.page.held, pull).map(({ move }) => move)
  const { state, heads } = pullState({ author: pull.from }, seen)
  const peers = [pull.from, ...pull.peers].filter((peer) => peer !== author.peer)
  const about = { type: 'pull-step', of: pull.id, step: oneOf(NEXT[state], step) as PullStep, after: heads } as const
  void author.post({ conversation: pull.conversation, peers }, { about })
}

export const SAYINGS = [
  command('say', sayings, say),
  command('say', sayings, say),
  command('say', sayings, say),
  command('ask', { by: node, to: node, place: fc.constantFrom(...PLACES) }, ask),
  command<Step>('move', { by: node, pick, step: pick }, move),
  command<Step>('move', { by: node, pick, step: pick }, move),
  command<Step>('move', { by: node, pick, step: pick }, move),
]
