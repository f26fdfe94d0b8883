import type { Libp2pEvents, PeerId, PeerInfo } from '@libp2p/interface'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr'
import { TypedEventEmitter } from 'main-event'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { LanInterface } from '../../src/network/lan/interfaces.ts'
import { lan, type Seen } from '../../src/network/lan/lan.ts'
import { Packets, type Sighting } from '../../src/network/lan/packets.ts'
import type { LanSocket, LanSocketInit } from '../../src/network/lan/socket.ts'
import { silentLogger } from '../silent-logger.ts'

const SERVICE = '_branchline._udp.local'
const [ann, bea] = (await Promise.all(
  ['ann', 'bea'].map(async () => peerIdFromPrivateKey(await generateKeyPair('Ed25519'))),
)) as [PeerId, PeerId]
const packets = new Packets({ service: SERVICE, self: bea.toString() })

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

class FakeSocket implements LanSocket {
  readonly init: LanSocketInit
  readonly sent: Uint8Array[] = []
  isOpen = true

  constructor(init: LanSocketInit) {
    this.init = init
    queueMicrotask(init.onReady)
  }

  send(bytes: Uint8Array): void {
    if (this.isOpen) this.sent.push(bytes)
  }

  close(): void {
    this.isOpen = false
  }

  queries(): number {
    return this.sent.filter((bytes) => packets.parse(bytes, () => true)?.kind === 'query').length
  }

  told(): string[][] {
    const heard = this.sent.map((bytes) => packets.parse(bytes, () => true))
    return heard
      .filter((each): each is Sighting => each?.kind === 'sighting')
      .map(({ addresses }) => addresses.map((address) => address.toString()))
  }
}

function on(name: string, address: string): LanInterface {
  return { name, isLoopback: name === 'lo', addresses: [{ address, prefix: 24 }] }
}

function listening(...ips: string[]): Multiaddr[] {
  return ips.map((ip) => multiaddr(`/ip4/${ip}/tcp/4001`))
}

class Bench {
  lanName: string | undefined = SERVICE
  readonly changes = new EventTarget()
  interfaces = [on('lo', '127.0.0.1'), on('eth0', '10.1.0.1'), on('wlan0', '10.2.0.1')]
  addresses = [
    ...listening('127.0.0.1', '10.1.0.1', '10.2.0.1'),
    multiaddr(`/ip4/10.1.0.9/tcp/1/p2p/${bea.toString()}/p2p-circuit`),
  ]
  readonly sockets: FakeSocket[] = []
  readonly events = new TypedEventEmitter<Libp2pEvents>()
  readonly seen: Seen[] = []
  readonly found: PeerInfo[] = []
  readonly logger = silentLogger()
  moved = 0
  admits = true
  readonly system = {
    look: () => this.interfaces,
    open: (init: LanSocketInit) => {
      const socket = new FakeSocket(init)
      this.sockets.push(socket)
      return socket
    },
  }
  readonly service = lan(
    { service: () => this.lanName, changes: this.changes, admits: () => this.admits },
    this.system,
  )({ peerId: ann, transportManager: { getAddrs: () => this.addresses }, events: this.events, logger: this.logger })

  async start(): Promise<this> {
    this.service.addEventListener('seen', ({ detail }) => this.seen.push(detail))
    this.service.addEventListener('peer', ({ detail }) => this.found.push(detail))
    this.service.addEventListener('moved', () => this.moved++)
    const { start, afterStart } = this.service as unknown as Record<'start' | 'afterStart', () => void>
    start.call(this.service)
    afterStart.call(this.service)
    await vi.advanceTimersByTimeAsync(5_000)
    return this
  }

  socketOn(name: string): FakeSocket {
    const socket = this.sockets.findLast(({ init, isOpen }) => init.on.name === name && isOpen)
    if (socket === undefined) throw new Error(`there is no socket on ${name}`)
    return socket
  }

  [Symbol.dispose](): void {
    const { stop } = this.service as unknown as Record<'stop', () => void>
    stop.call(this.service)
  }
}

function answerOf(...ips: string[]): Buffer {
  return packets.answer(listening(...ips).map((address) => address.encapsulate(`/p2p/${bea.toString()}`)))
}

test('each interface is told of by its own addresses, and by no loopback, circuit or other interface', async () => {
  using bench = await new Bench().start()
  const self = `/p2p/${ann.toString()}`
  expect(new Set(bench.socketOn('eth0').told().flat())).toEqual(new Set([`/ip4/10.1.0.1/tcp/4001${self}`]))
  expect(new Set(bench.socketOn('wlan0').told().flat())).toEqual(new Set([`/ip4/10.2.0.1/tcp/4001${self}`]))
})

test('whoever listens on loopback alone is looked for there alone', async () => {
  const bench = new Bench()
  bench.addresses = listening('127.0.0.1')
  using _ = await bench.start()
  expect(bench.sockets.map(({ init }) => init.on.name)).toEqual(['lo'])
  expect(bench.socketOn('lo').told()[0]).toEqual([`/ip4/127.0.0.1/tcp/4001/p2p/${ann.toString()}`])
})

test('a transport that begins to listen only after the start is told of at once, and chooses the interfaces', async () => {
  const bench = new Bench()
  bench.addresses = []
  using _ = await bench.start()
  expect(bench.sockets.flatMap((socket) => socket.told())).toEqual([])
  expect(bench.socketOn('eth0').queries()).toBeGreaterThan(0)
  bench.addresses = listening('127.0.0.1')
  bench.events.safeDispatchEvent('transport:listening')
  await vi.advanceTimersByTimeAsync(200)
  expect(bench.sockets.filter(({ isOpen }) => isOpen).map(({ init }) => init.on.name)).toEqual(['lo'])
  expect(bench.socketOn('lo').told()).toHaveLength(1)
  // What is no change is not told again.
  bench.events.safeDispatchEvent('transport:listening')
  await vi.advanceTimersByTimeAsync(5_000)
  expect(bench.socketOn('lo').told()).toHaveLength(1)
})

test('an interface that comes, goes or changes its address is taken up within 5 s', async () => {
  using bench = await new Bench().start()
  const gone = bench.socketOn('wlan0')
  bench.interfaces = [on('lo', '127.0.0.1'), on('eth0', '10.1.0.7'), on('usb0', '10.3.0.1')]
  bench.addresses = listening('10.1.0.7', '10.3.0.1')
  await vi.advanceTimersByTimeAsync(5_000)
  expect(gone.isOpen).toBe(false)
  expect(bench.moved).toBe(1)
  for (const [name, ip] of [
    ['eth0', '10.1.0.7'],
    ['usb0', '10.3.0.1'],
  ] as const) {
    expect(bench.socketOn(name).queries(), name).toBeGreaterThan(0)
    expect(bench.socketOn(name).told()[0], name).toEqual([`/ip4/${ip}/tcp/4001/p2p/${ann.toString()}`])
  }
})

test('whenever the change is, it is taken up within 5 s', async () => {
  using bench = await new Bench().start()
  for (let n = 1; n <= 7; n++) {
    bench.interfaces = [on('eth0', `10.1.0.${n + 1}`)]
    await vi.advanceTimersByTimeAsync(5_000)
    expect(bench.moved).toBe(n)
  }
})

test('after sleep everything is asked anew at once', async () => {
  using bench = await new Bench().start()
  await vi.advanceTimersByTimeAsync(300_000)
  // The next of its own accord is most of a minute away.
  const asked = bench.socketOn('eth0').queries()
  while (bench.socketOn('eth0').queries() === asked) await vi.advanceTimersByTimeAsync(1_000)
  const before = bench.socketOn('eth0').queries()
  bench.socketOn('eth0').init.onPacket(answerOf('10.1.0.2'), '10.1.0.2')
  vi.setSystemTime(Date.now() + 3_600_000)
  await vi.advanceTimersByTimeAsync(1_200)
  expect(bench.moved).toBe(1)
  expect(bench.socketOn('eth0').queries()).toBe(before + 1)
  bench.socketOn('eth0').init.onPacket(answerOf('10.1.0.2'), '10.1.0.2')
  expect(bench.seen.map(({ isNews }) => isNews)).toEqual([true, true])
})

test('whoever is known and has another address is found again there', async () => {
  using bench = await new Bench().start()
  const socket = bench.socketOn('eth0')
  for (const ip of ['10.1.0.2', '10.1.0.2', '10.1.0.3']) socket.init.onPacket(answerOf(ip), ip)
  expect(bench.found.map(({ multiaddrs }) => multiaddrs.map(String))).toEqual([
    ['/ip4/10.1.0.2/tcp/4001'],
    ['/ip4/10.1.0.3/tcp/4001', '/ip4/10.1.0.2/tcp/4001'],
  ])
  expect(bench.seen.map(({ isNews }) => isNews)).toEqual([true, false, true])
})

test('whoever may not be connected with is not seen, however often they are told of', async () => {
  using bench = await new Bench().start()
  bench.admits = false
  bench.socketOn('eth0').init.onPacket(answerOf('10.1.0.2'), '10.1.0.2')
  expect([bench.found, bench.seen]).toEqual([[], []])
})

test('an interface on which nothing can be sent, or none can listen, is logged once and harms no other', async () => {
  using bench = await new Bench().start()
  const dead = bench.socketOn('wlan0')
  for (let n = 0; n < 3; n++) dead.init.onUnsent(new Error('ENETUNREACH'))
  expect(bench.logger.errors).toHaveLength(1)
  dead.init.onFailure(new Error('ENODEV'))
  expect(bench.logger.errors).toHaveLength(2)
  const before = bench.socketOn('eth0').sent.length
  bench.socketOn('eth0').init.onPacket(packets.query(), '10.1.0.2')
  await vi.advanceTimersByTimeAsync(2_000)
  expect(bench.socketOn('eth0').sent.length).toBeGreaterThan(before)
  await vi.advanceTimersByTimeAsync(30_000)
  expect(bench.socketOn('wlan0').queries()).toBeGreaterThan(0)
})

test('who was seen and is lost is looked for at once and every few seconds, until they are back or long gone', async () => {
  using bench = await new Bench().start()
  const socket = bench.socketOn('eth0')
  socket.init.onPacket(answerOf('10.1.0.2'), '10.1.0.2')
  await vi.advanceTimersByTimeAsync(300_000)
  const queriesIn = async (ms: number): Promise<number> => {
    const before = socket.queries()
    await vi.advanceTimersByTimeAsync(ms)
    return socket.queries() - before
  }
  expect(await queriesIn(60_000)).toBeLessThanOrEqual(2)
  bench.events.safeDispatchEvent('peer:disconnect', { detail: bea })
  expect(await queriesIn(4_000)).toBeGreaterThanOrEqual(1)
  expect(await queriesIn(60_000)).toBeGreaterThanOrEqual(15)
  bench.events.safeDispatchEvent('peer:connect', { detail: bea })
  await vi.advanceTimersByTimeAsync(10_000)
  expect(await queriesIn(60_000)).toBeLessThanOrEqual(2)
  bench.events.safeDispatchEvent('peer:disconnect', { detail: bea })
  await vi.advanceTimersByTimeAsync(700_000)
  expect(await queriesIn(60_000)).toBeLessThanOrEqual(2)
})

test('when it stops it says goodbye on every interface', async () => {
  const bench = await new Bench().start()
  bench[Symbol.dispose]()
  for (const { sent } of bench.sockets) {
    expect(packets.parse(sent.at(-1) as Uint8Array, () => true)).toMatchObject({ peer: ann.toString(), ttlMs: 0 })
  }
  const counts = bench.sockets.map(({ sent }) => sent.length)
  await vi.advanceTimersByTimeAsync(100_000)
  expect(bench.sockets.map(({ sent }) => sent.length)).toEqual(counts)
})

test('another name of the LAN is used at once, and nobody is found by the old one any more', async () => {
  using bench = await new Bench().start()
  const before = bench.socketOn('eth0')
  const renamed = new Packets({ service: '_renamed._udp.local', self: bea.toString() })
  bench.changes.dispatchEvent(new Event('change'))
  expect(bench.socketOn('eth0'), 'the name is the same').toBe(before)
  bench.lanName = '_renamed._udp.local'
  bench.changes.dispatchEvent(new Event('change'))
  await vi.advanceTimersByTimeAsync(5_000)
  const after = bench.socketOn('eth0')
  expect(before.isOpen).toBe(false)
  expect(after.queries(), 'questions under the old name').toBe(0)
  expect(after.sent.some((bytes) => renamed.parse(bytes, () => true)?.kind === 'query')).toBe(true)
  const address = listening('10.1.0.2').map((each) => each.encapsulate(`/p2p/${bea.toString()}`))
  after.init.onPacket(answerOf('10.1.0.2'), '10.1.0.2')
  expect(bench.seen).toEqual([])
  after.init.onPacket(renamed.answer(address), '10.1.0.2')
  expect(bench.seen).toMatchObject([{ peer: bea.toString(), isNews: true }])
})
