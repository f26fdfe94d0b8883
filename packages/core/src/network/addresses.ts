import { reasonOf } from '@branchline/audit-sink'
import { peerIdFromString } from '@libp2p/peer-id'
import { CODE_IP4, CODE_IP6, CODE_P2P, CODE_P2P_CIRCUIT, multiaddr, type Multiaddr } from '@multiformats/multiaddr'
import { MessengerError } from '../errors.ts'
import type { RosterContent } from '../roster/roster.ts'

const LOOPBACK = /^(127\.|::1$)/

/**
 * What peers are told of where we listen: no circuit addresses (peers know the relays), and loopback only when there
 * is nothing else, as on a machine without a network.
 */
export function announced(addresses: Multiaddr[]): Multiaddr[] {
  const own = addresses.filter((address) => !isRelayed(address))
  const outward = own.filter((address) => !LOOPBACK.test(ipOf(address)))
  return outward.length > 0 ? outward : own
}

/**
 * An address that names the peer at its end, such as `/ip4/10.1.0.2/tcp/4001/p2p/12D3Koo…`.
 * @throws MessengerError PEER_INVALID
 */
export function parsePeerAddress(text: string): Multiaddr {
  let address: Multiaddr
  try {
    address = multiaddr(text)
  } catch (cause) {
    throw new MessengerError('PEER_INVALID', `${JSON.stringify(text)} is no address: ${reasonOf(cause)}`, { cause })
  }
  if (!hasCode(address, CODE_P2P)) {
    throw new MessengerError('PEER_INVALID', `${JSON.stringify(text)} must end with the peer ID: …/p2p/12D3Koo…`)
  }
  return address
}

/**
 * A peer ID alone.
 * @throws MessengerError PEER_INVALID
 */
export function parsePeer(text: string): string {
  try {
    return peerIdFromString(text).toString()
  } catch (cause) {
    throw new MessengerError('PEER_INVALID', `${JSON.stringify(text)} is no peer ID: ${reasonOf(cause)}`, { cause })
  }
}

/** A director's slip of the pen must not keep anybody from starting. */
export function rosterRelays({ relays }: Pick<RosterContent, 'relays'>): Multiaddr[] {
  return relays.flatMap((address) => {
    try {
      return [parsePeerAddress(address)]
    } catch {
      return []
    }
  })
}

/** @throws MessengerError ADDRESS_INVALID */
export function parseListenAddress(text: string): string {
  try {
    return multiaddr(text).toString()
  } catch (cause) {
    const message = `${JSON.stringify(text)} is no address to listen on: ${reasonOf(cause)}; such as /ip4/0.0.0.0/tcp/4100`
    throw new MessengerError('ADDRESS_INVALID', message, { cause })
  }
}

/** Whether the address, or a connection to it, leads through a relay. */
export function isRelayed(address: Multiaddr): boolean {
  return hasCode(address, CODE_P2P_CIRCUIT)
}

/** The peer ID at the end of an address. */
export function peerOf(address: Multiaddr): string {
  return address.getComponents().findLast(({ code }) => code === CODE_P2P)?.value ?? ''
}

function hasCode(address: Multiaddr, code: number): boolean {
  return address.getComponents().some((component) => component.code === code)
}

export function ipOf(address: Multiaddr): string {
  return address.getComponents().find(({ code }) => code === CODE_IP4 || code === CODE_IP6)?.value ?? ''
}
