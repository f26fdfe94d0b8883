import { hash } from 'node:crypto'
import { TypedEventEmitter } from 'main-event'
import type { MessengerError } from '../errors.ts'
import { assertInForce, assertSigned, isNewer } from './accept.ts'
import { readRoster, writeRoster } from './file.ts'
import { type Member, parseRoster, type Roster } from './roster.ts'
import { Standing } from './standing.ts'

export interface RosterEvents {
  /** Another roster is in force. */
  change: CustomEvent<Roster>
}

/**
 * Keeps the roster that is in force, and says who takes part by it. Only `openRoster` and `holdRoster` make one: nobody
 * takes part by a roster that no director signed.
 */
export class RosterKeeper extends TypedEventEmitter<RosterEvents> {
  readonly #keep: (roster: Roster) => Promise<void>
  #current: Roster
  #standing: Standing
  #taking: Promise<unknown> = Promise.resolve()

  /** @param keep - makes a roster durable, in the place of the one before */
  constructor(roster: Roster, keep: (roster: Roster) => Promise<void>) {
    super()
    assertSigned(roster)
    this.#current = roster
    this.#standing = new Standing(roster)
    this.#keep = keep
  }

  get current(): Roster {
    return this.#current
  }

  /** SHA-256 of the roster as it was signed, in hex: what `sha256sum` says of its file. */
  get hash(): string {
    return hash('sha256', this.#current.signed, 'hex')
  }

  member(peer: string): Member | undefined {
    return this.#standing.member(peer)
  }

  isNamed(peer: string): boolean {
    return this.#standing.isNamed(peer)
  }

  /** A relay carries what it cannot read; it says nothing itself. */
  isRelay(peer: string): boolean {
    return this.#standing.isRelay(peer)
  }

  /**
   * Why a peer is no member now, whether or not the roster is still in force: an old one must not keep from us those who
   * may have the new one.
   * @returns MEMBER_REVOKED, MEMBER_UNKNOWN, MEMBER_EXPIRED
   */
  whyNot(peer: string): MessengerError | undefined {
    return this.#standing.whyNot(peer, Date.now())
  }

  /** @throws MessengerError ROSTER_EXPIRED, MEMBER_REVOKED, MEMBER_UNKNOWN, MEMBER_EXPIRED */
  assertTakesPart(peer: string): void {
    const now = Date.now()
    assertInForce(this.#current, now)
    const why = this.#standing.whyNot(peer, now)
    if (why !== undefined) throw why
  }

  /**
   * Takes a roster that is newer; one after the other.
   * @param record - puts it on record, before it is in force
   * @returns false when it is the one that is in force
   * @throws MessengerError ROSTER_FOREIGN, ROSTER_STALE, ROSTER_UNSIGNED, ROSTER_FORKED, ROSTER_EXPIRED; what `record`
   *   throws, and then nothing has changed; what keeping it throws, and then it is in force, but not kept
   */
  async take(offered: Roster, record: (roster: Roster) => Promise<unknown>): Promise<boolean> {
    const taking = this.#taking.then(() => this.#take(offered, record))
    this.#taking = taking.catch(() => undefined)
    return taking
  }

  async #take(offered: Roster, record: (roster: Roster) => Promise<unknown>): Promise<boolean> {
    if (!isNewer(this.#current, offered, Date.now())) return false
    await record(offered)
    try {
      await this.#keep(offered)
    } finally {
      this.#current = offered
      this.#standing = new Standing(offered)
      this.safeDispatchEvent('change', { detail: offered })
    }
    return true
  }
}

/**
 * The roster in a file, where later ones are kept, too. That one of its own directors signed it is checked; whether they
 * are the library's a person has said who put it there. One that has expired admits nobody, but lets a newer one come.
 * @throws MessengerError ROSTER_MISSING, ROSTER_MALFORMED, ROSTER_UNSIGNED
 */
export async function openRoster(file: string): Promise<RosterKeeper> {
  return new RosterKeeper(await readRoster(file), (roster) => writeRoster(file, roster))
}

/**
 * A roster that is kept elsewhere, or not at all.
 * @param keep - makes a later one durable
 * @throws MessengerError ROSTER_MALFORMED, ROSTER_UNSIGNED
 */
export function holdRoster(
  signed: Uint8Array,
  keep: (roster: Roster) => Promise<void> = async () => undefined,
): RosterKeeper {
  return new RosterKeeper(parseRoster(signed), keep)
}
