import type { LogSigner } from '@branchline/audit-sink'
import { type Roster, signSuccession } from '@branchline/core/roster'
import { type Context, printJson } from '../io.ts'
import { printSpread, printWhose, type RosterChange, rosterFileOf, signNext, whoseAsJson } from './library-roster.ts'
import type { LibraryRenewFlags } from './library.ts'

export async function renew(this: Context, flags: LibraryRenewFlags): Promise<void> {
  const { io } = this
  if (flags.relay !== undefined) {
    const { parsePeerAddress } = await import('@branchline/core')
    for (const address of flags.relay) parsePeerAddress(address)
  }
  const change = async (before: Roster, signer: LogSigner): Promise<RosterChange> => {
    const { lan = before.lan, relay: relays = before.relays, witness: witnesses = before.witnesses } = flags
    const { director: directors } = flags
    if (directors === undefined) return { lan, relays, witnesses }
    const step = await signSuccession(before.library, { serial: before.serial + 1, directors }, signer)
    return { lan, relays, witnesses, directors, succession: [...before.succession, step] }
  }
  const roster = await signNext(io, flags, change, flags.newKey)
  const file = rosterFileOf(flags)
  if (flags.json) printJson(io, { ...whoseAsJson(roster), roster: file })
  else {
    printWhose(io, roster)
    printSpread(io, file)
  }
}
