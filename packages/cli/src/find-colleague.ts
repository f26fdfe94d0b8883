import type { Colleague, HostedMessenger, RosterKeeper } from '@branchline/core'
import { CliError } from './cli-error.ts'

const MIN_ID_CHARACTERS = 6

/**
 * Whom a person means: a whole peer ID, the end of one, or a name or the beginning of one in any case. Those who are
 * here come before those who are away.
 * @throws CliError PEER_UNKNOWN, PEER_AMBIGUOUS
 */
export function findColleague(colleagues: readonly Colleague[], wanted: string): Colleague {
  const query = wanted.trim().toLowerCase()
  const tests: ((colleague: Colleague) => boolean)[] = [
    ({ peer }) => peer.toLowerCase() === query,
    ({ name }) => name?.toLowerCase() === query,
    ({ name }) => name?.toLowerCase().startsWith(query) === true,
    ({ peer }) => query.length >= MIN_ID_CHARACTERS && peer.toLowerCase().endsWith(query),
  ]
  if (query !== '') {
    for (const test of tests) {
      const found = colleagues.filter(test)
      const here = found.filter(({ link }) => link !== 'away')
      const [one, ...others] = here.length > 0 ? here : found
      if (one !== undefined && others.length === 0) return one
      if (one !== undefined) throw ambiguous(wanted, found)
    }
  }
  throw unknown(wanted, colleagues)
}

/** Whom the messenger knows of, and all others on the roster. */
export function withMembers(
  messenger: Pick<HostedMessenger, 'colleagues' | 'peerId'>,
  roster: Pick<RosterKeeper, 'current' | 'whyNot'>,
): Colleague[] {
  const known = messenger.colleagues()
  const peers = new Set([messenger.peerId, ...known.map(({ peer }) => peer)])
  const others = roster.current.members.filter(({ peer }) => !peers.has(peer) && roster.whyNot(peer) === undefined)
  return [...known, ...others.map(({ peer, name }): Colleague => ({ peer, name, link: 'away', presence: 'off' }))]
}

export function displayName({ name, peer }: { readonly name?: string | undefined; readonly peer: string }): string {
  return name ?? `…${peer.slice(-8)}`
}

function ambiguous(wanted: string, found: readonly Colleague[]): CliError {
  const which = found.map((each) => `${displayName(each)} (…${each.peer.slice(-8)})`).join(', ')
  return new CliError('PEER_AMBIGUOUS', `"${wanted}" may be ${which}; say more of the name, or the end of the peer ID`)
}

function unknown(wanted: string, colleagues: readonly Colleague[]): CliError {
  const known = colleagues.map(displayName).join(', ')
  const help = known === '' ? 'nobody has been found yet' : `known are ${known}`
  return new CliError('PEER_UNKNOWN', `nobody called "${wanted}" is known; ${help}`)
}
