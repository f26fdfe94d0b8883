import { parsePeerAddress, peerOf } from '../network/addresses.ts'
import type { LinkFacts, ProbeTarget } from './facts.ts'

export interface TargetsInit {
  readonly links: readonly LinkFacts[]
  /** As given: multiaddrs with a peer ID, or peer IDs alone. */
  readonly peers: readonly string[]
  readonly relays: readonly string[]
  readonly self: string | undefined
  /** Whether the roster, if there is one, knows a peer. */
  readonly isNamed: (peer: string) => boolean
  readonly isRelay: (peer: string) => boolean
}

export interface Targets {
  readonly colleagues: readonly ProbeTarget[]
  readonly relays: readonly ProbeTarget[]
  readonly strangers: readonly string[]
  /** Addresses of relays that cannot be read. */
  readonly unreadable: readonly string[]
  readonly untried: number
}

/** A branch has some tens of desks; who wants to know of more looks at one of them. */
const MAX_COLLEAGUES = 48
const MAX_STRANGERS = 8
/** Of one peer. */
const MAX_ADDRESSES = 4

/** Whom to try, each once, with every address that is known. */
export function targetsOf({ links, peers, relays, self, isNamed, isRelay }: TargetsInit): Targets {
  const known = new Map<string, Set<string>>()
  const add = (peer: string, addresses: readonly string[]): void => {
    if (peer === self || peer === '') return
    const held = known.get(peer) ?? new Set()
    // One that names the peer alone says nothing of where it is.
    for (const each of addresses) if (held.size < MAX_ADDRESSES && !each.startsWith('/p2p/')) held.add(each)
    known.set(peer, held)
  }
  const unreadable: string[] = []
  const relayPeers = new Set<string>()
  for (const relay of relays) {
    const peer = peerIn(relay)
    if (peer === undefined) unreadable.push(relay)
    else if (peer !== self) {
      relayPeers.add(peer)
      add(peer, [relay])
    }
  }
  for (const peer of peers) {
    if (peer.startsWith('/')) add(peerIn(peer) ?? '', [peer])
    else add(peer, circuitsTo(peer, relays))
  }
  for (const { peer, addresses } of links.flatMap(({ seen }) => seen)) add(peer, addresses)
  const isARelay = (peer: string): boolean => relayPeers.has(peer) || isRelay(peer)
  const toTarget = (peer: string): ProbeTarget => {
    return { peer, addresses: [...(known.get(peer) ?? [])], isRelay: isARelay(peer) }
  }
  const others = [...known.keys()].filter((peer) => !isARelay(peer))
  const colleagues = others.filter(isNamed)
  return {
    relays: [...known.keys()].filter(isARelay).map(toTarget),
    colleagues: colleagues.slice(0, MAX_COLLEAGUES).map(toTarget),
    strangers: others.filter((peer) => !isNamed(peer)).slice(0, MAX_STRANGERS),
    unreadable,
    untried: Math.max(0, colleagues.length - MAX_COLLEAGUES),
  }
}

/** Whoever is named by a peer ID alone may be reached through the relays. */
function circuitsTo(peer: string, relays: readonly string[]): string[] {
  return relays.filter((relay) => peerIn(relay) !== undefined).map((relay) => `${relay}/p2p-circuit/p2p/${peer}`)
}

function peerIn(address: string): string | undefined {
  try {
    return peerOf(parsePeerAddress(address))
  } catch {
    return undefined
  }
}
