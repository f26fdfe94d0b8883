import { multiaddr } from '@multiformats/multiaddr'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createRelay } from '../src/index.ts'
import { holdRoster, rosterLogKey } from '../src/roster/index.ts'
import { LOOPBACK, person, rawPeer } from './peers.ts'
import { memberNamed, rosterOf } from './rosters.ts'
import { device, until } from './support.ts'

const TEXT = 'x'.repeat(20_000)

async function scene() {
  const devices = [await device(), await device(), await device()] as const
  const members = devices.map(({ peer, signer }, n) =>
    memberNamed(['Ann', 'Bea', 'Cy'][n] as string, { peer, log: rosterLogKey(signer.vkey) }),
  )
  const { signed, expires } = await rosterOf(members)
  const { identity } = await device()
  const relay = await createRelay({ identity, listen: LOOPBACK, roster: holdRoster(signed), lan: false })
  onTestFinished(() => relay.close())
  const come = (n: 0 | 1 | 2, peers: string[] = []) =>
    person({ roster: holdRoster(signed), relays: relay.addresses(), listen: [], peers }, devices[n])
  return { devices, members, relay, come, expires }
}

describe('what a relay says of itself', () => {
  test('is what it has given, carries and has refused', async () => {
    const { devices, relay, come, expires } = await scene()
    const [, bea, cy] = devices
    expect(relay.figures()).toMatchObject({
      places: { held: 0, left: 256 },
      circuits: { open: 0, bytes: { fromOpeners: 0, toOpeners: 0 } },
      connections: 0,
      refused: {},
      roster: { serial: 1, members: 3, expiresAt: expires },
    })
    await come(1)
    await until(() => relay.figures().places.held === 1)
    const ann = await come(0, [bea.peer, cy.peer])
    await until(() => ann.messenger.colleagues().some(({ link }) => link === 'relayed'))
    await ann.messenger.send(bea.peer, TEXT)
    const stranger = await rawPeer()
    await stranger.node.dial(multiaddr(relay.addresses()[0] as string)).catch(() => undefined)
    await until(() => relay.figures().refused['MEMBER_UNKNOWN'] !== undefined)
    await until(() => (relay.figures().circuits.asked['no-place'] ?? 0) > 0)
    const { places, placesAsked, circuits, connections } = relay.figures()
    expect(places).toEqual({ held: 2, left: 254 })
    expect(placesAsked).toMatchObject({ ok: 2, full: 0 })
    // Both may have dialled at once.
    expect(circuits.open).toBeGreaterThan(0)
    expect(circuits.asked['ok']).toBeGreaterThanOrEqual(circuits.open)
    expect(circuits.asked).toMatchObject({ 'not-permitted': 0, malformed: 0 })
    const { fromOpeners, toOpeners } = circuits.bytes
    expect(Math.min(fromOpeners, toOpeners)).toBeGreaterThan(500)
    expect(fromOpeners + toOpeners).toBeGreaterThan(TEXT.length)
    expect(fromOpeners + toOpeners).toBeLessThan(2 * TEXT.length)
    expect(connections).toBeGreaterThanOrEqual(2)
    await ann.messenger.close()
    await until(() => relay.figures().circuits.open === 0)
  })

  test('names nobody', async () => {
    const { devices, members, relay, come } = await scene()
    await come(1)
    const ann = await come(0, [devices[1].peer])
    await until(() => ann.messenger.colleagues().some(({ link }) => link === 'relayed'))
    const said = JSON.stringify(relay.figures())
    for (const { peer, name } of members) {
      expect(said).not.toContain(peer)
      expect(said).not.toContain(name)
    }
  })

  test('a place is free when its client has gone, and is held again when it is back', async () => {
    const { relay, come } = await scene()
    const bea = await come(1)
    await until(() => relay.figures().places.held === 1)
    await bea.messenger.close()
    await until(() => relay.figures().places.held === 0)
    await come(0)
    await until(() => relay.figures().places.held === 1)
  })
})
