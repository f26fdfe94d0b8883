import type { Hash } from '@branchline/audit-sink'
import type { About, Said } from '@branchline/core'
import { CliError } from '../cli-error.ts'
import type { ProfilePaths } from '../profile/paths.ts'
import type { Session } from '../profile/open.ts'
import type { Arrivals } from './arrivals.ts'
import type { View } from './events.ts'
import { nextWord } from './next-word.ts'
import type { Numbers } from './numbers.ts'
import { parseAddress } from './parse-line.ts'
import type { Past } from './past.ts'
import type { Place, Places } from './places.ts'
import type { Posts } from './posts.ts'
import type { Sitting } from './sitting.ts'

/** What the verbs of a chat work on. */
export interface Talk {
  readonly session: Session
  readonly paths: ProfilePaths
  readonly view: View
  readonly numbers: Numbers
  readonly places: Places
  readonly past: Past
  readonly posts: Posts
  readonly arrivals: Arrivals
  readonly sitting: Sitting
  /** Whom one talks with. @throws CliError PEER_UNKNOWN */
  readonly place: () => Place
  readonly turnTo: (place: Place) => void
}

/**
 * Does what stands behind `/verb`.
 * @param rest - what comes after it, as it was typed
 * @returns 'quit' to end the chat
 */
export type Verb = (talk: Talk, rest: Uint8Array) => Promise<'quit' | void>
export type Verbs = Readonly<Record<string, Verb>>

export function usage(message: string): CliError {
  return new CliError('USAGE', message)
}

export function textOf(rest: Uint8Array): string {
  return Buffer.from(rest).toString('utf8').trim()
}

/** A message by the number that it is shown with, `7` or `[7]`, and what comes after it. */
export async function numbered(
  { numbers, past }: Talk,
  rest: Uint8Array,
  how: string,
): Promise<{ said: Said; rest: Uint8Array }> {
  const { word = '', rest: more = new Uint8Array() } = nextWord(rest) ?? {}
  const [, digits] = /^\[?(\d{1,9})\]?$/.exec(word) ?? []
  if (digits === undefined) throw usage(how)
  const id = numbers.id(Number(digits))
  const said = id === undefined ? undefined : await (await past.now()).message(id)
  if (said === undefined) throw usage(`no message here has the number ${digits}; ${how}`)
  return { said, rest: more }
}

/** The place that a line begins with, or else whom one talks with. */
export async function addressed(talk: Talk, rest: Uint8Array): Promise<{ place: Place; rest: Uint8Array }> {
  const start = rest.findIndex((byte) => byte !== 0x20)
  const address = parseAddress(rest.subarray(Math.max(0, start)))
  if (address === undefined) return { place: talk.place(), rest }
  return { place: await talk.places.find(address.to), rest: address.rest }
}

/** The member `conversation` of a record; the history calls what is between two by the peer ID of the other. */
export function conversationOf(conversation: string): string | undefined {
  return /^[#@+]/.test(conversation) ? conversation : undefined
}

/** The message that another names. */
export function named(about: About): Hash | undefined {
  if ('of' in about) return about.of
  return about.type === 'reply' ? about.to : undefined
}
