import { EventEmitter } from 'node:events'
import type { MultiaddrConnection } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Door } from '../src/network/door.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

interface Knock {
  readonly connection: MultiaddrConnection
  readonly isAborted: () => boolean
}

function knock(ip: string, path = ''): Knock {
  const events = new EventEmitter()
  let aborted = false
  const connection = {
    remoteAddr: multiaddr(`/ip4/${ip}/tcp/5000${path}`),
    addEventListener: (type: string, listener: () => void) => events.on(type, listener),
    abort: () => {
      aborted = true
      events.emit('close')
    },
  }
  return { connection: connection as unknown as MultiaddrConnection, isAborted: () => aborted }
}

function admitted(door: Door, ip: string, count: number): number {
  return Array.from({ length: count }, () => door.denyInboundConnection(knock(ip).connection)).filter((no) => !no)
    .length
}

describe('a door', () => {
  test('lets a branch behind one address in at once, and few after that', () => {
    const door = new Door()
    expect(admitted(door, '10.1.0.2', 1_000)).toBe(128)
    vi.advanceTimersByTime(1_000)
    expect(admitted(door, '10.1.0.2', 1_000)).toBe(16)
    expect(admitted(door, '10.1.0.3', 60)).toBe(60)
  })

  test('keeps those from whose address a member came apart from all the strangers', () => {
    const door = new Door()
    door.known(knock('10.1.0.2').connection, true)
    door.known(knock('10.1.0.3').connection, false)
    const strangers = Array.from({ length: 100 }, (_, n) => admitted(door, `10.2.0.${n}`, 10))
    expect(strangers.reduce((sum, each) => sum + each)).toBe(512)
    expect(admitted(door, '10.1.0.2', 60)).toBe(60)
    expect(admitted(door, '10.1.0.3', 60)).toBe(0)
  })

  test('is asked once where the TCP server asks it', () => {
    const door = new Door()
    const isIn = (): boolean => !door.sockets.check('::ffff:10.1.0.2', 'ipv6')
    expect(Array.from({ length: 1_000 }, isIn).filter(Boolean)).toHaveLength(128)
    expect(door.denyInboundConnection(knock('10.1.0.2').connection)).toBe(false)
  })

  test('does not count those who come through a relay by the address of the relay', () => {
    const door = new Door()
    const relayed = '/p2p/12D3KooWEetHyYcMZ9RgUwg7VnyA38nqSEFhuASCKdG6LJTvxG2u/p2p-circuit'
    const denied = Array.from({ length: 1_000 }, () =>
      door.denyInboundConnection(knock('10.1.0.2', relayed).connection),
    )
    expect(denied.filter(Boolean)).toEqual([])
  })

  test('has room for those who speak, however many are silent', () => {
    const door = new Door()
    const honest = knock('10.1.0.2')
    door.denyInboundConnection(honest.connection)
    const silent: Knock[] = []
    for (let second = 0; second < 200; second++) {
      vi.advanceTimersByTime(1_000)
      for (let n = 0; n < 16; n++) {
        const each = knock('10.1.0.66')
        if (!door.denyInboundConnection(each.connection)) silent.push(each)
      }
    }
    expect(silent.filter(({ isAborted }) => !isAborted())).toHaveLength(511)
    expect(silent.at(-1)?.isAborted()).toBe(false)
    expect(honest.isAborted()).toBe(false)
  })
})
