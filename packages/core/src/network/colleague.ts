import type { PresenceState } from '../presence/presence.ts'

export interface Colleague {
  readonly peer: string
  /** What the roster calls them; else what they call themselves. */
  readonly name: string | undefined
  /** How the connection runs now; without one, 'reachable' through a relay when there is something to say, or 'away'. */
  readonly link: 'direct' | 'relayed' | 'reachable' | 'away'
  /**
   * What they say of themself; 'here' when they are connected and have not said anything, 'off' when they are not
   * connected, or are about to leave.
   */
  readonly presence: PresenceState
}

export interface ColleagueEvents {
  /** There is a connection. */
  'colleague:here': CustomEvent<Colleague>
  /** There is none yet, but a relay leads to them. */
  'colleague:found': CustomEvent<Colleague>
  /** The connection, or the way to one, is gone; `link` says what is left. */
  'colleague:gone': CustomEvent<Colleague>
  /** They say that they are something else than before, with `presence`; not for those who come or go. */
  'colleague:presence': CustomEvent<Colleague>
}
