import { BlockList, isIPv4 } from 'node:net'
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os'

export interface LanInterface {
  readonly name: string
  readonly addresses: readonly LanAddress[]
}

interface LanAddress {
  readonly address: string
  /** How many bits of it all hosts of the link share. */
  readonly prefix: number
}

type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>

/**
 * Interfaces that are up, with their IPv4 addresses. Loopback counts only when there is no other, so that those who
 * share a machine without a network find each other; nothing said on it leaves the machine.
 */
export function usableInterfaces(all: Interfaces = networkInterfaces()): LanInterface[] {
  const usable = (internal: boolean): LanInterface[] =>
    Object.entries(all)
      .map(([name, infos = []]) => ({ name, addresses: infos.filter((info) => info.internal === internal) }))
      .map(({ name, addresses }) => ({ name, addresses: addresses.flatMap(lanAddress) }))
      .filter(({ addresses }) => addresses.length > 0)
  const outward = usable(false)
  return outward.length > 0 ? outward : usable(true)
}

function lanAddress({ family, address, cidr }: NetworkInterfaceInfo): LanAddress[] {
  const prefix = Number(cidr?.split('/')[1] ?? Number.NaN)
  return family === 'IPv4' && Number.isInteger(prefix) ? [{ address, prefix }] : []
}

/** Whether an address is on the same link as the interface: RFC 6762 section 11 has all others ignored. */
export function onLink({ addresses }: LanInterface): (address: string) => boolean {
  const link = new BlockList()
  for (const { address, prefix } of addresses) link.addSubnet(address, prefix)
  return (address) => isIPv4(address) && link.check(address)
}
