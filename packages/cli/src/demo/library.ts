import { join } from 'node:path'
import { makeDirectorKey, openLogKeys, originOf } from '@branchline/audit-sink'
import { openIdentity, peerIdOf } from '@branchline/core'
import { firstRoster, type Member, rosterLogKey, signRoster, writeRoster } from '@branchline/core/roster'
import { profilePaths } from '../profile/paths.ts'

export interface DemoPerson {
  readonly name: string
  readonly branch: string
}

/**
 * What a director and the staff do with `library init`, `join` and `library add`: everybody has a profile, is on the roster,
 * and has it in the profile. So has the relay, which is not on it, since it takes no part.
 * @returns peer IDs, by name
 */
export async function makeLibrary(folder: string, people: readonly DemoPerson[]): Promise<ReadonlyMap<string, string>> {
  const director = await makeDirectorKey(join(folder, 'director', 'director.key'), 'dee')
  const members = await Promise.all(people.map((person) => memberOf(folder, person)))
  const roster = await signRoster({ ...firstRoster('Milltown Public Library', director.vkey), members }, director)
  const relay = profilePaths(join(folder, 'relay'))
  await openIdentity(relay.identity)
  for (const name of [...people.map(({ name }) => name.toLowerCase()), 'relay', 'director']) {
    await writeRoster(profilePaths(join(folder, name)).roster, roster)
  }
  return new Map(members.map(({ name, peer }) => [name, peer]))
}

async function memberOf(folder: string, { name, branch }: DemoPerson): Promise<Member> {
  const paths = profilePaths(join(folder, name.toLowerCase()))
  const peer = peerIdOf(await openIdentity(paths.identity))
  const { signer } = await openLogKeys(paths.logKey, originOf(peer))
  return { branch, desks: [], log: rosterLogKey(signer.vkey), name, peer, roles: [], rooms: [] }
}
