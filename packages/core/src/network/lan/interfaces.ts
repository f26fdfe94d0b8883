import { BlockList, isIPv4 } from 'node:net'
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os'

export interface LanInterface {
  readonly name: string
  readonly isLoopback: boolean
  readonly addresses: readonly LanAddress[]
}

interface LanAddress {
  readonly address: string
  /** How many bits of it all hosts of the link share. */
  readonly prefix: number
}

type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>

/** Interfaces that are up and have an IPv4 address. */
export function interfacesNow(all: Interfaces = networkInterfaces()): LanInterface[] {
  return Object.entries(all)
    .map(([name, infos = []]) => {
      return { name, isLoopback: infos.some(({ internal }) => internal), addresses: infos.flatMap(lanAddress) }
    })
    .filter(({ addresses }) => addresses.length > 0)
}

/**
 * Those on which colleagues are looked for. Loopback is one only for who listens nowhere else, or has no other: so those
 * who share a machine without a network find each other. Nothing that is said on it leaves the machine.
 */
export function usable(all: readonly LanInterface[], listening: readonly string[]): LanInterface[] {
  const outward = all.filter(({ isLoopback }) => !isLoopback)
  const loopback = all.filter(({ isLoopback }) => isLoopback)
  const own = new Set(loopback.flatMap(({ addresses }) => addresses.map(({ address }) => address)))
  const isAlone = listening.length > 0 && listening.every((address) => own.has(address))
  return outward.length === 0 || isAlone ? loopback : outward
}

function lanAddress({ family, address, cidr }: NetworkInterfaceInfo): LanAddress[] {
  const prefix = Number(cidr?.split('/')[1] ?? Number.NaN)
  return family === 'IPv4' && Number.isInteger(prefix) ? [{ address, prefix }] : []
}

/** Whether an address is on the same link as the interface: RFC 6762 section 11 has all others ignored. */
export function onLink({ addresses }: Pick<LanInterface, 'addresses'>): (address: string) => boolean {
  const link = new BlockList()
  for (const { address, prefix } of addresses) link.addSubnet(address, prefix)
  return (address) => isIPv4(address) && link.check(address)
}
