import type { Audience, RosterKeeper } from '@branchline/core'
import { CliError } from '../cli-error.ts'
import { type Check, isObject, list, object, string } from './check.ts'
import { MAX_CONVERSATION_CHARACTERS, MAX_PEERS, MAX_WHOM_CHARACTERS } from './limits.ts'

export const whom = string(MAX_WHOM_CHARACTERS)
export const conversation = string(MAX_CONVERSATION_CHARACTERS)
const audience = object({ conversation, peers: list(whom, 1, MAX_PEERS) })

export type Asked = string | Audience

export const where: Check<Asked> = (value, name) => (isObject(value) ? audience(value, name) : whom(value, name))

/**
 * The peer ID of whom a host means: programs do not guess, so a name counts only when it is whole.
 * @throws CliError PEER_UNKNOWN, PEER_AMBIGUOUS
 */
export function peerOf({ current }: Pick<RosterKeeper, 'current'>, asked: string): string {
  if (current.members.some(({ peer }) => peer === asked)) return asked
  const [one, ...others] = current.members.filter(({ name }) => name === asked)
  if (one === undefined) throw new CliError('PEER_UNKNOWN', `nobody on the roster is called ${JSON.stringify(asked)}`)
  if (others.length === 0) return one.peer
  throw new CliError('PEER_AMBIGUOUS', `several on the roster are called ${JSON.stringify(asked)}; give a peer ID`)
}

/** @throws CliError PEER_UNKNOWN, PEER_AMBIGUOUS */
export function placeOf(roster: Pick<RosterKeeper, 'current'>, asked: Asked): Asked {
  if (typeof asked !== 'string') return { ...asked, peers: asked.peers.map((each) => peerOf(roster, each)) }
  return isThread(asked) ? asked : peerOf(roster, asked)
}

const PEER_ID = /^[1-9A-HJ-NP-Za-km-z]{46,}$/

/** As a history calls it: somebody who is not on the roster any more has been heard, too. */
export function threadOf(roster: Pick<RosterKeeper, 'current'>, asked: string): string {
  return isThread(asked) || PEER_ID.test(asked) ? asked : peerOf(roster, asked)
}

function isThread(asked: string): boolean {
  return /^[#@+]/.test(asked)
}
