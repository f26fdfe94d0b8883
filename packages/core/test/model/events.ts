import fc from 'fast-check'
import { command } from './command.ts'
import { DISK_FAULTS } from './disk.ts'
import type { Cut } from './sim-connection.ts'
import type { World } from './world.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const JUMPS_MS = [90_000, -90_000, 10 * MINUTE_MS, -120 * MINUTE_MS, DAY_MS, -2 * DAY_MS] as const
const PAUSES_MS = [50, 500, 3_000, 12_000, 45_000, 6 * MINUTE_MS] as const
const STALLS_MS = [20, 300, 2_000, 5_000, 14_000] as const
const node = fc.nat(4)
const pair = { a: node, b: node }
const keepBytes = fc.oneof(fc.constant(0), fc.nat(400), fc.nat(20_000))
const notices = fc.tuple(fc.boolean(), fc.boolean())

function between(world: World, a: number, b: number): [string, string] {
  return [world.node(a).peer, world.node(a === b ? b + 1 : b).peer]
}

function part(world: World, [a, b]: readonly [string, string], cut: Cut): void {
  world.network.link(a, b).isUp = false
  world.network.cut(a, b, cut)
}

function cross(world: World, side: readonly boolean[]): [string, string][] {
  const peers = world.nodes.map(({ peer }) => peer)
  const [here, there] = [true, false].map((which) => peers.filter((_, n) => (side[n] ?? false) === which))
  return (here ?? []).flatMap((a) => (there ?? []).map((b): [string, string] => [a, b]))
}

function heal(world: World): void {
  for (const a of world.nodes) {
    for (const b of world.nodes) {
      if (a !== b) Object.assign(world.network.link(a.peer, b.peer), { isUp: true, flows: true })
    }
  }
  world.network.flow()
}

const NETWORK = [
  command('connect', pair, (world, { a, b }) => {
    const [from, to] = between(world, a, b)
    const [x, y] = [from, to].map((peer) => world.nodes.find((node) => node.peer === peer))
    if (x !== undefined && y !== undefined) world.connect(x, y)
  }),
  command('part', { ...pair, notices, keepBytes }, (world, { a, b, ...cut }) => part(world, between(world, a, b), cut)),
  command(
    'split',
    { side: fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }), notices, keepBytes },
    (world, { side, ...cut }) => {
      for (const way of cross(world, side)) part(world, way, cut)
    },
  ),
  command('heal', {}, heal),
  command('hold', pair, (world, { a, b }) => {
    world.network.link(...between(world, a, b)).flows = false
  }),
  command('release', pair, (world, { a, b }) => {
    world.network.link(...between(world, a, b)).flows = true
    world.network.flow()
  }),
  command(
    'deliver',
    { pipe: fc.nat(99), chunks: fc.integer({ min: 1, max: 6 }), bytes: fc.constantFrom(1_000_000, 1_000, 100, 7) },
    (world, { pipe, chunks, bytes }) => {
      const { waiting } = world.network
      const chosen = waiting[pipe % Math.max(1, waiting.length)]
      for (let n = 0; n < chunks; n++) chosen?.deliver(bytes)
    },
  ),
  // The stream alone, and whoever sends on it does not hear of it before the other side says so.
  command('cut', { pipe: fc.nat(99), keepBytes }, (world, { pipe, keepBytes }) => {
    const { waiting } = world.network
    const chosen = waiting[pipe % Math.max(1, waiting.length)]
    chosen?.cut(keepBytes)
    chosen?.sender?.lost()
  }),
  command('break', { ...pair, notices, keepBytes }, (world, { a, b, ...cut }) => {
    world.network.cut(...between(world, a, b), cut)
  }),
  // Another connection may be there by then, and what was sent on it be there first.
  command(
    'strand',
    { ...pair, notices, keepBytes, stallMs: fc.constantFrom(...STALLS_MS) },
    (world, { a, b, ...cut }) => {
      world.network.cut(...between(world, a, b), cut)
    },
  ),
]

const MACHINES = [
  command('close', { node }, (world, { node }) => void world.node(node).close()),
  command('open', { node }, (world, { node }) => void world.node(node).open()),
  command('open', { node }, (world, { node }) => void world.node(node).open()),
  command(
    'kill',
    { node, keepsPending: fc.boolean(), keepBytes, isHeard: fc.boolean(), reopens: fc.boolean() },
    (world, { node, keepsPending, reopens, ...death }) => {
      world.node(node).kill(keepsPending, death)
      if (reopens) void world.node(node).open()
    },
  ),
  command('failDisk', { node, fault: fc.constantFrom(...DISK_FAULTS) }, (world, { node, fault }) => {
    if (world.node(node).state === 'up') world.node(node).failDisk(fault)
  }),
  command('failReads', { node, count: fc.integer({ min: 1, max: 3 }) }, (world, { node, count }) => {
    if (world.node(node).state === 'up') world.node(node).failReads(count)
  }),
  command('jumpClock', { node, ms: fc.constantFrom(...JUMPS_MS) }, (world, { node, ms }) =>
    world.node(node).jumpClock(ms),
  ),
]

const TIME = [
  command('pass', { ms: fc.constantFrom(...PAUSES_MS) }, async (world, { ms }) => world.activity.pass(ms)),
  command('pass', { ms: fc.constantFrom(...PAUSES_MS) }, async (world, { ms }) => world.activity.pass(ms)),
  command('sleep', { days: fc.constantFrom(1, 7, 7, 31) }, async (world, { days }) => {
    world.activity.sleep(days * DAY_MS)
    await world.activity.pass(MINUTE_MS + 5_000)
  }),
]

const ROSTERS = [
  command('takeOff', { node, to: node }, async (world, { node, to }) => {
    world.away.add(world.node(node).peer)
    await world.writeRoster(world.node(to))
  }),
  command('putBack', { to: node }, async (world, { to }) => {
    world.away.clear()
    world.revoked.clear()
    await world.writeRoster(world.node(to))
  }),
]

const REVOCATIONS = [
  command('revoke', { node, to: node }, async (world, { node, to }) => {
    const { peer } = world.node(node)
    world.revoked.add(peer)
    world.everRevoked.add(peer)
    await world.writeRoster(world.node(to))
  }),
]

export const EVENTS = [...NETWORK, ...MACHINES, ...TIME, ...ROSTERS, ...REVOCATIONS]
