import { CodedError } from '@branchline/audit-sink'
import { MessengerError, type PostOptions, type Said, sanitiseLine, type Where } from '@branchline/core'
import { CliError } from '../cli-error.ts'
import { type Called, written } from './parse-line.ts'
import type { Past } from './past.ts'
import { People, type Standpoint } from './people.ts'

/** Where something can be said. */
export interface Place {
  readonly where: Where
  readonly options: Pick<PostOptions, 'as' | 'also'>
  /** As it is shown. */
  readonly label: string
}

/** A desk on the roster. */
export interface Desk extends Place {
  readonly name: string
}

/** A message, as far as it says where it was said; `conversation` of what is between two may be the peer ID of the other. */
export type Placed = Pick<Said, 'from' | 'to' | 'as'> & { readonly conversation: string | undefined }

/** The room of every member, which no roster lists. */
const ALL_STAFF = 'all-staff'
const isOfSeveral = (conversation: string | undefined): conversation is string => /^[#@+]/.test(conversation ?? '')

/** Finds the place that a line names, and the place of a message. */
export class Places {
  readonly people: People
  readonly #session: Standpoint
  readonly #past: Past
  /** Groups, by conversation: what they are called. */
  readonly #groups = new Map<string, string>()

  constructor(session: Standpoint, past: Past) {
    this.#session = session
    this.#past = past
    this.people = new People(session)
  }

  /** @throws CliError PEER_UNKNOWN, PEER_AMBIGUOUS; MessengerError CONVERSATION_UNKNOWN */
  async find({ sign, name }: Called): Promise<Place> {
    if (sign === '#') return this.#room(name)
    if (sign === '+') return this.#group(name)
    return this.#deskOrPerson(name)
  }

  /** A desk on the roster, by its whole name. */
  desk(name: string): Desk {
    return { ...this.#atDesk(name, []), name }
  }

  rooms(): string[] {
    return [...(this.#session.roster.member(this.#session.messenger.peerId)?.rooms ?? []), ALL_STAFF]
  }

  desks(): string[] {
    return [...new Set(this.#session.roster.current.members.flatMap(({ desks }) => desks))]
  }

  /** Desks that we may staff. */
  ownDesks(): readonly string[] {
    return this.#session.roster.member(this.#session.messenger.peerId)?.desks ?? []
  }

  groups(): string[] {
    return [...new Set(this.#groups.values())]
  }

  /** The place where an answer to a message belongs: all who had it and who staff the desk, room or group. */
  of({ conversation, from, to }: Placed): Place {
    const self = this.#session.messenger.peerId
    const others = [...new Set([from, ...to])].filter((peer) => peer !== self)
    if (!isOfSeveral(conversation)) {
      const peer = from === self ? (to[0] as string) : from
      return { where: peer, options: {}, label: this.people.who(peer).name }
    }
    const label = this.label(conversation)
    if (conversation.startsWith('+')) return { where: { conversation, peers: others }, options: {}, label }
    if (conversation.startsWith('#')) return { where: conversation, options: {}, label }
    return this.#atDesk(conversation.slice(1), others)
  }

  /** What a conversation is called, as it may be shown; between two, the other's name. */
  label(conversation: string): string {
    const called = this.#groups.get(conversation)
    if (called !== undefined) return `+${called}`
    return isOfSeveral(conversation) ? sanitiseLine(conversation.slice(0, 66)) : this.people.who(conversation).name
  }

  /** A group is called so from now on. */
  name(conversation: string, called: string): void {
    this.#groups.set(conversation, sanitiseLine(called))
  }

  #person(name: string): Place {
    const { peer } = this.people.find(name)
    return { where: peer, options: {}, label: this.people.who(peer).name }
  }

  #room(name: string): Place {
    const room = oneOf(this.rooms(), name)
    if (room !== undefined) return { where: `#${room}`, options: {}, label: `#${sanitiseLine(room)}` }
    const rooms = this.rooms().map((each) => written({ sign: '#', name: each }))
    throw new MessengerError(
      'CONVERSATION_UNKNOWN',
      `you are in no room called "${name}"; you are in ${rooms.join(', ')}`,
    )
  }

  /** @throws CliError PEER_AMBIGUOUS: a desk and somebody may both be meant */
  #deskOrPerson(name: string): Place {
    const desk = oneOf(this.desks(), name)
    if (desk === undefined) return this.#person(name)
    const person = this.#orNobody(name)
    if (person === undefined) return this.#atDesk(desk, [])
    const [isDesk, isPerson] = [desk, person.label].map((each) => each.toLowerCase() === name.trim().toLowerCase())
    if (isDesk !== isPerson) return isDesk === true ? this.#atDesk(desk, []) : person
    const both = `the desk ${written({ sign: '@', name: desk })} or ${person.label}`
    throw new CliError('PEER_AMBIGUOUS', `"${name}" may be ${both}; say more of the name, or the end of the peer ID`)
  }

  #orNobody(name: string): Place | undefined {
    try {
      return this.#person(name)
    } catch (error) {
      if (error instanceof CodedError && error.code === 'PEER_UNKNOWN') return undefined
      throw error
    }
  }

  #atDesk(desk: string, also: readonly string[]): Place {
    const isStaff = (peer: string): boolean => this.#session.roster.member(peer)?.desks.includes(desk) === true
    // Those who ask there are no staff: it must be seen that they are answered.
    const asking = also.filter((peer) => !isStaff(peer)).map((peer) => this.people.who(peer).name)
    const label = `@${sanitiseLine(desk)}${asking.length > 0 ? ` (${asking.join(', ')})` : ''}`
    const isOwn = this.ownDesks().includes(desk)
    return { where: `@${desk}`, options: { also, ...(isOwn && { as: desk }) }, label }
  }

  async #group(name: string): Promise<Place> {
    const history = await this.#past.now()
    const groups = (await history.conversations()).filter(({ conversation }) => conversation.startsWith('+'))
    for (const { conversation, name: called } of groups) if (called !== undefined) this.name(conversation, called)
    const label = oneOf(
      groups.map(({ conversation }) => this.label(conversation).slice(1)),
      name,
    )
    const found = groups.filter(({ conversation }) => this.label(conversation) === `+${label}`)
    const [group, ...others] = found
    if (group === undefined || others.length > 0) {
      const why = group === undefined ? 'you are in no group' : 'you are in several groups'
      throw new MessengerError('CONVERSATION_UNKNOWN', `${why} called "${name}"; /group NAME @one @two begins one`)
    }
    const { conversation, members } = group
    const peers = members.filter((peer) => peer !== this.#session.messenger.peerId)
    return { where: { conversation, peers }, options: {}, label: `+${label}` }
  }
}

/** The one that is called so, or the only one whose name begins so, in any case. */
function oneOf(names: readonly string[], wanted: string): string | undefined {
  const query = wanted.trim().toLowerCase()
  if (query === '') return undefined
  const whole = names.filter((name) => name.toLowerCase() === query)
  const [one, ...others] = whole.length > 0 ? whole : names.filter((name) => name.toLowerCase().startsWith(query))
  return others.length === 0 ? one : undefined
}
