import { type Member, readRoster, type Roster, Standing, verifyRoster } from '@branchline/core/roster'
import { sanitiseLine } from '@branchline/core/sanitise'
import { type Context, print, printJson } from '../io.ts'
import { printWhose, whoseAsJson } from './library-roster.ts'
import type { LibraryReadFlags } from './library.ts'
import { memberCalled } from './member-called.ts'

const NAME_WIDTH = 24
const BRANCH_WIDTH = 16

export async function list(this: Context, flags: LibraryReadFlags): Promise<void> {
  const { io } = this
  const roster = await rosterFor(this, flags)
  if (flags.json) {
    for (const member of roster.members) printJson(io, { ...member, standing: standingOf(roster, member) })
    return
  }
  if (roster.members.length === 0) print(io, `Nobody is on the roster of ${sanitiseLine(roster.library)} yet.`)
  for (const member of roster.members) {
    const name = sanitiseLine(member.name).padEnd(NAME_WIDTH)
    const branch = sanitiseLine(member.branch).padEnd(BRANCH_WIDTH)
    print(io, `${name} ${branch} ${member.peer}${standingOf(roster, member) === 'member' ? '' : '  (not now)'}`)
  }
}

export async function show(this: Context, flags: LibraryReadFlags, who?: string): Promise<void> {
  const { io } = this
  const roster = await rosterFor(this, flags)
  if (who !== undefined) {
    const member = memberCalled(roster, who)
    const { name, ...more } = { ...member, standing: standingOf(roster, member) }
    if (flags.json) printJson(io, { name, ...more })
    else {
      print(io, sanitiseLine(name))
      for (const [what, value] of Object.entries(more)) print(io, `  ${what.padEnd(9)} ${inWords(value)}`)
    }
    return
  }
  const { lan, relays, witnesses, members, revoked } = roster
  if (flags.json) {
    printJson(io, { ...whoseAsJson(roster), lan, relays, witnesses, members: members.length, revoked })
    return
  }
  printWhose(io, roster)
  print(io, `Members      ${members.length}; "branchline library list" names them`)
  print(io, `LAN name     ${lan}`)
  for (const relay of relays) print(io, `Relay        ${relay}`)
  for (const witness of witnesses) print(io, `Witness      ${witness}`)
  for (const { peer, reason, time } of revoked) {
    print(io, `Revoked      ${peer}, ${new Date(time).toISOString()}: ${sanitiseLine(reason)}`)
  }
}

/** A roster that nobody signed, or that is over, is not shown as one. */
async function rosterFor({ io }: Context, { profile, roster: file }: LibraryReadFlags): Promise<Roster> {
  const { chooseProfile } = await import('../profile/paths.ts')
  const roster = await readRoster(file ?? chooseProfile(io, profile).roster)
  verifyRoster(roster, Date.now())
  return roster
}

function standingOf(roster: Roster, { peer }: Member): string {
  return new Standing(roster).whyNot(peer, Date.now())?.code ?? 'member'
}

function inWords(value: string | number | readonly string[]): string {
  if (typeof value === 'number') return new Date(value).toISOString()
  return sanitiseLine(typeof value === 'string' ? value : value.join(', '))
}
