import { hash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { identify } from '@libp2p/identify'
import type { Stream } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createRelay, openRoster } from '../src/index.ts'
import { MAX_ROSTER_BYTES, ROSTER_PROTOCOL } from '../src/limits.ts'
import { holdRoster, type Member, type Roster, rosterLogKey, signSuccession } from '../src/roster/index.ts'
import { LOOPBACK, type Person, person, type RawPeer, rawPeer } from './peers.ts'
import { DEE, directorNamed, memberNamed, rosterOf } from './rosters.ts'
import { type Device, device, pause, recordsOf, until } from './support.ts'

const listed = ({ peer, signer }: Pick<Device, 'peer' | 'signer'>, name: string): Member =>
  memberNamed(name, { peer, log: rosterLogKey(signer.vkey) })

async function refusals({ store }: Pick<Device, 'store'>) {
  return (await recordsOf(store, 'refused')).map(({ peers, detail }) => [peers?.[0], detail?.['code']])
}

const serialsOf = async ({ store }: Pick<Device, 'store'>) =>
  (await recordsOf(store, 'roster')).map(({ detail }) => detail?.['serial'])

describe('a newer roster goes from peer to peer', () => {
  async function three() {
    const devices = [await device(), await device(), await device()] as const
    const members = devices.map((each, n) => listed(each, ['Ann', 'Bea', 'Cy'][n] as string))
    const first = await rosterOf(members)
    const second = await rosterOf(members, { serial: 2 })
    return { devices, members, first, second }
  }

  test('when they meet: from whoever has it, to whoever has not, on record with the one who brought it', async () => {
    const { devices, first, second } = await three()
    const [ann, bea] = devices
    for (const [held, offered] of [
      [first, second],
      [second, first],
    ] as const) {
      const there = await person({ roster: holdRoster(held.signed) }, bea)
      const here = await person({ roster: holdRoster(offered.signed), peers: [there.address] }, ann)
      const late = held === first ? bea : ann
      const other = held === first ? ann : bea
      await until(async () => (await serialsOf(late)).length > 0)
      const [record] = await recordsOf(late.store, 'roster')
      expect(record).toMatchObject({ actor: late.peer, peers: [other.peer], detail: { serial: 2 } })
      expect(await serialsOf(other)).toHaveLength(held === first ? 0 : 1)
      await here.messenger.close()
      await there.messenger.close()
    }
  })

  test('while they are connected, and from one to the next', async () => {
    const { devices, first, second } = await three()
    const [ann, bea, cy] = devices
    const there = await person({ roster: holdRoster(first.signed) }, bea)
    const to = { peers: [there.address] }
    const here = await person({ roster: holdRoster(first.signed), ...to }, ann)
    const third = await person({ roster: holdRoster(first.signed), ...to }, cy)
    await until(() => there.messenger.colleagues().filter(({ link }) => link === 'direct').length === 2)
    await here.messenger.takeRoster(second.signed)
    for (const each of [bea, cy]) await until(async () => (await serialsOf(each)).length > 0)
    await third.messenger.send(bea.peer, 'and all still talk')
    for (const each of [ann, bea, cy]) expect(await serialsOf(each)).toEqual([2])
    expect(await refusals(bea)).toEqual([])
  })

  test('into the file from which it was opened, whole, before it is told of', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'branchline-roster-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const file = join(folder, 'library.roster')
    const { devices, first, second } = await three()
    await writeFile(file, first.signed)
    const there = await person({ roster: await openRoster(file) }, devices[1])
    await person({ roster: holdRoster(second.signed), peers: [there.address] }, devices[0])
    await until(async () => (await readFile(file)).equals(second.signed))
    expect((await openRoster(file)).current.serial).toBe(2)
  })

  test('that was taken already is neither recorded nor told again', async () => {
    const { devices, first, second } = await three()
    const ann = await person({ roster: holdRoster(first.signed) }, devices[0])
    expect(await ann.messenger.takeRoster(second.signed)).toBe(true)
    expect(await ann.messenger.takeRoster(second.signed)).toBe(false)
    expect(await serialsOf(ann)).toEqual([2])
  })

  test('by a director who took the place of another', async () => {
    const { devices, members, first } = await three()
    const eve = directorNamed('Eve')
    const succession = [await signSuccession(first.library, { serial: 2, directors: [eve.vkey] }, DEE)]
    const handed = await rosterOf(members, { serial: 3, directors: [eve.vkey], succession }, eve)
    const there = await person({ roster: holdRoster(first.signed) }, devices[1])
    await person({ roster: holdRoster(handed.signed), peers: [there.address] }, devices[0])
    await until(async () => (await serialsOf(devices[1])).length > 0)
    expect(await serialsOf(devices[1])).toEqual([3])
  })
})

/** What somebody says on a roster stream who speaks by hand. */
function stateOf(serial: number, text: string): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(serial))
  return Buffer.concat([bytes, hash('sha256', text, 'buffer')])
}

function given(bytes: Uint8Array): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

describe('what a member says of a roster is not believed', () => {
  interface Scene {
    readonly bea: Device
    readonly there: Person
    readonly raw: RawPeer
    readonly members: readonly Member[]
    readonly held: Roster
    readonly roster: ReturnType<typeof holdRoster>
  }

  async function scene(): Promise<Scene> {
    const bea = await device()
    const raw = await rawPeer()
    const members = [listed(bea, 'Bea'), listed(raw.self, 'Ann')]
    const held = await rosterOf(members, { serial: 5 })
    const roster = holdRoster(held.signed)
    return { bea, raw, members, held, roster, there: await person({ roster }, bea) }
  }

  async function say({ raw, there }: Scene, bytes: Uint8Array): Promise<Stream> {
    const connection = await raw.node.dial(multiaddr(there.address))
    const stream = await connection.newStream(ROSTER_PROTOCOL)
    stream.send(bytes)
    return stream
  }

  const eve = directorNamed('Eve')
  test.each<[string, string, (scene: Scene) => Promise<Uint8Array>]>([
    [
      'ROSTER_UNSIGNED',
      'a newer one by another director',
      async ({ members }) => (await rosterOf(members, { serial: 6, directors: [eve.vkey] }, eve)).signed,
    ],
    [
      'ROSTER_UNSIGNED',
      'a newer one that was edited',
      async ({ members }) => {
        const { signed } = await rosterOf(members, { serial: 6 })
        return Buffer.from(Buffer.from(signed).toString().replace('"Ann"', '"Zoe"'))
      },
    ],
    ['ROSTER_STALE', 'an older one', async ({ members }) => (await rosterOf(members, { serial: 4 })).signed],
    [
      'ROSTER_FOREIGN',
      'one of another library',
      async ({ members }) => (await rosterOf(members, { serial: 6, library: 'Another' })).signed,
    ],
    [
      'ROSTER_EXPIRED',
      'a newer one that has expired',
      async ({ members }) => (await rosterOf(members, { serial: 6, expires: Date.now() - 1 })).signed,
    ],
    [
      'ROSTER_FORKED',
      'another one under the same number',
      async ({ members }) => (await rosterOf(members, { serial: 5, lan: 'elsewhere' })).signed,
    ],
    ['ROSTER_MALFORMED', 'one that is none', async () => Buffer.from('who takes part: all')],
  ])('%s: %s is refused, on record, and changes nothing', async (code, _, make) => {
    const at = await scene()
    await say(at, Buffer.concat([stateOf(6, 'another'), given(await make(at))]))
    await until(async () => (await refusals(at.bea)).length > 0)
    expect(await refusals(at.bea)).toEqual([[at.raw.peer, code]])
    expect(at.roster.current.serial).toBe(5)
    expect(Buffer.from(at.roster.current.signed).equals(at.held.signed)).toBe(true)
    expect(await serialsOf(at.bea)).toEqual([])
  })

  test('ROSTER_FORKED: another text under the same number is an alarm before anything else is said', async () => {
    const at = await scene()
    await say(at, stateOf(5, 'another'))
    await until(async () => (await refusals(at.bea)).length > 0)
    expect(await refusals(at.bea)).toEqual([[at.raw.peer, 'ROSTER_FORKED']])
  })

  test.each<[string, string, Buffer]>([
    ['FRAME_MALFORMED', 'a serial of 0', stateOf(0, 'x')],
    ['FRAME_MALFORMED', 'a serial of 2^63', Buffer.concat([Buffer.from('8000000000000000', 'hex'), Buffer.alloc(32)])],
    ['FRAME_MALFORMED', 'a length of 0', Buffer.concat([stateOf(6, 'x'), Buffer.alloc(4)])],
    ['FRAME_MALFORMED', 'a length of 4 GiB', Buffer.concat([stateOf(6, 'x'), Buffer.from('ffffffff', 'hex')])],
    [
      'FRAME_TOO_LARGE',
      'more than a roster has',
      Buffer.concat([stateOf(6, 'x'), given(Buffer.alloc(MAX_ROSTER_BYTES)), Buffer.alloc(1)]),
    ],
  ])('%s: %s ends the stream, and costs no more', async (code, _, bytes) => {
    const at = await scene()
    const stream = await say(at, bytes)
    await until(() => stream.status !== 'open')
    await until(async () => (await refusals(at.bea)).length > 0)
    expect(await refusals(at.bea)).toEqual([[at.raw.peer, code]])
  })

  test('who goes away in the middle is accused of nothing', async () => {
    const at = await scene()
    const stream = await say(at, stateOf(6, 'x').subarray(0, 20))
    await pause(30)
    stream.abort(new Error('gone'))
    await pause(50)
    expect(await refusals(at.bea)).toEqual([])
  })

  test('who holds less is given what is in force, byte for byte', async () => {
    const at = await scene()
    const connection = await at.raw.node.dial(multiaddr(at.there.address))
    const stream = await connection.newStream(ROSTER_PROTOCOL)
    const chunks: Uint8Array[] = []
    stream.addEventListener('message', ({ data }) => chunks.push(data.subarray()))
    stream.send(stateOf(1, 'x'))
    const expected = Buffer.concat([stateOf(5, at.held.note.text), given(at.held.signed)])
    await until(() => Buffer.concat(chunks).length >= expected.length)
    expect(Buffer.concat(chunks).equals(expected)).toBe(true)
  })
})

describe('a relay', () => {
  async function scene() {
    const [ann, bea] = [await device(), await device()]
    const members = [listed(ann, 'Ann'), listed(bea, 'Bea')]
    const [first, second] = [await rosterOf(members), await rosterOf(members, { serial: 2 })]
    const { identity } = await device()
    const roster = holdRoster(first.signed)
    const relay = await createRelay({ identity, listen: LOOPBACK, roster })
    onTestFinished(() => relay.close())
    return { ann, bea, members, first, second, relay, roster, relays: relay.addresses() }
  }

  test('gives a place to those on the roster, who reach each other through it', async () => {
    const { ann, bea, first, relay, relays } = await scene()
    const there = await person({ roster: holdRoster(first.signed), relays, listen: [] }, bea)
    await until(() => relay.reservations() === 1)
    const here = await person({ roster: holdRoster(first.signed), relays, listen: [], peers: [bea.peer] }, ann)
    await until(() => here.messenger.colleagues().some(({ link }) => link === 'relayed'))
    await here.messenger.send(bea.peer, 'hello')
    expect(there.messenger.colleagues()).toMatchObject([{ name: 'Ann', link: 'relayed' }])
  })

  test('gives a stranger no connection, and so no place', async () => {
    const { relay, relays } = await scene()
    const { identity } = await device()
    const node = await createLibp2p({
      privateKey: identity,
      addresses: { listen: [`${relays[0]}/p2p-circuit`] },
      transports: [tcp(), circuitRelayTransport()],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux()],
      services: { identify: identify() },
      start: false,
    })
    onTestFinished(() => void node.stop())
    await Promise.resolve(node.start()).catch(() => undefined)
    const dialled = await node.dial(multiaddr(relays[0] as string)).catch(() => undefined)
    await until(() => dialled === undefined || dialled.status !== 'open')
    expect(relay.reservations()).toBe(0)
    expect(node.getMultiaddrs()).toEqual([])
  })

  test('takes a newer roster from members, passes it on, and lets go of whom it takes off', async () => {
    const { ann, bea, members, second, first, relay, relays, roster } = await scene()
    const there = await person({ roster: holdRoster(first.signed), relays, listen: [] }, bea)
    await person({ roster: holdRoster(second.signed), relays, listen: [] }, ann)
    await until(() => roster.current.serial === 2)
    await until(async () => (await serialsOf(bea)).length > 0)
    await until(() => relay.reservations() === 2)
    const revoked = [{ peer: ann.peer, reason: 'left', time: 1 }]
    const third = await rosterOf(members.slice(1), { serial: 3, revoked })
    await there.messenger.takeRoster(third.signed)
    await until(() => roster.current.serial === 3)
    await until(() => relay.reservations() === 1)
  })

  test('on the roster is used without a word of its owner, and an address of it that is none keeps nobody from starting', async () => {
    const { ann, members, relay, relays } = await scene()
    const nonsense = `/nonsense/x/p2p/${relay.peerId}`
    const next = await rosterOf(members, { serial: 2, relays: [nonsense, relays[0] as string] })
    const here = await person({ roster: holdRoster(next.signed), listen: [] }, ann)
    await until(() => here.messenger.relays().includes(relay.peerId))
  })
})
