import {
  type HostedMessenger,
  MessengerError,
  openRoster,
  type Outcome,
  type RosterKeeper,
  sanitiseLine,
} from '@branchline/core'
import type { Called } from '../chat/parse-line.ts'
import { Past } from '../chat/past.ts'
import { type Place, Places } from '../chat/places.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { CliIO } from '../io.ts'
import { LiveClient } from '../live/client.ts'
import { postAndWait } from '../live/post-and-wait.ts'
import type { LivePosted } from '../live/protocol.ts'
import { chooseProfile, type ProfilePaths } from '../profile/paths.ts'
import type { SendFlags } from './send.ts'

interface Sent {
  readonly result: object
  readonly lines: readonly string[]
  readonly exit: ExitCode
}

/** Posts a text, through the chat that runs on the profile or by itself, and says who has it by then. */
export async function postText(io: CliIO, flags: SendFlags, to: string, text: Uint8Array): Promise<Sent> {
  const paths = chooseProfile(io, flags.profile)
  const waitMs = Math.ceil(flags.wait * 1_000)
  await using live = await LiveClient.connect(paths)
  if (live !== undefined) {
    const { peerId, colleagues } = await live.status()
    const messenger = { peerId, colleagues: () => colleagues as ReturnType<HostedMessenger['colleagues']> }
    const roster = await openRoster(paths.roster)
    const { places, place, where } = await placeFor(to, { messenger, roster })
    const { as } = place.options
    const posted = await live.post({ where, text, waitMs, ...(as !== undefined && { as }) })
    return told(posted, place, places, true)
  }
  return postAlone(io, flags, paths, { to, text, waitMs })
}

async function postAlone(
  io: CliIO,
  flags: SendFlags,
  paths: ProfilePaths,
  { to, text, waitMs }: { readonly to: string; readonly text: Uint8Array; readonly waitMs: number },
): Promise<Sent> {
  const { openSession } = await import('../profile/open.ts')
  const { settingsFor } = await import('../profile/settings.ts')
  await using session = await openSession(paths, await settingsFor(paths, flags), io.signal)
  const { places, place, where } = await placeFor(to, session)
  const what = { where, options: place.options, text }
  const posted = await postAndWait(session.messenger, what, { waitMs, isOver: () => io.signal.aborted })
  return told(posted, place, places, false)
}

interface Standpoint {
  readonly messenger: Pick<HostedMessenger, 'peerId' | 'colleagues'>
  readonly roster: RosterKeeper
}

async function placeFor(to: string, standpoint: Standpoint) {
  const places = new Places(standpoint, NO_PAST)
  const place = await places.find(calledIn(to))
  if (typeof place.where === 'string') return { places, place, where: place.where }
  throw noGroup()
}

/** Groups alone are looked up there, and those are for a chat. */
const NO_PAST = new Past({
  sink: { read: () => throwNoGroup(), head: () => throwNoGroup(), origin: '' },
  self: '',
})

function throwNoGroup(): never {
  throw noGroup()
}

function noGroup(): MessengerError {
  return new MessengerError('CONVERSATION_UNKNOWN', 'a group can be written to from a chat alone')
}

/** `bea`, `@bea`, `@Reference`, `#reference` */
function calledIn(to: string): Called {
  const sign = to[0]
  if (sign === '#' || sign === '+' || sign === '@') return { sign, name: to.slice(1) }
  return { sign: '@', name: to }
}

function told({ outcomes, ...posted }: LivePosted, place: Place, places: Places, isLive: boolean): Sent {
  const delivered = outcomes.filter(({ result }) => result === 'delivered')
  const failed = outcomes.filter(({ result }) => result !== 'delivered')
  const waiting = posted.to.filter((peer) => !outcomes.some(({ to }) => to === peer))
  const nameOf = (peer: string): string => places.people.who(peer).name
  const lines = [
    ...hasIt(posted, place.label, delivered),
    ...failed.map((outcome) => notDelivered(outcome, nameOf(outcome.to))),
    ...(waiting.length > 0 ? [`Not yet: ${waiting.map(nameOf).join(', ')}. ${later(waiting.length, isLive)}`] : []),
  ]
  const exit = failed.length > 0 ? EXIT.NOT_DELIVERED : waiting.length > 0 ? EXIT.WAITING : EXIT.OK
  return { result: { ...posted, delivered, failed, waiting }, lines, exit }
}

function hasIt(posted: Pick<LivePosted, 'seq' | 'to'>, label: string, delivered: readonly Outcome[]): string[] {
  const [only] = delivered
  if (posted.to.length === 1 && only !== undefined) {
    return [`On record here (#${posted.seq}) and there (#${only.receivedSeq}).`]
  }
  const here = `On record here (#${posted.seq})`
  if (delivered.length === 0) return [`${here}.`]
  const who =
    delivered.length === posted.to.length ? `all ${delivered.length}` : `${delivered.length} of ${posted.to.length}`
  return [`${here}, delivered to ${who} in ${label}.`]
}

function notDelivered({ result, code, reason }: Outcome, name: string): string {
  const why = [code, reason].filter((each) => each !== undefined).map(sanitiseLine)
  return `Not delivered to ${name}: ${[result, ...why].join(': ')}`
}

function later(count: number, isLive: boolean): string {
  const who = count === 1 ? 'It is delivered when they are there' : 'It is delivered to each when they are there'
  return isLive ? `${who}, by the chat that runs here or a later one.` : `${who} and "branchline chat" runs here.`
}
