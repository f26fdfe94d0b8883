import type { Colleague } from '@branchline/core'
import type { Member, RosterContent } from '@branchline/core/roster'
import { findColleague } from '../find-colleague.ts'

/**
 * Whom on the roster a person means: a peer ID, the end of one, a name or the beginning of one.
 * @throws CliError PEER_UNKNOWN, PEER_AMBIGUOUS
 */
export function memberCalled({ members }: RosterContent, who: string): Member {
  const all = members.map(({ peer, name }): Colleague => ({ peer, name, link: 'away', presence: 'off' }))
  const { peer } = findColleague(all, who)
  return members.find((member) => member.peer === peer) as Member
}
