import { type Colleague, type HostedMessenger, type RosterKeeper, sanitiseLine } from '@branchline/core'
import { displayName, findColleague, withMembers } from '../find-colleague.ts'
import type { Who } from './events.ts'

/** Where we stand: ourselves, the roster, and whom we have met. */
export interface Standpoint {
  readonly messenger: Pick<HostedMessenger, 'colleagues' | 'peerId'>
  readonly roster: RosterKeeper
}

/** All who are on the roster, or were met. */
export class People {
  readonly #session: Standpoint

  constructor(session: Standpoint) {
    this.#session = session
  }

  /** With a name that may be shown. */
  who(peer: string): Who {
    const { messenger, roster } = this.#session
    if (peer === messenger.peerId) return { peer, name: 'you' }
    const name = roster.member(peer)?.name ?? messenger.colleagues().find((each) => each.peer === peer)?.name
    return { peer, name: sanitiseLine(displayName({ peer, name })) }
  }

  colleague(peer: string): Colleague {
    const known = this.#session.messenger.colleagues().find((each) => each.peer === peer)
    return known ?? { peer, name: this.#session.roster.member(peer)?.name, link: 'away', presence: 'off' }
  }

  all(): Colleague[] {
    return withMembers(this.#session.messenger, this.#session.roster)
  }

  /**
   * Whom a person means. What is posted is delivered in the end, so it must not depend on who is there just now.
   * @throws CliError PEER_UNKNOWN, PEER_AMBIGUOUS
   */
  find(wanted: string): Colleague {
    const { peer } = findColleague(
      this.all().map((each) => ({ ...each, link: 'away' })),
      wanted,
    )
    return this.colleague(peer)
  }
}
