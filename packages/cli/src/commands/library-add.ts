import { type JoinRequest, type Member, parseRequest, requestCheck, type Roster } from '@branchline/core/roster'
import { CliError } from '../cli-error.ts'
import { type Context, print, printJson } from '../io.ts'
import { printSpread, rosterFileOf, signNext } from './library-roster.ts'
import type { LibraryAddFlags } from './library.ts'
import { memberCalled } from './member-called.ts'

/** Also changes what the roster says of somebody: what is not given stays. */
export async function add(this: Context, flags: LibraryAddFlags, codeOrName: string): Promise<void> {
  const { io } = this
  let added: Member | undefined
  const roster = await signNext(io, flags, (before) => {
    const member = memberFor(before, flags, codeOrName)
    added = member
    const others = before.members.filter(({ peer }) => peer !== member.peer)
    return {
      members: [...others, member].toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      revoked: before.revoked.filter(({ peer }) => peer !== member.peer),
    }
  })
  const file = rosterFileOf(flags)
  if (flags.json) printJson(io, { serial: roster.serial, roster: file, member: added })
  else {
    const check = isCode(codeOrName)
      ? ` The code ended in ${requestCheck(codeOrName)}: ask whether that is theirs.`
      : ''
    print(
      io,
      `${added?.name}, ${added?.branch}, is on the roster of ${roster.library}, number ${roster.serial}.${check}`,
    )
    printSpread(io, file)
  }
}

const isCode = (text: string): boolean => text.startsWith('branchline-request')

function memberFor(before: Roster, flags: LibraryAddFlags, codeOrName: string): Member {
  const request: JoinRequest = isCode(codeOrName) ? parseRequest(codeOrName) : memberCalled(before, codeOrName)
  const known = before.members.find(({ peer }) => peer === request.peer)
  const branch = flags.branch ?? known?.branch
  if (branch === undefined) throw new CliError('USAGE', 'say where they work: --branch NAME')
  const { title = known?.title, from = known?.from, until = known?.until } = flags
  return {
    branch,
    desks: flags.desk ?? known?.desks ?? [],
    ...(from !== undefined && { from }),
    log: request.log,
    name: flags.name ?? request.name,
    peer: request.peer,
    roles: flags.role ?? known?.roles ?? [],
    rooms: flags.room ?? known?.rooms ?? [],
    ...(title !== undefined && { title }),
    ...(until !== undefined && { until }),
  }
}
