import type { Connection, Stream } from '@libp2p/interface'
import { identify } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { createLibp2p, type Libp2p } from 'libp2p'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type OwnPresence, type Presence, presence, type PresenceState } from '../src/index.ts'
import { PRESENCE_PROTOCOL } from '../src/limits.ts'
import { LOOPBACK, pair } from './peers.ts'
import { pause, recordsOf, until } from './support.ts'

type Node = Libp2p<{ presence: Presence }>
const OFF = 0
const [HERE, BUSY, AWAY] = [1, 2, 3]

/** Somebody whose roster names these; with nobody else on the node. */
async function member(strangers = new Set<string>()): Promise<Node> {
  const node = await createLibp2p({
    addresses: { listen: LOOPBACK },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionMonitor: { enabled: false },
    services: { identify: identify(), presence: presence({ isAdmitted: (peer) => !strangers.has(peer) }) },
  })
  onTestFinished(() => void node.stop())
  return node
}

interface Raw {
  readonly node: Libp2p
  readonly peer: string
  /** Bytes, by stream, that others said to it. */
  readonly heard: number[][]
  readonly streams: Stream[]
}

/** Somebody who speaks the protocol by hand. */
async function raw(): Promise<Raw> {
  const [heard, streams]: [number[][], Stream[]] = [[], []]
  const node = await createLibp2p({
    addresses: { listen: LOOPBACK },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionMonitor: { enabled: false },
    services: { identify: identify() },
  })
  onTestFinished(() => void node.stop())
  await node.handle(PRESENCE_PROTOCOL, (stream) => {
    const bytes: number[] = []
    heard.push(bytes)
    streams.push(stream)
    stream.addEventListener('message', ({ data }) => bytes.push(...data.subarray()))
  })
  return { node, peer: node.peerId.toString(), heard, streams }
}

async function dial(from: Libp2p, to: Libp2p): Promise<Connection> {
  return from.dial(to.getMultiaddrs())
}

function changesOf(node: Node): [string, PresenceState][] {
  const changes: [string, PresenceState][] = []
  node.services.presence.addEventListener('presence', ({ detail: { peer, state } }) => changes.push([peer, state]))
  return changes
}

const bytes = (...states: number[]): Uint8Array => Uint8Array.from(states)

describe('members who are connected tell each other what they are', () => {
  test('at first, and at once when that changes; who is not connected is off', async () => {
    const [ann, bea] = [await member(), await member()]
    ann.services.presence.set('busy')
    const [annId, beaId] = [ann.peerId.toString(), bea.peerId.toString()]
    const changes = changesOf(bea)
    expect(bea.services.presence.of(annId)).toBe('off')
    const connection = await dial(ann, bea)
    await until(() => bea.services.presence.of(annId) === 'busy')
    expect(ann.services.presence.of(beaId)).toBe('here')
    bea.services.presence.set('away')
    await until(() => ann.services.presence.of(beaId) === 'away')
    await connection.close()
    await until(() => bea.services.presence.of(annId) === 'off' && ann.services.presence.of(beaId) === 'off')
    expect(changes).toEqual([[annId, 'busy']])
    // What they said before is not believed of them anew.
    await dial(bea, ann)
    await until(() => bea.services.presence.of(annId) === 'busy')
  })

  test('and say that they are off before they leave on purpose', async () => {
    const [ann, bea] = [await member(), await raw()]
    await dial(ann, bea.node)
    await until(() => bea.heard.length === 1 && bea.heard[0]?.length === 1)
    await ann.stop()
    expect(bea.heard).toEqual([[HERE, OFF]])
  })

  test('on one stream, which is opened again when it is lost', async () => {
    const [ann, bea] = [await member(), await raw()]
    await dial(ann, bea.node)
    await until(() => bea.heard.length === 1)
    ann.services.presence.set('away')
    await until(() => bea.heard[0]?.length === 2)
    bea.streams[0]?.abort(new Error('lost'))
    await until(() => bea.heard.length === 2 && bea.heard[1]?.length === 1)
    expect(bea.heard).toEqual([[HERE, AWAY], [AWAY]])
    // A peer that will not have it is not asked for ever.
    await bea.node.handle(PRESENCE_PROTOCOL, (stream) => stream.abort(new Error('no')), { force: true })
    bea.streams[1]?.abort(new Error('lost again'))
    await pause(1_500)
    expect(ann.getConnections()[0]?.streams.filter(({ protocol }) => protocol === PRESENCE_PROTOCOL)).toEqual([])
  })

  test('whoever answers on that stream is not listened to', async () => {
    const [ann, bea] = [await member(), await raw()]
    await dial(ann, bea.node)
    await until(() => bea.heard.length === 1)
    bea.streams[0]?.send(Buffer.from('by the way'))
    await until(() => bea.streams[0]?.status !== 'open')
    expect(ann.services.presence.of(bea.peer)).toBe('here')
  })
})

test('of what is said within five seconds the last is told, and no state of in between', async () => {
  const [ann, bea] = [await member(), await raw()]
  await dial(ann, bea.node)
  await until(() => bea.heard[0]?.length === 1)
  const startedAt = performance.now()
  for (const state of ['busy', 'here', 'away', 'here', 'busy', 'away'] as const) ann.services.presence.set(state)
  await until(() => bea.heard[0]?.length === 2)
  expect(performance.now() - startedAt).toBeLessThan(2_000)
  await until(() => bea.heard[0]?.length === 3, 'the last', 7_000)
  expect(performance.now() - startedAt).toBeGreaterThan(4_900)
  expect(bea.heard).toEqual([[HERE, BUSY, AWAY]])
  // Somebody who comes meanwhile hears what is told, not what will be.
  ann.services.presence.set('here')
  const cy = await raw()
  await dial(ann, cy.node)
  await until(() => cy.heard[0]?.length === 1)
  expect(cy.heard).toEqual([[AWAY]])
  // And who changes their mind before it is told has not changed.
  ann.services.presence.set('away')
  await pause(5_500)
  expect([bea.heard, cy.heard]).toEqual([[[HERE, BUSY, AWAY]], [[AWAY]]])
})

test.each([undefined, 'off', 'lunch', 2, 'toString'])('nothing else can be said: %j', async (state) => {
  const ann = await member()
  expect(() => ann.services.presence.set(state as OwnPresence)).toThrow(TypeError)
})

describe('a member who', () => {
  test.each<[string, Uint8Array]>([
    ['writes letters', Buffer.from('hello')],
    ['floods', Buffer.alloc(1_000_000, bytes(1, 2, 3))],
    ['says the same again', bytes(BUSY, BUSY)],
    ['goes on after it was off', bytes(OFF, HERE)],
  ])('%s is cut off, and counts as here', async (_, said) => {
    const [ann, eve] = [await member(), await raw()]
    const changes = changesOf(ann)
    const connection = await dial(eve.node, ann)
    const stream = await connection.newStream(PRESENCE_PROTOCOL)
    stream.send(said)
    await until(() => stream.status !== 'open')
    await until(() => ann.services.presence.of(eve.peer) === 'here')
    expect(connection.status).toBe('open')
    expect(changes.length).toBeLessThanOrEqual(6)
  })

  test('opens streams and connections to be believed anew is not', async () => {
    const [ann, eve] = [await member(), await raw()]
    const changes = changesOf(ann)
    let ended = 0
    for (let n = 0; n < 12; n++) {
      const connection = await dial(eve.node, ann)
      const stream = await connection.newStream(PRESENCE_PROTOCOL)
      stream.send(bytes(n % 2 === 0 ? BUSY : AWAY))
      await pause(50)
      if (stream.status !== 'open') ended++
      await (n % 4 === 3 ? connection.close() : stream.close())
      await pause(50)
    }
    expect(ended).toBe(6)
    expect(changes.filter(([, state]) => state !== 'here').length).toBeLessThanOrEqual(6)
  })

  test('opens more than two streams has no more of them', async () => {
    const [ann, eve] = [await member(), await raw()]
    const connection = await dial(eve.node, ann)
    const streams = [await connection.newStream(PRESENCE_PROTOCOL), await connection.newStream(PRESENCE_PROTOCOL)]
    const third = await connection.newStream(PRESENCE_PROTOCOL).catch(() => undefined)
    if (third !== undefined) await until(() => third.status !== 'open')
    streams[1]?.send(bytes(AWAY))
    await until(() => ann.services.presence.of(eve.peer) === 'away')
    expect(streams.map(({ status }) => status)).toEqual(['open', 'open'])
  })
})

test('a stranger hears nothing, and is not believed; nor is who is taken off the roster', async () => {
  const strangers = new Set<string>()
  const [ann, eve] = [await member(strangers), await raw()]
  strangers.add(eve.peer)
  const connection = await dial(eve.node, ann)
  const stream = await connection.newStream(PRESENCE_PROTOCOL)
  if (stream.writeStatus === 'writable') stream.send(bytes(BUSY))
  await until(() => stream.status !== 'open')
  await pause(500)
  expect([eve.heard, ann.services.presence.of(eve.peer)]).toEqual([[], 'off'])

  const cy = await raw()
  const saying = await (await dial(cy.node, ann)).newStream(PRESENCE_PROTOCOL)
  await until(() => cy.heard[0]?.length === 1)
  strangers.add(cy.peer)
  ann.services.presence.set('busy')
  saying.send(bytes(AWAY))
  await until(() => cy.streams[0]?.status !== 'open' && saying.status !== 'open')
  expect([cy.heard, ann.services.presence.of(cy.peer)]).toEqual([[[HERE]], 'off'])
})

test('messengers show what colleagues are, and nothing of it goes on record', async () => {
  const [ann, bea] = await pair({ name: 'Ann' }, { name: 'Bea' })
  const told: [string, string | undefined, PresenceState][] = []
  for (const type of ['colleague:here', 'colleague:presence', 'colleague:gone'] as const) {
    ann.messenger.addEventListener(type, ({ detail }) => told.push([type, detail.name, detail.presence]))
  }
  await ann.messenger.send(bea.peer, 'hello')
  await until(() => ann.messenger.colleagues()[0]?.presence === 'here')
  const before = [(await recordsOf(ann.store)).length, (await recordsOf(bea.store)).length]
  bea.messenger.presence('busy')
  await until(() => ann.messenger.colleagues()[0]?.presence === 'busy')
  expect([(await recordsOf(ann.store)).length, (await recordsOf(bea.store)).length]).toEqual(before)
  await bea.messenger.close()
  await until(() => ann.messenger.colleagues()[0]?.link === 'away')
  expect(ann.messenger.colleagues()).toMatchObject([{ name: 'Bea', presence: 'off' }])
  await until(() => told.length === 4)
  expect(told).toEqual([
    ['colleague:here', 'Bea', 'here'],
    ['colleague:presence', 'Bea', 'busy'],
    ['colleague:presence', 'Bea', 'off'],
    ['colleague:gone', 'Bea', 'off'],
  ])
})
