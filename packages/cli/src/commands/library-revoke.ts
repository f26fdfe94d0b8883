import { type Context, print, printJson } from '../io.ts'
import { printSpread, rosterFileOf, signNext } from './library-roster.ts'
import type { LibraryRevokeFlags } from './library.ts'
import { memberCalled } from './member-called.ts'

export async function revoke(this: Context, flags: LibraryRevokeFlags, who: string): Promise<void> {
  const { io } = this
  const gone = { name: '', peer: '' }
  const roster = await signNext(io, flags, (before) => {
    const { name, peer } = memberCalled(before, who)
    Object.assign(gone, { name, peer })
    const revocation = { peer, reason: flags.reason, time: Date.now() }
    return {
      members: before.members.filter((member) => member.peer !== peer),
      revoked: [...before.revoked, revocation],
    }
  })
  const file = rosterFileOf(flags)
  if (flags.json) printJson(io, { serial: roster.serial, roster: file, revoked: gone.peer })
  else {
    print(io, `${gone.name} (${gone.peer}) is off the roster of ${roster.library}, number ${roster.serial}.`)
    printSpread(io, file)
  }
}
