import type { NetworkInterfaceInfo } from 'node:os'
import { expect, test } from 'vitest'
import { interfacesNow, type LanInterface, onLink, usable } from '../../src/network/lan/interfaces.ts'

function info(cidr: string, more: Partial<NetworkInterfaceInfo> = {}): NetworkInterfaceInfo {
  const family = cidr.includes(':') ? 'IPv6' : 'IPv4'
  const address = cidr.split('/')[0] as string
  const internal = address === '127.0.0.1' || address === '::1'
  return { address, cidr, family, internal, mac: '', netmask: '', scopeid: 0, ...more } as NetworkInterfaceInfo
}

const LOOPBACK = { lo: [info('127.0.0.1/8'), info('::1/128')] }

function namesOf(interfaces: readonly LanInterface[]): string[] {
  return interfaces.map(({ name }) => name)
}

test('every interface with an IPv4 address is there', () => {
  const wired = {
    eth0: [info('10.1.0.7/16'), info('fe80::1/64')],
    tun0: [info('10.8.0.2/32')],
    usb0: [info('fe80::2/64')],
  }
  expect(interfacesNow({ ...LOOPBACK, ...wired })).toEqual([
    { name: 'lo', isLoopback: true, addresses: [{ address: '127.0.0.1', prefix: 8 }] },
    { name: 'eth0', isLoopback: false, addresses: [{ address: '10.1.0.7', prefix: 16 }] },
    { name: 'tun0', isLoopback: false, addresses: [{ address: '10.8.0.2', prefix: 32 }] },
  ])
  expect(interfacesNow({ eth0: [info('10.1.0.7/16', { cidr: null })] })).toEqual([])
})

test('loopback is used by who listens nowhere else, and where there is no other', () => {
  const wired = interfacesNow({ ...LOOPBACK, eth0: [info('10.1.0.7/16')] })
  expect(namesOf(usable(wired, ['127.0.0.1', '10.1.0.7']))).toEqual(['eth0'])
  expect(namesOf(usable(wired, ['127.0.0.1']))).toEqual(['lo'])
  expect(namesOf(usable(wired, []))).toEqual(['eth0'])
  expect(namesOf(usable(interfacesNow(LOOPBACK), ['127.0.0.1', '10.1.0.7']))).toEqual(['lo'])
})

test('on the link is whoever shares the prefix of one of its addresses', () => {
  const isOnLink = onLink({
    addresses: [
      { address: '10.1.0.7', prefix: 24 },
      { address: '192.168.4.1', prefix: 23 },
    ],
  })
  const on = ['10.1.0.1', '192.168.5.9', '10.1.1.1', '192.168.6.1', '127.0.0.1', '::1', 'nowhere'].filter(isOnLink)
  expect(on).toEqual(['10.1.0.1', '192.168.5.9'])
})
