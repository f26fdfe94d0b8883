import { generateKeyPair } from '@libp2p/crypto/keys'
import { multiaddr } from '@multiformats/multiaddr'
import { type Answer, decode, encode } from 'dns-packet'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { peerIdOf } from '../../src/identity.ts'
import { onLink } from '../../src/network/lan/interfaces.ts'
import { Packets } from '../../src/network/lan/packets.ts'

const SERVICE = '_branchline._udp.local'
const [ANN, BEA, CEC] = (await Promise.all([1, 2, 3].map(() => generateKeyPair('Ed25519')))).map(peerIdOf) as [
  string,
  string,
  string,
]
const ann = new Packets({ service: SERVICE, self: ANN })
const bea = new Packets({ service: SERVICE, self: BEA })
const isOnLink = onLink({ addresses: [{ address: '10.1.0.1', prefix: 24 }] })

/** As `@libp2p/mdns` answers: TXT records among the answers, one for each of all addresses that it has. */
function stock(...addresses: string[]): Buffer {
  const name = `abcdefghijklmnopqrstuvwxyz0123456789.${SERVICE}`
  const texts = addresses.map((each): Answer => ({ name, type: 'TXT', class: 'IN', ttl: 120, data: `dnsaddr=${each}` }))
  const answers: Answer[] = [{ name: SERVICE, type: 'PTR', class: 'IN', ttl: 120, data: name }, ...texts]
  return encode({ type: 'response', answers })
}

function addressesIn(packet: Uint8Array): string[] | undefined {
  const heard = ann.parse(packet, isOnLink)
  return heard?.kind === 'sighting' ? heard.addresses.map(String) : undefined
}

test('what one says, the other understands', () => {
  const address = multiaddr(`/ip4/10.1.0.2/tcp/4001/p2p/${BEA}`)
  expect(ann.parse(bea.query(), isOnLink)).toEqual({ kind: 'query' })
  expect(ann.parse(bea.answer([address]), isOnLink)).toMatchObject({ kind: 'sighting', peer: BEA, ttlMs: 120_000 })
  expect(addressesIn(bea.answer([address]))).toEqual([address.toString()])
  expect(ann.parse(bea.goodbye([address]), isOnLink)).toMatchObject({ peer: BEA, ttlMs: 0 })
})

test('an answer has the form that the specification of libp2p gives it', () => {
  const packet = decode(bea.answer([multiaddr(`/ip4/10.1.0.2/tcp/4001/p2p/${BEA}`)]))
  const [pointer] = packet.answers ?? []
  const [text] = packet.additionals ?? []
  expect(packet.flag_aa).toBe(true)
  expect(pointer).toMatchObject({
    type: 'PTR',
    name: SERVICE,
    data: expect.stringMatching(/^[0-9a-f]{32}\._branchline/),
  })
  expect(text).toMatchObject({ type: 'TXT', name: (pointer as { data: string }).data })
  expect(String((text as { data: unknown }).data)).toBe(`dnsaddr=/ip4/10.1.0.2/tcp/4001/p2p/${BEA}`)
})

test('a stock node is understood, and of its addresses those that are on the link', () => {
  const all = ['/ip4/127.0.0.1', '/ip4/10.1.0.2', '/ip4/10.2.0.2', '/ip4/192.168.1.2', '/ip6/::1']
  expect(addressesIn(stock(...all.map((ip) => `${ip}/tcp/4001/p2p/${BEA}`)))).toEqual([
    `/ip4/10.1.0.2/tcp/4001/p2p/${BEA}`,
  ])
})

describe('what is not believed', () => {
  test.each([
    ['an address elsewhere', `/ip4/8.8.8.8/tcp/53/p2p/${BEA}`],
    ['loopback', `/ip4/127.0.0.1/tcp/4001/p2p/${BEA}`],
    ['a name to look up', `/dns4/example.org/tcp/4001/p2p/${BEA}`],
    ['a relay', `/ip4/10.1.0.2/tcp/4001/p2p/${CEC}/p2p-circuit/p2p/${BEA}`],
    ['something over TCP', `/ip4/10.1.0.2/tcp/4001/ws/p2p/${BEA}`],
    ['nobody at the end', '/ip4/10.1.0.2/tcp/4001'],
    ['no peer ID', '/ip4/10.1.0.2/tcp/4001/p2p/Bea'],
    ['ourselves', `/ip4/10.1.0.2/tcp/4001/p2p/${ANN}`],
    ['no address', 'elsewhere'],
  ])('%s', (_, address) => {
    expect(ann.parse(stock(address), isOnLink)).toBeUndefined()
  })

  test('two peers in one answer', () => {
    const [one, other] = [BEA, CEC].map((peer) => `/ip4/10.1.0.2/tcp/4001/p2p/${peer}`) as [string, string]
    expect(ann.parse(stock(one, other), isOnLink)).toBeUndefined()
  })

  test('an answer for another service, and a question for one', () => {
    const others = new Packets({ service: '_p2p._udp.local', self: BEA })
    expect(ann.parse(others.query(), isOnLink)).toBeUndefined()
    const answer = others.answer([multiaddr(`/ip4/10.1.0.2/tcp/4001/p2p/${BEA}`)])
    expect(ann.parse(answer, isOnLink)).toBeUndefined()
  })

  test('more records than anybody has', () => {
    const address = `/ip4/10.1.0.2/tcp/4001/p2p/${BEA}`
    expect(addressesIn(stock(...Array<string>(40).fill(address)))).toHaveLength(8)
    expect(addressesIn(stock(address, ...Array<string>(62).fill('x')))).toHaveLength(1)
    expect(addressesIn(stock(address, ...Array<string>(63).fill('x')))).toBeUndefined()
  })

  test('an end that is far off', () => {
    const packet = decode(stock(`/ip4/10.1.0.2/tcp/4001/p2p/${BEA}`))
    const answers = packet.answers?.map((answer) => ({ ...answer, ttl: 2 ** 31 })) as Answer[]
    expect(ann.parse(encode({ type: 'response', answers }), isOnLink)).toMatchObject({ ttlMs: 300_000 })
  })
})

test('no packet makes the reader throw, or believe an address that is not on the link', () => {
  const whole = [bea.query(), stock(`/ip4/10.1.0.2/tcp/4001/p2p/${BEA}`, `/ip4/10.1.0.3/tcp/4001/p2p/${BEA}`)]
  const changed = fc
    .tuple(fc.constantFrom(...whole), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 8 }), fc.nat())
    .map(([packet, changes, end]) => {
      const copy = Uint8Array.from(packet)
      for (const [at, byte] of changes) copy[at % copy.length] = byte
      return copy.subarray(0, end % 4 === 0 ? end % copy.length : copy.length)
    })
  fc.assert(
    fc.property(fc.oneof(changed, fc.uint8Array({ maxLength: 600 })), (packet) => {
      const heard = ann.parse(packet, isOnLink)
      if (heard?.kind !== 'sighting') return
      for (const address of heard.addresses)
        expect(address.toString()).toMatch(/^\/ip4\/10\.1\.0\.\d+\/tcp\/\d+\/p2p\//)
      expect(heard.addresses.length).toBeLessThanOrEqual(8)
    }),
    { numRuns: 3_000 },
  )
})

test('a packet made to be long in reading is not', () => {
  // 64 records, each a name of pointers to pointers.
  const header = Buffer.from([0, 0, 0x84, 0, 0, 0, 0, 64, 0, 0, 0, 0])
  const pointers = Buffer.alloc(8_900)
  for (let at = 2; at < pointers.length; at += 2) pointers.writeUInt16BE(0xc000 | Math.min(12 + at - 2, 0x3fff), at)
  const startedAt = performance.now()
  for (let n = 0; n < 100; n++) ann.parse(Buffer.concat([header, pointers]), isOnLink)
  expect(performance.now() - startedAt).toBeLessThan(2_000)
})
