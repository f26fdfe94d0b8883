import fc from 'fast-check'
import type { What, Where } from '../../src/index.ts'
import { type PullStage, pullState } from '../../src/content/pull.ts'
import type { PullStep } from '../../src/content/content.ts'
import type { PostOptions } from '../../src/delivery/posting.ts'
import { command } from './command.ts'
import type { Said } from './ledger.ts'
import type { Node } from './node.ts'
import { stepsIn } from './pulls.ts'
import { DESK, ROOMS, STAFF } from './staff.ts'
import type { World } from './world.ts'

const node = fc.nat(4)
const pick = fc.nat(99)
const TYPES = [
  'text',
  'text',
  'urgent',
  'reply',
  'edit',
  'retract',
  'read',
  'acknowledged',
  'send',
  'send',
  'send',
] as const
const PLACES = ['direct', 'direct', ...ROOMS, DESK, 'group'] as const
const ASKED = ['direct', ...ROOMS, DESK, 'group', 'group'] as const
const GROUP = `+${'5'.repeat(32)}`
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

function whereOf(place: (typeof PLACES)[number], by: Node, to: Node): Where {
  if (place === 'direct') return to.peer
  if (place === 'group')
    return { conversation: GROUP, peers: STAFF.map(({ peer }) => peer).filter((peer) => peer !== by.peer) }
  return place === DESK ? `@${place}` : `#${place}`
}

function oneOf<T>(list: readonly T[], n: number): T | undefined {
  return list[n % Math.max(1, list.length)]
}

let said = 0

function textOf(bytes: number): string {
  return `${++said} ${'x'.repeat(bytes)}`
}

/** Who sits at the desk says it as the desk, and answers whoever asked there. */
function optionsOf(place: (typeof PLACES)[number], by: Node, to: Node): PostOptions {
  const isAtTheDesk = ({ peer }: Node): boolean =>
    STAFF.some(({ member }) => member.peer === peer && member.desks.includes(DESK))
  if (place !== DESK || !isAtTheDesk(by)) return {}
  return { as: DESK, ...(!isAtTheDesk(to) && { also: [to.peer] }) }
}

function whatOf(type: (typeof TYPES)[number], about: Said | undefined, bytes: number): What {
  const text = textOf(bytes)
  if (type === 'urgent') return { text, about: { type } }
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

function sayIt(world: World, { by, to, place, type, pick, bytes, times }: Saying): void {
  const [author, reader] = [world.node(by), world.node(to === by ? to + 1 : to)]
  const about = oneOf(author.page.held, pick)
  if (type === 'read' || type === 'acknowledged') return about && void author.mark(about.id, type)
  const [where, options] = [whereOf(place, author, reader), optionsOf(place, author, reader)]
  for (let n = 0; n < times; n++) {
    if (type === 'send') void author.send(reader.peer, textOf(bytes))
    else void author.post(where, whatOf(type, about, bytes), options)
  }
}

function askFor(world: World, { by, to, place }: Pick<Saying, 'by' | 'to' | 'place'>): void {
  const about = { type: 'pull', item: '641.5 ROM', branch: 'Northside' } as const
  const [author, reader] = [world.node(by), world.node(to === by ? to + 1 : to)]
  void author.post(whereOf(place, author, reader), { about }, optionsOf(place, author, reader))
}

interface Step extends Record<string, unknown> {
  readonly by: readonly number[]
  readonly pick: number
  readonly step: number
}

/** Of a request that they know, by what each knows of it, to all who were party to it: several may want it at once. */
function move(world: World, { by, pick, step }: Step): void {
  const [first] = by.map((n) => world.node(n).page.held.filter(({ about }) => about.type === 'pull'))
  const pull = oneOf(first ?? [], pick)
  if (pull !== undefined) for (const n of by) moveOne(world.node(n), pull, step)
}

function moveOne(author: Node, pull: Said, step: number): void {
  if (!author.page.held.includes(pull)) return
  const seen = stepsIn(author.page.held, pull).map(({ move }) => move)
  const { state, heads } = pullState({ author: pull.from }, seen)
  const peers = [pull.from, ...pull.peers].filter((peer) => peer !== author.peer)
  const about = { type: 'pull-step', of: pull.id, step: oneOf(NEXT[state], step) as PullStep, after: heads } as const
  void author.post({ conversation: pull.conversation, peers }, { about })
}

const ask = command('ask', { by: node, to: node, place: fc.constantFrom(...ASKED) }, askFor)
const step = command<Step>('move', { by: fc.uniqueArray(node, { minLength: 1, maxLength: 3 }), pick, step: pick }, move)
const say = command('say', sayings, sayIt)

/** As often as they are to come about, beside what befalls people. */
export const SAYINGS = [ask, ask, step, step, step, step, step, step, say, say, say, say, say, say]
