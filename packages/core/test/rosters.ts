import { generateKeyPairSync } from 'node:crypto'
import { type LogSigner, logSigner } from '@branchline/audit-sink'
import {
  firstRoster,
  holdRoster,
  type Member,
  type Roster,
  type RosterContent,
  type RosterKeeper,
  rosterLogKey,
  signRoster,
} from '../src/roster/index.ts'

export function directorNamed(name: string): LogSigner {
  return logSigner(`branchline/director/${name}`, generateKeyPairSync('ed25519').privateKey)
}

/** Of everyone whom these tests put on a roster, unless a test needs another. */
export const DEE = directorNamed('Dee')

/** The same all the time, so that the same people make the same roster. */
const ISSUED = Date.now()
const EXPIRES = ISSUED + 86_400_000

export function contentOf(members: readonly Member[], change: Partial<RosterContent> = {}): RosterContent {
  const first = firstRoster('Milltown Public Library', DEE.vkey, { lan: 'milltown' })
  return { ...first, issued: ISSUED, expires: EXPIRES, members, ...change }
}

export async function rosterOf(
  members: readonly Member[],
  change: Partial<RosterContent> = {},
  signer = DEE,
): Promise<Roster> {
  return signRoster(contentOf(members, change), signer)
}

export function memberNamed(name: string, change: Partial<Member> = {}): Member {
  const log = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }).x as string
  return {
    branch: 'Northside',
    desks: [],
    log: Buffer.from(log, 'base64url').toString('hex'),
    name,
    peer: `12D3KooW${Buffer.from(name).toString('hex')}`,
    roles: [],
    rooms: [],
    ...change,
  }
}

/** Of whom the tests have met lately; those of earlier tests are forgotten. */
const MAX_TOWN = 60
let town: RosterKeeper | undefined
let registering: Promise<unknown> = Promise.resolve()

/**
 * Puts a device on the roster that all devices of a test hold together; under another name, or with another log key, when
 * it is there already.
 */
export async function onRoster(peer: string, logKey: string, name?: string): Promise<RosterKeeper> {
  const registered = registering.then(() => register(peer, logKey, name))
  registering = registered.catch(() => undefined)
  return registered
}

/** The roster of everyone who was registered. */
export function everyone(): RosterKeeper {
  if (town === undefined) throw new Error('nobody is on the roster yet')
  return town
}

/** The director writes something else of somebody. */
export async function changedMember(peer: string, change: Partial<Member>): Promise<void> {
  await registering
  const { members, serial } = everyone().current
  const changed = members.map((member) => (member.peer === peer ? { ...member, ...change } : member))
  await everyone().take(await rosterOf(changed, { serial: serial + 1 }), async () => undefined)
}

/** Takes somebody off the roster that the devices of a test hold. */
export async function revoked(peer: string): Promise<void> {
  const { members, serial } = everyone().current
  const off = [{ peer, reason: 'has left', time: ISSUED }]
  const rest = members.filter((member) => member.peer !== peer)
  await everyone().take(await rosterOf(rest, { serial: serial + 1, revoked: off }), async () => undefined)
}

async function register(peer: string, logKey: string, name: string | undefined): Promise<RosterKeeper> {
  const known = town?.member(peer)
  const log = rosterLogKey(logKey)
  const member = memberNamed(name ?? known?.name ?? `Desk …${peer.slice(-6)}`, {
    ...known,
    ...(name && { name }),
    peer,
    log,
  })
  const others = (town?.current.members ?? []).filter((each) => each.peer !== peer && each.log !== member.log)
  const members = [...others, member].slice(-MAX_TOWN)
  const roster = await rosterOf(members, { serial: (town?.current.serial ?? 0) + 1 })
  if (town === undefined) town = holdRoster(roster.signed)
  else await town.take(roster, async () => undefined)
  return town
}
