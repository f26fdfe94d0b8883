import { MessengerError, type MessengerErrorCode } from '../errors.ts'
import type { Member, Revocation, RosterContent } from './roster.ts'

/** Who takes part by a roster that is in force (spec/roster.md section 2). */
export class Standing {
  readonly #library: string
  readonly #members: ReadonlyMap<string, Member>
  readonly #revoked: ReadonlyMap<string, Revocation>
  readonly #relays: ReadonlySet<string>

  constructor({ library, members, revoked, relays }: RosterContent) {
    this.#library = library
    this.#members = new Map(members.map((member) => [member.peer, member]))
    this.#revoked = new Map(revoked.map((each) => [each.peer, each]))
    this.#relays = new Set(relays.map((address) => address.slice(address.lastIndexOf('/') + 1)))
  }

  member(peer: string): Member | undefined {
    return this.#members.get(peer)
  }

  isRelay(peer: string): boolean {
    return this.#relays.has(peer)
  }

  /** Whether the roster names the peer at all; whoever it does not may be anybody, and there may be any number of them. */
  isNamed(peer: string): boolean {
    return this.#members.has(peer) || this.#revoked.has(peer) || this.#relays.has(peer)
  }

  /** @returns MEMBER_REVOKED, MEMBER_UNKNOWN, MEMBER_EXPIRED; undefined for a member */
  whyNot(peer: string, now: number): MessengerError | undefined {
    const revoked = this.#revoked.get(peer)
    if (revoked !== undefined) return error('MEMBER_REVOKED', `${peer} was taken off the roster: ${revoked.reason}`)
    const member = this.#members.get(peer)
    if (member === undefined) return error('MEMBER_UNKNOWN', `${peer} is not on the roster of ${this.#library}`)
    if (now < (member.from ?? 0) || now >= (member.until ?? Number.POSITIVE_INFINITY)) {
      return error('MEMBER_EXPIRED', `${member.name} is on the roster for another time`)
    }
    return undefined
  }
}

function error(code: MessengerErrorCode, message: string): MessengerError {
  return new MessengerError(code, message)
}
