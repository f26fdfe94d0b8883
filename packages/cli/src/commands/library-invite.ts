import { writeFile } from 'node:fs/promises'
import { readRoster, verifyRoster } from '@branchline/core/roster'
import { reasonOf } from '@branchline/audit-sink'
import { CliError } from '../cli-error.ts'
import { type Context, print, printJson } from '../io.ts'
import { printWhose, rosterFileOf, whoseAsJson } from './library-roster.ts'
import type { LibraryInviteFlags } from './library.ts'

export async function invite(this: Context, flags: LibraryInviteFlags, file: string): Promise<void> {
  const { io } = this
  const roster = await readRoster(rosterFileOf({ roster: flags.roster, key: flags.key ?? '.' }))
  verifyRoster(roster, Date.now())
  await writeFile(file, roster.signed, { flag: 'wx' }).catch((cause: unknown) => {
    throw new CliError('USAGE', `the invitation cannot be written: ${reasonOf(cause)}`, { cause })
  })
  if (flags.json) printJson(io, { ...whoseAsJson(roster), invitation: file })
  else {
    printWhose(io, roster)
    print(io, `Invitation   ${file}; at their machine: branchline join ${file}`)
  }
}
