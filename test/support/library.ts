import { generateKeyPairSync } from 'node:crypto'
import { cp, mkdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type LogSigner, logSigner, openLogKey } from '@branchline/audit-sink'
import { openIdentity, peerIdOf } from '@branchline/core'
import {
  firstRoster,
  type RosterContent,
  rosterLogKey,
  signRoster,
  signSuccession,
  type Succession,
} from '@branchline/core/roster'

/** Somebody who is to be on a roster. */
export interface Listed {
  readonly name: string
  readonly peer: string
  /** Verifier key of their log. */
  readonly logKey: string
  /** Not from this on; milliseconds since 1970. */
  readonly until?: number
  /** Default: none. */
  readonly roles?: readonly string[]
}

/** Keys for a profile are made when they are not there. */
export async function listed(name: string, profile: string): Promise<Listed> {
  const peer = peerIdOf(await openIdentity(join(profile, 'identity.key')))
  const { vkey } = await openLogKey(join(profile, 'log.key'), `branchline/${peer}`)
  return { name, peer, logKey: vkey }
}

/** A library of its own: a director, and the rosters that they sign. */
export class Library {
  #director = directorCalled('Dee')
  #successions: Succession[] = []
  #serial = 0

  /** The next roster, as it was signed. */
  async roster(people: readonly Listed[], change: Partial<RosterContent> = {}): Promise<Uint8Array> {
    const members = people.map(({ name, peer, logKey, until, roles = [] }) => {
      const place = { branch: 'Northside', desks: [], roles, rooms: [] }
      return { ...place, log: rosterLogKey(logKey), name, peer, ...(until !== undefined && { until }) }
    })
    const first = firstRoster(NAME, this.#director.vkey, { lan: `test-${process.pid}` })
    const succession = this.#successions
    const content = { ...first, serial: (this.#serial += 1), members, succession, ...change }
    const { signed } = await signRoster(content, this.#director)
    return signed
  }

  /** Another director takes over, from the next roster on. @returns signs as the one before still would */
  async handOver(): Promise<Library> {
    const former = new Library()
    former.#director = this.#director
    this.#director = directorCalled('Eli')
    const change = { serial: this.#serial + 1, directors: [this.#director.vkey] }
    this.#successions.push(await signSuccession(NAME, change, former.#director))
    return former
  }
}

const NAME = 'Milltown Public Library'

function directorCalled(name: string): LogSigner {
  return logSigner(`branchline/director/${name}`, generateKeyPairSync('ed25519').privateKey)
}

/** Who may come in the tests of the command line, all on one roster from the start. */
const NAMES = ['Ann', 'Bea', 'Cy', 'Eve'] as const
const libraries = new Map<string, Promise<Uint8Array>>()

/**
 * Makes a profile for somebody of that name, who is on the roster of the library that is in a test's folder, unless the
 * profile is there already.
 */
export async function enrol(folder: string, name: string, profile: string): Promise<void> {
  const peopleIn = (each: string): string => join(folder, 'people', each.toLowerCase())
  const roster =
    libraries.get(folder) ??
    Promise.all(NAMES.map((each) => listed(each, peopleIn(each)))).then((people) => new Library().roster(people))
  libraries.set(folder, roster)
  const signed = await roster
  if (await stat(join(profile, 'identity.key')).catch(() => undefined)) return
  await mkdir(profile, { recursive: true, mode: 0o700 })
  for (const key of ['identity.key', 'log.key']) await cp(join(peopleIn(name), key), join(profile, key))
  await writeFile(join(profile, 'library.roster'), signed)
}
