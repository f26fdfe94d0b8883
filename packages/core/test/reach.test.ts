import { multiaddr } from '@multiformats/multiaddr'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createRelay } from '../src/index.ts'
import { PLACES_PROTOCOL } from '../src/limits.ts'
import { holdRoster, type RosterContent, rosterLogKey } from '../src/roster/index.ts'
import { LOOPBACK, person, rawPeer } from './peers.ts'
import { memberNamed, rosterOf } from './rosters.ts'
import { device, pause, until } from './support.ts'

const NAMES = ['Ann', 'Bea', 'Cy'] as const
const FOUND_EVENT_MS = 700

/** Three who listen nowhere, so that they meet through a relay alone, which the roster names or the test tells them. */
async function scene() {
  const devices = [await device(), await device(), await device()] as const
  const members = devices.map(({ peer, signer }, n) =>
    memberNamed(NAMES[n] as string, { peer, log: rosterLogKey(signer.vkey) }),
  )
  let serial = 0
  const signed = async (change: Partial<RosterContent> = {}) =>
    (await rosterOf(members, { serial: (serial += 1), ...change })).signed
  const build = async (roster: Uint8Array) => {
    const { identity } = await device()
    const relay = await createRelay({ identity, listen: LOOPBACK, roster: holdRoster(roster), lan: false })
    onTestFinished(() => relay.close())
    return relay
  }
  const come = (n: 0 | 1 | 2, roster: Uint8Array, relays: string[] = []) =>
    person({ roster: holdRoster(roster), relays, listen: [] }, devices[n])
  return { devices, members, signed, build, come }
}

type Person = Awaited<ReturnType<typeof person>>

const linksOf = ({ messenger }: Person): Record<string, string> =>
  Object.fromEntries(messenger.colleagues().map(({ name, link }) => [name, link]))

describe('whoever is on the roster is found through a relay', () => {
  test('without a flag, is dialled when there is something to say, and the answer needs no dial', async () => {
    const { devices, signed, build, come } = await scene()
    const roster = await signed()
    const relay = await build(roster)
    const [ann, bea, cy] = [
      await come(0, roster, relay.addresses()),
      await come(1, roster, relay.addresses()),
      await come(2, roster, relay.addresses()),
    ]
    const found: string[] = []
    ann.messenger.addEventListener('colleague:found', ({ detail }) => found.push(`${detail.name} ${detail.link}`))
    for (const each of [ann, bea, cy]) {
      await until(() => Object.values(linksOf(each)).filter((link) => link === 'reachable').length === 2)
    }
    await until(() => found.length === 2)
    expect(found.toSorted()).toEqual(['Bea reachable', 'Cy reachable'])
    await pause(FOUND_EVENT_MS)
    expect(relay.figures().circuits.open).toBe(0)
    await ann.messenger.send(devices[1].peer, 'found you')
    expect(linksOf(ann)).toEqual({ Bea: 'relayed', Cy: 'reachable' })
    await bea.messenger.send(devices[0].peer, 'and I you')
    expect(linksOf(cy)).toEqual({ Ann: 'reachable', Bea: 'reachable' })
  })

  test('and is away when they have gone, or the relay has', async () => {
    const { signed, build, come } = await scene()
    const roster = await signed()
    const relay = await build(roster)
    const [ann, bea] = [await come(0, roster, relay.addresses()), await come(1, roster, relay.addresses())]
    await come(2, roster, relay.addresses())
    await until(() => linksOf(ann)['Bea'] === 'reachable' && linksOf(ann)['Cy'] === 'reachable')
    const gone: string[] = []
    ann.messenger.addEventListener('colleague:gone', ({ detail }) => gone.push(`${detail.name} ${detail.link}`))
    await bea.messenger.close()
    await until(() => linksOf(ann)['Bea'] !== 'reachable')
    await relay.close()
    await until(() => linksOf(ann)['Cy'] !== 'reachable')
    await until(() => gone.length === 2)
    expect(gone).toEqual(['Bea away', 'Cy away'])
  })

  test('through the other relay, when the one that led to them has gone', async () => {
    const { devices, signed, build, come } = await scene()
    const roster = await signed()
    const [one, other] = [await build(roster), await build(roster)]
    const relays = [...one.addresses(), ...other.addresses()]
    const [ann] = [await come(0, roster, relays), await come(1, roster, relays)]
    await until(() => ann.messenger.relays().length === 2 && linksOf(ann)['Bea'] === 'reachable')
    await ann.messenger.send(devices[1].peer, 'by one of them')
    const busy = one.figures().circuits.open > 0 ? one : other
    await busy.close()
    await ann.messenger.send(devices[1].peer, 'by the other')
    expect(linksOf(ann)['Bea']).toBe('relayed')
  })

  test('nobody who was taken off is told of: at once, also by a relay that has not heard', async () => {
    const { devices, members, signed, build, come } = await scene()
    const roster = await signed()
    const relay = await build(roster)
    const [ann] = [await come(0, roster, relay.addresses())]
    await come(1, roster, relay.addresses())
    await until(() => linksOf(ann)['Bea'] === 'reachable')
    const { peer } = devices[1]
    const revoked = [{ peer, reason: 'left', time: Date.now() }]
    const without = await signed({ members: members.filter((each) => each.peer !== peer), revoked })
    await ann.messenger.takeRoster(without)
    expect(ann.messenger.colleagues().find((each) => each.peer === peer)?.link).not.toBe('reachable')
  })

  test('a relay tells nothing to whoever holds no place on it', async () => {
    const { devices, signed, build, come } = await scene()
    const roster = await signed()
    const relay = await build(roster)
    await come(1, roster, relay.addresses())
    const raw = await rawPeer(undefined, { self: devices[0] })
    const connection = await raw.node.dial(multiaddr(relay.addresses()[0] as string))
    const stream = await connection.newStream(PLACES_PROTOCOL).catch(() => undefined)
    let bytes = 0
    stream?.addEventListener('message', ({ data }) => (bytes += data.byteLength))
    await until(() => stream === undefined || stream.status !== 'open')
    expect(bytes).toBe(0)
  })
})

describe('a newer roster', () => {
  test('names relays that are used at once, and those that it names no more are left', async () => {
    const { signed, build, come } = await scene()
    const first = await signed()
    const [old, fresh] = [await build(first), await build(first)]
    const before = await signed({ relays: old.addresses() })
    const after = await signed({ relays: fresh.addresses() })
    const [ann, bea] = [await come(0, before), await come(1, before)]
    await until(() => linksOf(ann)['Bea'] === 'reachable')
    expect(ann.messenger.relays()).toEqual([old.peerId])
    await ann.messenger.takeRoster(after)
    await bea.messenger.takeRoster(after)
    for (const each of [ann, bea]) await until(() => String(each.messenger.relays()) === fresh.peerId)
    await until(() => linksOf(ann)['Bea'] === 'reachable')
    await until(() => old.figures().places.held === 0)
    await ann.messenger.send(bea.peer, 'by the new relay')
  })
})
