import { expect, test } from 'vitest'
import type { PeerFacts } from '../../src/doctor/facts.ts'
import { judgeRoster, type RosterFound } from '../../src/doctor/judge-roster.ts'
import { targetsOf, type TargetsInit } from '../../src/doctor/targets.ts'
import type { Member, RosterContent } from '../../src/roster/index.ts'
import { memberNamed, rosterOf } from '../rosters.ts'

const DAY_MS = 86_400_000
const NOW = Date.now()
const YEAR = { expires: NOW + 365 * DAY_MS }
const ANN = memberNamed('Ann')

async function codes(
  members: readonly Member[],
  change: Partial<RosterContent> = {},
  found: Partial<RosterFound> = {},
) {
  const roster = await rosterOf(members, { ...YEAR, ...change })
  return judgeRoster({ roster, self: ANN.peer, logKeys: [], peers: [], now: NOW, ...found }).map(({ code }) => code)
}

test('how long a roster is in force', async () => {
  expect(await codes([ANN])).toEqual(['ROSTER_IN_FORCE', 'MEMBER_LISTED'])
  expect(await codes([ANN], { expires: NOW + 29 * DAY_MS })).toContain('ROSTER_ENDS_SOON')
  expect(await codes([ANN], {}, { now: NOW + 366 * DAY_MS })).toContain('ROSTER_OVER')
})

test('whether this device is on it, and until when', async () => {
  expect(await codes([])).toContain('MEMBER_NOT_LISTED')
  expect(await codes([], { revoked: [{ peer: ANN.peer, reason: 'gone', time: 1 }] })).toContain('MEMBER_TAKEN_OFF')
  expect(await codes([{ ...ANN, from: NOW + DAY_MS }])).toContain('MEMBER_NOT_NOW')
  expect(await codes([{ ...ANN, until: NOW + DAY_MS }])).toContain('MEMBER_ENDS_SOON')
  expect(await codes([], { relays: [`/ip4/10.1.0.2/tcp/4100/p2p/${ANN.peer}`] })).toContain('MEMBER_LISTED')
  expect(await codes([ANN], {}, { self: undefined })).toEqual(['ROSTER_IN_FORCE'])
})

test('whether the log has, or had, the key that is on it', async () => {
  const other = memberNamed('Zoe').log
  expect(await codes([ANN], {}, { logKeys: [other] })).toContain('LOG_KEY_OTHER')
  expect(await codes([ANN], {}, { logKeys: [ANN.log, other] })).not.toContain('LOG_KEY_OTHER')
})

test('whether others hold a newer one, or another of the same number', async () => {
  const holding = (rosterSerial: number): Partial<RosterFound> => {
    const probe = { peer: 'bea', outcome: 'connected', rosterSerial, rosterHash: 'another' } as const
    return { peers: [{ peer: 'bea', addresses: [], isRelay: false, tcp: [], probe }] satisfies PeerFacts[] }
  }
  expect(await codes([ANN], { serial: 5 }, holding(6))).toContain('ROSTER_OLD')
  expect(await codes([ANN], { serial: 5 }, holding(5))).toContain('ROSTER_TWO')
  expect(await codes([ANN], { serial: 5 }, holding(4))).toEqual(['ROSTER_IN_FORCE', 'MEMBER_LISTED'])
})

const [PEER, OTHER, THIRD] = [
  '12D3KooWSZariB2682wzFJNZQjy3APG8yNxcAgXM1sbp9cpCQ35M',
  '12D3KooWD9LMMcevxqjGvd8X15pWDmzHsvvaWNzXZg9eiPZfuz9n',
  '12D3KooWJX4rZnL1VK7dXeTYeH6K6opYGJRvVh4HmxyaB7WNGvQN',
] as const

test('everybody is tried once, at every address that is known, and relays as relays', () => {
  const init: TargetsInit = {
    links: [],
    peers: [`/ip4/10.1.0.2/tcp/1/p2p/${PEER}`, OTHER, 'rubbish/'],
    relays: [`/ip4/10.1.0.9/tcp/4100/p2p/${THIRD}`, `/p2p/${THIRD}`, '/ip4/10.1.0.9'],
    self: undefined,
    isNamed: (peer) => peer !== 'rubbish/',
    isRelay: () => false,
  }
  const seen = { peer: PEER, addresses: [`/ip4/10.1.0.3/tcp/1/p2p/${PEER}`], isHere: false }
  const link = { name: 'eth0', addresses: [], isLoopback: false, isLone: false, heardOurselves: true }
  const heard = { packetsOfOthers: 1, wasAnswered: true, unicastAnswers: 0, seen: [seen] }
  const { colleagues, relays, unreadable, strangers } = targetsOf({ ...init, links: [{ ...link, ...heard }] })
  expect(relays).toEqual([{ peer: THIRD, addresses: [init.relays[0]], isRelay: true }])
  expect(colleagues).toEqual([
    { peer: PEER, addresses: [init.peers[0], seen.addresses[0]], isRelay: false },
    {
      peer: OTHER,
      addresses: [`${init.relays[0]}/p2p-circuit/p2p/${OTHER}`, `/p2p/${THIRD}/p2p-circuit/p2p/${OTHER}`].filter(
        (address) => !address.startsWith('/p2p/'),
      ),
      isRelay: false,
    },
  ])
  expect(unreadable).toEqual(['/ip4/10.1.0.9'])
  expect(strangers).toEqual(['rubbish/'])
  expect(targetsOf({ ...init, self: THIRD }).relays).toEqual([])
})

test('a crowd is not tried as a whole, and that is said', () => {
  const peers = Array.from({ length: 60 }, (_, n) => `peer${n}`)
  const found = targetsOf({ links: [], peers, relays: [], self: undefined, isNamed: () => true, isRelay: () => false })
  expect([found.colleagues.length, found.untried]).toEqual([48, 12])
})
