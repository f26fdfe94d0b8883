import { createInterface } from 'node:readline'
import { stat } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { openLogKeys, originOf } from '@branchline/audit-sink'
import {
  formatRequest,
  isNewer,
  readRoster,
  requestCheck,
  type Roster,
  rosterEntry,
  rosterLogKey,
  Standing,
  verifyRoster,
  writeRoster,
} from '@branchline/core/roster'
import { sanitiseLine } from '@branchline/core/sanitise'
import { CliError } from '../cli-error.ts'
import { type CliIO, type Context, note, print, printJson } from '../io.ts'
import type { ProfilePaths } from '../profile/paths.ts'
import type { JoinLibraryFlags } from './join.ts'
import { printWhose, whoseAsJson } from './library-roster.ts'

export async function joinLibrary(this: Context, flags: JoinLibraryFlags, file?: string): Promise<void> {
  const { io } = this
  const { openIdentity, peerIdOf } = await import('@branchline/core')
  const { chooseProfile } = await import('../profile/paths.ts')
  const paths = chooseProfile(io, flags.profile)
  if (file === undefined) {
    await printRequest(io, paths, flags, peerIdOf(await openIdentity(paths.identity)))
    return
  }
  const roster = await readRoster(file)
  const isNew = await isNewHere(paths, roster)
  if (isNew === 'library') await confirm(io, roster, flags)
  const peer = peerIdOf(await openIdentity(paths.identity))
  if (isNew !== undefined && !(await giveToRunning(paths, roster))) await take(paths, roster, peer)
  const standing = new Standing(roster)
  const member = standing.member(peer)
  if (flags.json) {
    printJson(io, { ...whoseAsJson(roster), taken: isNew !== undefined, peer, member: member ?? null })
    return
  }
  print(io, isNew === undefined ? 'That roster is held here already.' : `Roster number ${roster.serial} is taken.`)
  if (member !== undefined) print(io, `You are on it: ${sanitiseLine(member.name)}, ${sanitiseLine(member.branch)}.`)
  else if (!standing.isRelay(peer)) note(io, 'You are not on it: give the director the code of "branchline join".')
}

async function printRequest(io: CliIO, paths: ProfilePaths, flags: JoinLibraryFlags, peer: string): Promise<void> {
  const { parseName } = await import('@branchline/core')
  const { settingsFor } = await import('../profile/settings.ts')
  const name = parseName((await settingsFor(paths, flags)).name ?? userInfo().username)
  const { signer } = await openLogKeys(paths.logKey, originOf(peer))
  const code = formatRequest({ peer, log: rosterLogKey(signer.vkey), name })
  if (flags.json) printJson(io, { code, check: requestCheck(code), name, peer, log: signer.vkey })
  else {
    print(io, code)
    print(io)
    print(io, `Give this line to the director, and tell them, by telephone say, how it ends: ${requestCheck(code)}`)
    print(io, 'They send you a file back; then:  branchline join FILE')
  }
}

/**
 * @returns 'library' when the profile has no roster yet, 'number' when it follows on the one that it has, undefined when it is that one
 * @throws MessengerError ROSTER_FOREIGN, ROSTER_STALE, ROSTER_UNSIGNED, ROSTER_FORKED, ROSTER_EXPIRED
 */
async function isNewHere(paths: ProfilePaths, roster: Roster): Promise<'library' | 'number' | undefined> {
  if ((await stat(paths.roster).catch(() => undefined)) === undefined) {
    verifyRoster(roster, Date.now())
    return 'library'
  }
  return isNewer(await readRoster(paths.roster), roster, Date.now()) ? 'number' : undefined
}

/** The one moment at which a person vouches for a director. */
async function confirm(io: CliIO, roster: Roster, { yes, json }: JoinLibraryFlags): Promise<void> {
  if (!json) printWhose(io, roster)
  if (yes) return
  if (io.stdin.isTTY !== true) {
    throw new CliError('USAGE', 'compare the fingerprint with what the director told you, and say so with --yes')
  }
  const lines = createInterface({ input: io.stdin, signal: io.signal })
  try {
    io.stdout.write('Is that the fingerprint which the director told you? (yes/no) ')
    const { value } = await lines[Symbol.asyncIterator]().next()
    if (String(value).trim().toLowerCase() !== 'yes') throw new CliError('USAGE', 'nothing was changed')
  } finally {
    lines.close()
  }
}

/**
 * The messenger that runs on the profile takes it, and brings it to all who are here.
 * @returns false when none runs
 */
async function giveToRunning(paths: ProfilePaths, { signed }: Roster): Promise<boolean> {
  const { LiveClient } = await import('../live/client.ts')
  await using live = await LiveClient.connect(paths)
  if (live === undefined) return false
  await live.takeRoster(signed)
  return true
}

/** On record first (spec/roster.md section 6); a relay, or who is not on the roster yet, may have no log, and needs none. */
async function take(paths: ProfilePaths, roster: Roster, peer: string): Promise<void> {
  const hasLog = (await stat(join(paths.log, 'CURRENT')).catch(() => undefined)) !== undefined
  if (hasLog || new Standing(roster).member(peer) !== undefined) {
    const { openLog } = await import('../profile/open.ts')
    await using log = await openLog(paths, peer)
    await log.append([rosterEntry(peer, roster)])
  }
  await writeRoster(paths.roster, roster)
}
