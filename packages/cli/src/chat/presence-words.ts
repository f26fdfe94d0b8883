import type { Colleague } from '@branchline/core'

export const PRESENCE_WORDS = { here: 'here', busy: 'busy', away: 'away from the desk', off: 'leaving' } as const
const WAYS = { direct: '', relayed: ', through a relay' } as const

/** What a colleague says that they are, and how they are reached; of who is not connected, whether they can be reached. */
export function howThey({ link, presence }: Pick<Colleague, 'link' | 'presence'>): string {
  if (link === 'reachable') return 'there, behind a relay'
  return link === 'away' ? 'off' : `${PRESENCE_WORDS[presence]}${WAYS[link]}`
}
