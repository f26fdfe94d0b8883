import type { Member } from '@branchline/core/roster'
import { withMembers } from '../find-colleague.ts'
import type { Session } from '../profile/open.ts'
import { colleagueOf } from './events.ts'

/** "version of the protocol" (spec/stdio.md section 5). */
const PROTOCOL_VERSION = 1
const ALL_STAFF = 'all-staff'

/** @param version - of the program */
export function readyOf({ messenger, roster }: Session, version: string): object {
  const { library, serial, expires } = roster.current
  const self = { peerId: messenger.peerId, name: messenger.name, addresses: messenger.addresses() }
  return { protocol: PROTOCOL_VERSION, version, ...self, roster: { library, serial, expires } }
}

export function selfOf({ messenger, roster }: Session): object {
  const { branch, desks = [], rooms = [], roles = [] } = roster.member(messenger.peerId) ?? {}
  const self = { peerId: messenger.peerId, name: messenger.name, addresses: messenger.addresses() }
  return { ...self, branch, desks, rooms, roles, relays: messenger.relays() }
}

export function colleaguesOf({ messenger, roster }: Session): object {
  const colleagues = withMembers(messenger, roster).map((each) => {
    return { ...colleagueOf(each), branch: roster.member(each.peer)?.branch }
  })
  return { colleagues }
}

export function roomsOf({ roster }: Session): object {
  const members = roster.current.members.filter(({ peer }) => roster.whyNot(peer) === undefined)
  const all = { name: ALL_STAFF, members: members.map(({ peer }) => peer) }
  return { rooms: [all, ...placesOf(members, ({ rooms }) => rooms)], desks: placesOf(members, ({ desks }) => desks) }
}

function placesOf(members: readonly Member[], of: (member: Member) => readonly string[]): object[] {
  const names = [...new Set(members.flatMap(of))].toSorted()
  return names.map((name) => {
    return { name, members: members.filter((each) => of(each).includes(name)).map(({ peer }) => peer) }
  })
}
