import type { Sighting } from './packets.ts'

interface Kept {
  /** By the interface: whoever shares two networks with us has another address on each. Sorted, and joined. */
  readonly addresses: ReadonlyMap<string, string>
  /** By `performance.now()`. */
  readonly until: number
}

/** More than any library has; whoever makes up peers gets no further. */
const MAX_PEERS = 1_024
/** Of peers never seen before: so many at once, as when a branch opens, and so many a second after that. */
const NEW_PEERS = { burst: 512, perSecond: 16 } as const

/** Who was seen on the LAN, and where. */
export class Sightings {
  readonly #kept = new Map<string, Kept>()
  #allowance: number = NEW_PEERS.burst
  #countedAt = performance.now()

  /**
   * @param on - the interface on which they were seen
   * @returns whether it is new, or at another place; undefined when it cannot be taken in, or went away
   */
  note({ peer, addresses, ttlMs }: Sighting, on: string): 'news' | 'known' | undefined {
    const kept = this.#kept.get(peer)
    if (ttlMs === 0) {
      this.#kept.delete(peer)
      return undefined
    }
    if (kept === undefined && !this.#mayTakeIn()) return undefined
    const sorted = addresses.map(String).toSorted().join()
    const until = performance.now() + ttlMs
    const isNews = kept === undefined || kept.addresses.get(on) !== sorted || kept.until < performance.now()
    this.#kept.set(peer, { addresses: new Map([...(kept?.addresses ?? []), [on, sorted]]), until })
    return isNews ? 'news' : 'known'
  }

  /** Whoever is seen again is news. */
  outdateAll(): void {
    for (const peer of this.#kept.keys()) this.outdate(peer)
  }

  /** When this peer is seen again, that is news. @returns whether they had been seen */
  outdate(peer: string): boolean {
    const kept = this.#kept.get(peer)
    if (kept !== undefined) this.#kept.set(peer, { ...kept, until: 0 })
    return kept !== undefined
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
    for (const [peer, { until }] of this.#kept) if (until < now) this.#kept.delete(peer)
  }
}
