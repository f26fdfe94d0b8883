import { stat } from 'node:fs/promises'
import { CodedError, reasonOf } from '@branchline/audit-sink'
import { openIdentity, openRoster, peerIdOf, type RosterKeeper } from '@branchline/core'
import { type DoctorInit, type Finding, finding } from '@branchline/core/doctor'
import { rosterLogKey } from '@branchline/core/roster'
import { LiveClient } from '../live/client.ts'
import type { LiveStatus } from '../live/protocol.ts'
import type { ProfilePaths } from '../profile/paths.ts'
import { type ConnectionFlags, type Settings, settingsFor } from '../profile/settings.ts'
import { lookAtLog, lookAtRunningLog } from './log-look.ts'

/** What the doctor is given to look at, and what was seen of the profile so far. */
export interface Patient extends AsyncDisposable {
  readonly init: DoctorInit
  readonly findings: readonly Finding[]
}

/** Reads a profile and makes nothing in it; asks the chat that runs on it, when there is one. */
export async function receive(paths: ProfilePaths, flags: ConnectionFlags): Promise<Patient> {
  const findings: Finding[] = []
  const settings = await readSettings(paths, flags, findings)
  const roster = await readRoster(paths, findings)
  const running = await askStatus(paths)
  const close = async (): Promise<void> => running?.live[Symbol.asyncDispose]()
  const identity = await readIdentity(paths, findings)
  const self = identity && peerIdOf(identity)
  const common = { roster, self, lan: settings.lan, folder: (await isThere(paths.folder)) ? paths.folder : undefined }
  const done = (init: DoctorInit): Patient => ({ init: { ...common, ...init }, findings, [Symbol.asyncDispose]: close })
  if (running !== undefined) return done(await askRunning(running, paths, settings, findings))
  const log = identity === undefined && !(await isThere(paths.folder)) ? undefined : await lookAtLog(paths, self)
  findings.push(...(log?.findings ?? []))
  const isLocked = log?.findings.some(({ code }) => code === 'PROFILE_LOCKED') ?? false
  if (identity !== undefined && !isLocked) {
    findings.push(finding('PROFILE_FREE', { subject: paths.folder, says: 'No chat runs on the profile.' }))
  }
  const { peers, relays } = settings
  const logKeys = (log?.keys ?? []).map(rosterLogKey)
  return done({ peers, relays, logKeys, ...(identity !== undefined && !isLocked && { identity }) })
}

async function isThere(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined)) !== undefined
}

interface Running {
  readonly live: LiveClient
  readonly status: LiveStatus
}

/** One that does not answer hangs: its socket takes connections all the same. */
const STATUS_MS = 2_000

async function askStatus(paths: ProfilePaths): Promise<Running | undefined> {
  const live = await LiveClient.connect(paths)
  if (live === undefined) return undefined
  const late = setTimeout(() => void live[Symbol.asyncDispose](), STATUS_MS)
  try {
    return { live, status: await live.status() }
  } catch {
    return undefined
  } finally {
    clearTimeout(late)
  }
}

async function askRunning(
  { live, status }: Running,
  paths: ProfilePaths,
  { peers, relays }: Settings,
  findings: Finding[],
): Promise<DoctorInit> {
  findings.push(
    finding('PROFILE_RUNS', {
      subject: paths.folder,
      measured: { peer: status.peerId, addresses: status.addresses, relaysHeld: status.relays.length },
      says: 'A chat runs on the profile. It was asked to try colleagues and relays, since two with one identity would be in each other’s way.',
    }),
    ...(await lookAtRunningLog(paths.log, live)),
  )
  return {
    self: status.peerId,
    peers: [...peers, ...status.colleagues.map(({ peer }) => peer)],
    relays: [...relays, ...status.relays.map((relay) => `/p2p/${relay}`)],
    probe: async (targets, { timeoutMs }) => [...(await live.probe(targets, timeoutMs))],
  }
}

async function readSettings(paths: ProfilePaths, flags: ConnectionFlags, findings: Finding[]): Promise<Settings> {
  try {
    return await settingsFor(paths, flags)
  } catch (error) {
    const todo = 'Mend the file, or remove it and give the flags again with --remember.'
    findings.push(finding('SETTINGS_UNREADABLE', { subject: paths.settings, says: reasonOf(error), todo }))
    const { relay = [], peer = [], director = [], name, lan, listen } = flags
    return { name, lan, listen, relays: relay, peers: peer, directors: director }
  }
}

async function readRoster(paths: ProfilePaths, findings: Finding[]): Promise<RosterKeeper | undefined> {
  try {
    return await openRoster(paths.roster)
  } catch (error) {
    if (!(error instanceof CodedError)) throw error
    const about = { subject: paths.roster, measured: { errorCode: String(error.code) }, says: error.message }
    const todo =
      'Give the director the code that "branchline join" prints, and take the roster that comes back: branchline join FILE'
    findings.push(finding(error.code === 'ROSTER_MISSING' ? 'ROSTER_MISSING' : 'ROSTER_BAD', { ...about, todo }))
    return undefined
  }
}

/** Opening a key that is not there would make one. */
async function readIdentity(paths: ProfilePaths, findings: Finding[]) {
  if (!(await isThere(paths.identity))) {
    const says = `There is no profile in ${paths.folder}, so nothing could be tried as this device.`
    const todo = 'Name the folder of the profile with --profile; or begin one: branchline join'
    findings.push(finding('PROFILE_MISSING', { subject: paths.folder, says, todo }))
    return undefined
  }
  try {
    return await openIdentity(paths.identity)
  } catch (error) {
    if (!(error instanceof CodedError)) throw error
    const code = String(error.code)
    const todo =
      code === 'KEY_EXPOSED'
        ? `chmod 600 ${paths.identity}`
        : 'Restore it from a backup of this machine, or begin a new profile: branchline join'
    findings.push(
      finding('KEY_BAD', { subject: paths.identity, measured: { errorCode: code }, says: error.message, todo }),
    )
    return undefined
  }
}
