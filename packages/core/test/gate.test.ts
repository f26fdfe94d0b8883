import { peerIdFromString } from '@libp2p/peer-id'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { RosterGate } from '../src/index.ts'
import { holdRoster } from '../src/roster/keeper.ts'
import { memberNamed, rosterOf } from './rosters.ts'
import { device } from './support.ts'

beforeEach(() => vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => vi.useRealTimers())

test('PEER_FLOODS: a member who connects more often than anybody needs to is turned away, and nobody else', async () => {
  const [ann, bea] = [await device(), await device()]
  const roster = holdRoster(
    (await rosterOf([memberNamed('Ann', { peer: ann.peer }), memberNamed('Bea', { peer: bea.peer })])).signed,
  )
  const gate = new RosterGate({ roster })
  const told: string[] = []
  gate.addEventListener('refused', ({ detail }) => told.push(`${detail.from} ${detail.error.code}`))
  const comes = (peer: string): boolean => !gate.denyInboundEncryptedConnection(peerIdFromString(peer))
  expect(Array.from({ length: 20 }, () => comes(ann.peer)).filter(Boolean)).toHaveLength(16)
  expect(new Set(told)).toEqual(new Set([`${ann.peer} PEER_FLOODS`]))
  expect(comes(bea.peer)).toBe(true)
  const isCarried = (): boolean => {
    return !gate.denyOutboundRelayedConnection(peerIdFromString(ann.peer), peerIdFromString(bea.peer))
  }
  expect(Array.from({ length: 20 }, isCarried).filter(Boolean)).toHaveLength(16)
  vi.advanceTimersByTime(2_000)
  expect(Array.from({ length: 20 }, () => comes(ann.peer)).filter(Boolean)).toHaveLength(2)
})
