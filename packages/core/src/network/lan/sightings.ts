import type { Multiaddr } from '@multiformats/multiaddr'
import type { Sighting } from './packets.ts'

/** What one said, by whom it was said: whoever shares two networks with us has another address on each, and others lie. */
interface Claim {
  readonly addresses: readonly Multiaddr[]
  /** Sorted, and joined. */
  readonly text: string
  /** By `performance.now()`. */
  readonly until: number
}

type Claims = Map<string, Claim>

/** Of one peer; that which was not heard for longest goes first. */
const MAX_CLAIMS = 8
/** More than any library has; whoever makes up peers gets no further. */
const MAX_PEERS = 1_024
/** Of peers never seen before: so many at once, as when a branch opens, and so many a second after that. */
const NEW_PEERS = { burst: 512, perSecond: 16 } as const

/** Who was seen on the LAN, and where. */
export class Sightings {
  readonly #kept = new Map<string, Claims>()
  #allowance: number = NEW_PEERS.burst
  #countedAt = performance.now()

  /**
   * @param by - where they were seen, and who says so: one does not speak for another
   * @returns whether it is new, or at another place; undefined when it cannot be taken in, or went away
   */
  note({ peer, addresses, ttlMs }: Sighting, by: string): 'news' | 'known' | undefined {
    const claims = this.#kept.get(peer)
    if (ttlMs === 0) {
      claims?.delete(by)
      if (claims?.size === 0) this.#kept.delete(peer)
      return undefined
    }
    if (claims === undefined && !this.#mayTakeIn()) return undefined
    const before = claims?.get(by)
    const text = addresses.map(String).toSorted().join()
    const until = performance.now() + ttlMs
    const isNews = before?.text !== text || before.until < performance.now()
    const kept = claims ?? new Map<string, Claim>()
    kept.delete(by)
    for (const oldest of kept.keys()) if (kept.size >= MAX_CLAIMS) kept.delete(oldest)
    this.#kept.set(peer, kept.set(by, { addresses, text, until }))
    return isNews ? 'news' : 'known'
  }

  /** Where anybody says that they are, the last first. */
  addressesOf(peer: string): readonly Multiaddr[] {
    return [...(this.#kept.get(peer)?.values() ?? [])].toReversed().flatMap(({ addresses }) => addresses)
  }

  /** Whoever is seen again is news. */
  outdateAll(): void {
    for (const peer of this.#kept.keys()) this.outdate(peer)
  }

  /** When this peer is seen again, that is news. @returns whether they had been seen */
  outdate(peer: string): boolean {
    const claims = this.#kept.get(peer)
    for (const [by, claim] of claims ?? []) claims?.set(by, { ...claim, until: 0 })
    return claims !== undefined
  }

  #mayTakeIn(): boolean {
    const now = performance.now()
    const earned = ((now - this.#countedAt) / 1_000) * NEW_PEERS.perSecond
    this.#allowance = Math.min(NEW_PEERS.burst, this.#allowance + earned)
    this.#countedAt = now
    if (this.#kept.size >= MAX_PEERS) this.#dropOutdated(now)
    if (this.#allowance < 1 || this.#kept.size >= MAX_PEERS) return false
    this.#allowance--
    return true
  }

  #dropOutdated(now: number): void {
    for (const [peer, claims] of this.#kept) {
      if ([...claims.values()].every(({ until }) => until < now)) this.#kept.delete(peer)
    }
  }
}
