import { createPrivateKey, hash } from 'node:crypto'
import { type LogSigner, logSigner } from '@branchline/audit-sink'
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { peerIdOf } from '../../src/identity.ts'
import { DEE, contentOf, memberNamed } from '../rosters.ts'
import { type Member, type Roster, rosterLogKey, signRoster } from '../../src/roster/index.ts'

export const ROOMS = ['reference', 'break room'] as const
export const DESK = 'Front desk'
const NAMES = ['Ann', 'Bea', 'Cec', 'Dan', 'Eve'] as const
const AT_THE_DESK: ReadonlySet<string> = new Set(['Ann', 'Bea', 'Cec'])
const YEARS_MS = 20 * 365 * 86_400_000

/** RFC 8410: what comes before the seed of an Ed25519 key. */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')

/** Somebody who works here: the same keys in every run, so that one can be replayed. */
export interface Colleague {
  readonly peer: string
  readonly signer: LogSigner
  readonly member: Member
}

export const STAFF: readonly Colleague[] = await Promise.all(NAMES.map(colleague))

async function colleague(name: string): Promise<Colleague> {
  const peer = peerIdOf(await generateKeyPairFromSeed('Ed25519', seedOf(name)))
  const key = Buffer.concat([PKCS8, seedOf(`the log of ${name}`)])
  const signer = logSigner(`branchline/${peer}`, createPrivateKey({ key, format: 'der', type: 'pkcs8' }))
  const desks = AT_THE_DESK.has(name) ? [DESK] : []
  const roles = name === 'Eve' ? [] : ['may-urgent']
  const place = { rooms: [...ROOMS].toSorted(), desks, roles, log: rosterLogKey(signer.vkey), peer }
  return { peer, signer, member: memberNamed(name, place) }
}

function seedOf(name: string): Buffer {
  return hash('sha256', name, 'buffer')
}

/** Names, where a complaint has peer IDs. */
export function withNames(text: string): string {
  return STAFF.reduce((named, { peer, member }) => named.replaceAll(peer, member.name), text)
}

/** Everybody but those who are away, and those who were taken off for good. */
export async function rosterWithout(
  { away, revoked }: { readonly away: ReadonlySet<string>; readonly revoked: ReadonlySet<string> },
  { serial, issued }: { readonly serial: number; readonly issued: number },
): Promise<Roster> {
  const members = STAFF.map(({ member }) => member).filter(({ peer }) => !away.has(peer) && !revoked.has(peer))
  const off = [...revoked].map((peer) => ({ peer, reason: 'has left', time: issued }))
  return signRoster(contentOf(members, { serial, issued, expires: issued + YEARS_MS, revoked: off }), DEE)
}
