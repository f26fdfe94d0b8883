import type { Colleague } from '@branchline/core'
import { describe, expect, test } from 'vitest'
import { displayName, findColleague, withMembers } from '../src/find-colleague.ts'

const ann: Colleague = { peer: '12D3KooWAnn000000000001', name: 'Ann, desk', link: 'direct', presence: 'here' }
const anna: Colleague = { peer: '12D3KooWAnna00000000002', name: 'Anna', link: 'relayed', presence: 'here' }
const bea: Colleague = { peer: '12D3KooWBea000000000003', name: 'Bea', link: 'away', presence: 'off' }
const beaHere: Colleague = { peer: '12D3KooWBea000000000004', name: 'Bea', link: 'direct', presence: 'here' }
const nameless: Colleague = { peer: '12D3KooWNobody000000005', name: undefined, link: 'direct', presence: 'here' }
const everyone = [ann, anna, bea, beaHere, nameless]

describe('whom a person means', () => {
  test.each([
    ['Ann, desk', ann],
    ['ann, DESK', ann],
    ['anna', anna],
    ['bea', beaHere],
    ['000001', ann],
    [nameless.peer, nameless],
    ['  anna ', anna],
  ])('%j', (wanted, colleague) => {
    expect(findColleague(everyone, wanted)).toBe(colleague)
  })

  test('somebody who is away, when nobody of that name is here', () => {
    expect(findColleague([ann, bea], 'bea')).toBe(bea)
  })

  test('a beginning that several have is not guessed at', () => {
    expect(() => findColleague(everyone, 'an')).toThrow(expect.objectContaining({ code: 'PEER_AMBIGUOUS' }))
  })

  test.each(['', '  ', 'dora', '0005'])('nobody: %j', (wanted) => {
    expect(() => findColleague(everyone, wanted)).toThrow(expect.objectContaining({ code: 'PEER_UNKNOWN' }))
  })

  test('a name that looks like somebody else’s ID does not stand in for it', () => {
    const impostor: Colleague = { peer: '12D3KooWImpostor0000006', name: ann.peer, link: 'direct', presence: 'here' }
    expect(findColleague([impostor, ann], ann.peer)).toBe(ann)
  })

  test('is shown by name, or else by the end of the ID', () => {
    expect([displayName(anna), displayName(nameless)]).toEqual(['Anna', '…00000005'])
  })
})

describe('whom a message may be for', () => {
  const member = (peer: string, name: string) => ({ peer, name, branch: 'N', desks: [], log: '', roles: [], rooms: [] })
  const roster = {
    current: {
      members: [member(ann.peer, 'Ann, desk'), member('12D3KooWDora00000000007', 'Dora'), member('self', 'Me')],
    },
    whyNot: (peer: string) => (peer.includes('Dora') ? undefined : new Error('expired')),
  } as unknown as Parameters<typeof withMembers>[1]
  const messenger = { peerId: 'self', colleagues: () => [ann] }

  test('is everyone who is known, and everyone else on the roster, away', () => {
    expect(withMembers(messenger, roster)).toEqual([
      ann,
      { peer: '12D3KooWDora00000000007', name: 'Dora', link: 'away', presence: 'off' },
    ])
  })
})
