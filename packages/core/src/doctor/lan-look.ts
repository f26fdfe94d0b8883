import { type LanInterface, interfacesNow, usable } from '../network/lan/interfaces.ts'
import type { LinkFacts } from './facts.ts'
import { LinkLook, type LinkLookSystem } from './link-look.ts'
import { interfaceFacts, unpluggedInterfaces } from './system-facts.ts'

export interface LanLookInit {
  /** mDNS service of the LAN. */
  readonly service: string
  readonly lookMs: number
}

/** What tests put in the place of the system. */
export interface LanLookSystem extends LinkLookSystem {
  readonly interfaces?: () => LanInterface[]
  readonly about?: typeof interfaceFacts
  readonly unplugged?: () => Promise<string[]>
}

export interface LanFacts {
  readonly links: readonly LinkFacts[]
  /** Those that were looked at. */
  readonly interfaces: readonly LanInterface[]
  /** Names of those at whose other end is nothing. */
  readonly unplugged: readonly string[]
}

/** A machine with more is a host of containers, whose interfaces are nobody's LAN. */
const MAX_LINKS = 16
/** Nobody else can have an address of such a network, or one other at most. */
const LONE_PREFIX = 31

/**
 * Looks at all usable interfaces at the same time.
 * @throws what `signal` aborts with
 */
export async function lookAtLan(
  { service, lookMs }: LanLookInit,
  signal: AbortSignal,
  system: LanLookSystem = {},
): Promise<LanFacts> {
  const { interfaces = interfacesNow, about = interfaceFacts, unplugged = unpluggedInterfaces } = system
  const all = interfaces()
  const ownAddresses = new Set(all.flatMap(({ addresses }) => addresses.map(({ address }) => address)))
  const look = async (on: LanInterface): Promise<LinkFacts> => {
    const heard = await new LinkLook({ on, service, ownAddresses, lookMs }, system).look(signal)
    const { name, isLoopback, addresses } = on
    return {
      name,
      isLoopback,
      addresses: addresses.map(({ address, prefix }) => `${address}/${prefix}`),
      isLone: addresses.every(({ prefix }) => prefix >= LONE_PREFIX),
      ...heard,
      ...(await about(name)),
    }
  }
  const links = usable(all, []).slice(0, MAX_LINKS)
  return { links: await Promise.all(links.map(look)), interfaces: links, unplugged: await unplugged() }
}
