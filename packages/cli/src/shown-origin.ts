import { isProvenBy, type RosterKeeper, type Said, type ShownOrigin } from '@branchline/core'
import { logKeyOf } from '@branchline/core/roster'

/** With what the roster says of its author. */
export function shownOrigin(origin: NonNullable<Said['origin']>, roster: Pick<RosterKeeper, 'member'>): ShownOrigin {
  const author = roster.member(origin.from)
  return { ...origin, name: author?.name, isProven: author !== undefined && isProvenBy(origin, logKeyOf(author)) }
}
