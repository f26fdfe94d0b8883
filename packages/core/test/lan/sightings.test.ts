import { multiaddr } from '@multiformats/multiaddr'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Sighting } from '../../src/network/lan/packets.ts'
import { Sightings } from '../../src/network/lan/sightings.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

function at(peer: string, port = 4001, ttlMs = 120_000): Sighting {
  return { kind: 'sighting', peer, addresses: [multiaddr(`/ip4/10.1.0.2/tcp/${port}`)], ttlMs }
}

test('news is who is new, is elsewhere, was gone, or was not heard of in time', () => {
  const sightings = new Sightings()
  expect(sightings.note(at('bea'), 'eth0')).toBe('news')
  expect(sightings.note(at('bea'), 'eth0')).toBe('known')
  expect(sightings.note(at('bea', 4002), 'eth0')).toBe('news')
  vi.advanceTimersByTime(121_000)
  expect(sightings.note(at('bea', 4002), 'eth0')).toBe('news')
  expect(sightings.note(at('bea', 4002, 0), 'eth0')).toBeUndefined()
  expect(sightings.outdate('bea')).toBe(false)
  expect(sightings.note(at('bea', 4002), 'eth0')).toBe('news')
  expect(sightings.outdate('bea')).toBe(true)
  expect(sightings.note(at('bea', 4002), 'eth0')).toBe('news')
})

test('who is seen on two networks, at an address in each, is no news each time', () => {
  const sightings = new Sightings()
  const noted = [1, 2, 3].flatMap(() => [sightings.note(at('bea'), 'eth0'), sightings.note(at('bea', 4002), 'wlan0')])
  expect(noted).toEqual(['news', 'news', 'known', 'known', 'known', 'known'])
})

test('peers that somebody makes up fill neither memory nor the time of day', () => {
  const sightings = new Sightings()
  const taken = (prefix: string): number =>
    Array.from({ length: 10_000 }, (_, n) => sightings.note(at(`${prefix}${n}`), 'eth0')).filter(Boolean).length
  expect(taken('a')).toBe(512)
  vi.advanceTimersByTime(10_000)
  expect(taken('b')).toBe(160)
  vi.advanceTimersByTime(100_000)
  expect(taken('c')).toBe(1_024 - 512 - 160)
  vi.advanceTimersByTime(121_000)
  expect(taken('d')).toBe(512)
})

test('one does not speak for another: neither where somebody is, nor that they are gone', () => {
  const sightings = new Sightings()
  sightings.note(at('bea'), 'eth0 10.1.0.2')
  for (let port = 5_000; port < 5_100; port++) sightings.note(at('bea', port), 'eth0 10.1.0.66')
  expect(sightings.addressesOf('bea').map(String)).toEqual(['/ip4/10.1.0.2/tcp/5099', '/ip4/10.1.0.2/tcp/4001'])
  sightings.note(at('bea', 5_099, 0), 'eth0 10.1.0.66')
  expect(sightings.addressesOf('bea').map(String)).toEqual(['/ip4/10.1.0.2/tcp/4001'])
  expect(sightings.note(at('bea'), 'eth0 10.1.0.2')).toBe('known')
  for (let n = 0; n < 100; n++) sightings.note(at('bea', 6_000 + n), `eth0 10.1.0.${n + 100}`)
  expect(sightings.addressesOf('bea')).toHaveLength(8)
})
