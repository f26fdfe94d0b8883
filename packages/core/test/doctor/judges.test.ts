import { describe, expect, test } from 'vitest'
import type { LinkFacts, PeerFacts, ProbeFacts, TcpFacts } from '../../src/doctor/facts.ts'
import { inOrder, verdictOf } from '../../src/doctor/finding.ts'
import { judgeClock } from '../../src/doctor/judge-clock.ts'
import { judgeColleagues } from '../../src/doctor/judge-colleagues.ts'
import { judgeLinks } from '../../src/doctor/judge-links.ts'
import { judgeRelays } from '../../src/doctor/judge-relays.ts'

const ADDRESS = '/ip4/10.1.0.2/tcp/4100'
const tcp = (outcome: TcpFacts['outcome']): TcpFacts => ({ address: ADDRESS, outcome, ms: 1 })
const peer = (facts: Partial<PeerFacts> = {}): PeerFacts => {
  return { peer: 'bea', addresses: [ADDRESS], isRelay: false, tcp: [tcp('connected')], ...facts }
}
const probe = (facts: Partial<ProbeFacts> = {}): { probe: ProbeFacts } => {
  return { probe: { peer: 'bea', outcome: 'connected', ...facts } }
}
const LINK: LinkFacts = {
  name: 'eth0',
  addresses: ['10.1.0.1/24'],
  isLoopback: false,
  isLone: false,
  canMulticast: true,
  heardOurselves: true,
  packetsOfOthers: 0,
  wasAnswered: false,
  unicastAnswers: 0,
  seen: [],
}

describe('an interface', () => {
  const codes = (link: Partial<LinkFacts>, known: readonly PeerFacts[] = []): string[] =>
    judgeLinks({ links: [{ ...LINK, ...link }], unplugged: [], known: new Map([['eth0', known]]) }).map(
      ({ code }) => code,
    )

  test.each<[string, Partial<LinkFacts>, readonly PeerFacts[], string]>([
    ['that is answered is proven', { wasAnswered: true, packetsOfOthers: 1 }, [], 'LAN_PROVEN'],
    ['that is answered though the flag is off is proven', { wasAnswered: true, canMulticast: false }, [], 'LAN_PROVEN'],
    ['whose printers answer, each way, is proven', { packetsOfOthers: 2, unicastAnswers: 1 }, [], 'LAN_PROVEN'],
    ['that hears others and is not answered', { packetsOfOthers: 5 }, [], 'LAN_ONE_WAY'],
    ['that hears answers to itself alone', { unicastAnswers: 1 }, [], 'LAN_UNICAST_ONLY'],
    ['that hears nobody proves nothing', {}, [], 'LAN_SILENT'],
    ['that does not hear itself', { heardOurselves: false }, [], 'LAN_DEAF'],
    ['whose port is taken', { bindError: 'EADDRINUSE', heardOurselves: false }, [], 'LAN_PORT_TAKEN'],
    ['that may not send', { sendError: 'EPERM', heardOurselves: false }, [], 'LAN_NOT_SENT'],
    ['that cannot send', { sendError: 'ENETUNREACH' }, [], 'LAN_NOT_SENT'],
    ['with multicast off', { canMulticast: false }, [], 'LAN_MULTICAST_OFF'],
    ['like a VPN that is silent', { isLone: true, canMulticast: false, sendError: 'ENETUNREACH' }, [], 'VPN_SILENT'],
    ['from point to point that is silent', { isPointToPoint: true, heardOurselves: false }, [], 'VPN_SILENT'],
    ['on which a colleague is reached', {}, [peer()], 'LAN_DROPPED'],
    ['on which a colleague’s machine refuses', {}, [peer({ tcp: [tcp('refused')] })], 'LAN_DROPPED'],
    ['on which no known colleague is reached', {}, [peer({ tcp: [tcp('silent')] })], 'LAN_CUT_OFF'],
  ])('%s', (_, link, known, code) => {
    expect(codes(link, known)).toEqual([code])
  })

  test('that is out is told of only where no other serves', () => {
    const judge = (links: readonly LinkFacts[]): string[] =>
      judgeLinks({ links, unplugged: ['eth1'], known: new Map() }).map(({ code }) => code)
    expect(judge([LINK])).toEqual(['LAN_SILENT'])
    expect(judge([{ ...LINK, isLoopback: true }])).toEqual(['LAN_NO_CABLE'])
    expect(judge([{ ...LINK, isLone: true }])).toEqual(['VPN_SILENT', 'LAN_NO_CABLE'])
  })

  test('of the machine itself is no network', () => {
    const links = [{ ...LINK, isLoopback: true, wasAnswered: true }]
    expect(judgeLinks({ links, unplugged: [], known: new Map() }).map(({ code }) => code)).toEqual(['NETWORK_NONE'])
  })

  test('the firewall is named when the system says so', () => {
    const [finding] = judgeLinks({ links: [{ ...LINK, sendError: 'EPERM' }], unplugged: [], known: new Map() })
    expect(finding?.todo).toContain('firewall of this machine')
  })
})

describe('a colleague', () => {
  const codes = (facts: PeerFacts, heard: readonly PeerFacts[] = []): string[] =>
    judgeColleagues({ colleagues: [facts], strangers: [], untried: 0, heardOn: new Map([['wlan0', heard]]) }).map(
      ({ code }) => code,
    )

  test.each<[string, Partial<PeerFacts>, string]>([
    ['who is reached', probe(), 'COLLEAGUE_REACHED'],
    ['who is another', probe({ outcome: 'another' }), 'COLLEAGUE_ANOTHER'],
    ['who hangs up', probe({ outcome: 'turned-away' }), 'COLLEAGUE_TURNS_AWAY'],
    ['whose port is somebody’s', probe({ outcome: 'failed' }), 'COLLEAGUE_ODD'],
    ['who was not tried', {}, 'COLLEAGUE_THERE'],
    ['who refuses', { tcp: [tcp('refused')] }, 'COLLEAGUE_CLOSED'],
    ['who is silent', { tcp: [tcp('silent'), tcp('refused')] }, 'COLLEAGUE_SILENT'],
    ['without an address', { tcp: [], addresses: [], ...probe({ outcome: 'failed' }) }, 'COLLEAGUE_AWAY'],
  ])('%s', (_, facts, code) => {
    expect(codes(peer(facts))).toEqual([code])
  })

  test('who is heard and not reached makes isolation likely, unless another is reached there', () => {
    const silent = peer({ tcp: [tcp('silent')] })
    expect(codes(silent, [silent])).toEqual(['COLLEAGUE_SILENT', 'CLIENTS_ISOLATED'])
    expect(codes(silent, [silent, silent])).toContain('CLIENTS_ISOLATED')
    expect(codes(silent, [silent, peer()])).toEqual(['COLLEAGUE_SILENT'])
    expect(codes(silent, [silent, peer(probe())])).toEqual(['COLLEAGUE_SILENT'])
  })

  test('is missed when there is none, and strangers are named', () => {
    const found = judgeColleagues({ colleagues: [], strangers: ['zoe'], untried: 2, heardOn: new Map() })
    expect(found.map(({ code }) => code)).toEqual(['COLLEAGUE_STRANGER', 'COLLEAGUES_MANY', 'COLLEAGUES_NONE'])
  })
})

describe('a relay', () => {
  const codes = (facts: Partial<PeerFacts>): string[] =>
    judgeRelays({ relays: [peer({ isRelay: true, ...facts })], unreadable: [], branches: 1 }).map(({ code }) => code)

  test.each<[string, Partial<PeerFacts>, string]>([
    ['with a place', probe({ place: 'OK' }), 'RELAY_SERVES'],
    ['with limits of time', probe({ place: 'OK', limitSeconds: 120 }), 'RELAY_LIMITED'],
    ['with limits of bytes', probe({ place: 'OK', limitBytes: 131_072 }), 'RELAY_LIMITED'],
    ['that is full', probe({ place: 'RESERVATION_REFUSED' }), 'RELAY_NO_PLACE'],
    ['that does not permit it', probe({ place: 'PERMISSION_DENIED' }), 'RELAY_TURNS_AWAY'],
    ['that hangs up', probe({ outcome: 'turned-away' }), 'RELAY_TURNS_AWAY'],
    ['that is none', probe({ place: 'UnsupportedProtocolError' }), 'RELAY_NONE_THERE'],
    ['that is another', probe({ outcome: 'another' }), 'RELAY_ANOTHER'],
    ['that was not tried', {}, 'RELAY_THERE'],
    ['that is down', { tcp: [tcp('refused')] }, 'RELAY_CLOSED'],
    ['that is gone', { tcp: [tcp('silent')], ...probe({ outcome: 'failed' }) }, 'RELAY_SILENT'],
  ])('%s', (_, facts, code) => {
    expect(codes(facts)).toEqual([code])
  })

  test('is missed where several branches are, and two are better than one', () => {
    const judge = (count: number, branches?: number): string[] => {
      const relays = Array.from({ length: count }, () => peer({ isRelay: true, ...probe({ place: 'OK' }) }))
      return judgeRelays({ relays, unreadable: [], branches }).map(({ code }) => code)
    }
    expect(judge(0, 1)).toEqual(['RELAYS_NOT_NEEDED'])
    expect(judge(0, 2)).toEqual(['RELAYS_MISSING'])
    expect(judge(1, 2)).toEqual(['RELAY_SERVES', 'RELAYS_ONE'])
    expect(judge(2, 2)).toEqual(['RELAY_SERVES', 'RELAY_SERVES'])
    expect(judge(0)).toEqual([])
  })
})

describe('the clock', () => {
  const at = (offsetMs: number, errorMs = 1, name = 'bea'): PeerFacts =>
    peer({ name, ...probe({ clock: { offsetMs, errorMs, roundTripMs: 2 * errorMs } }) })
  const codes = (...peers: readonly PeerFacts[]): string[] => judgeClock(peers).map(({ code }) => code)

  test('is right, off or wrong, beyond the error of measuring it', () => {
    expect(codes(at(0))).toEqual(['CLOCK_RIGHT'])
    expect(codes(at(2_001))).toEqual(['CLOCK_RIGHT'])
    expect(codes(at(-2_002))).toEqual(['CLOCK_OFF'])
    expect(codes(at(60_001))).toEqual(['CLOCK_OFF'])
    expect(codes(at(60_002))).toEqual(['CLOCK_WRONG'])
    expect(codes(at(3_000, 1_500))).toEqual(['CLOCK_RIGHT'])
  })

  test('is held against the middle one, and whoever is off from that is named', () => {
    expect(codes(at(0), at(1), at(90_000, 1, 'cy'))).toEqual(['CLOCK_RIGHT', 'CLOCK_OF_PEER_OFF'])
    expect(judgeClock([at(0), at(1), at(90_000, 1, 'cy')])[1]?.subject).toBe('cy')
    expect(codes(at(90_000), at(90_001), at(90_002))).toEqual(['CLOCK_WRONG'])
  })

  test('is not known when nobody tells', () => {
    expect(codes()).toEqual(['CLOCK_UNKNOWN'])
    expect(judgeClock([peer(probe({ clockError: 'UnsupportedProtocolError' }))])[0]?.says).toContain('older version')
  })
})

test('the gravest counts, and findings are told in one order', () => {
  const all = [...judgeClock([]), ...judgeRelays({ relays: [], unreadable: ['x'], branches: 2 })]
  expect(inOrder(all).map(({ code }) => code)).toEqual(['RELAY_ADDRESS_BAD', 'RELAYS_MISSING', 'CLOCK_UNKNOWN'])
  expect(verdictOf(all)).toBe('fault')
  expect(verdictOf([])).toBe('ok')
  expect(verdictOf(judgeClock([]))).toBe('unknown')
})
