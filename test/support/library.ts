import { generateKeyPairSync } from 'node:crypto'
import { cp, mkdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type LogSigner, logSigner, openLogKey } from '@branchline/audit-sink'
import { openIdentity, peerIdOf } from '@branchline/core'
import { firstRoster, type RosterContent, rosterLogKey, signRoster } from '@branchline/core/roster'

/** Somebody who is to be on a roster. */
export interface Listed {
  readonly name: string
  readonly peer: string
  /** Verifier key of their log. */
  readonly logKey: string
}

/** Keys for a profile are made when they are not there. */
export async function listed(name: string, profile: string): Promise<Listed> {
  const peer = peerIdOf(await openIdentity(join(profile, 'identity.key')))
  const { vkey } = await openLogKey(join(profile, 'log.key'), `branchline/${peer}`)
  return { name, peer, logKey: vkey }
}

/** A library of its own: a director, and the rosters that they sign. */
export class Library {
  readonly #director: LogSigner = logSigner('branchline/director/Dee', generateKeyPairSync('ed25519').privateKey)
  #serial = 0

  /** The next roster, as it was signed. */
  async roster(people: readonly Listed[], change: Partial<RosterContent> = {}): Promise<Uint8Array> {
    const members = people.map(({ name, peer, logKey }) => {
      return { branch: 'Northside', desks: [], log: rosterLogKey(logKey), name, peer, roles: [], rooms: [] }
    })
    const first = firstRoster('Milltown Public Library', this.#director.vkey, { lan: `test-${process.pid}` })
    const content = { ...first, serial: (this.#serial += 1), members, ...change }
    const { signed } = await signRoster(content, this.#director)
    return signed
  }
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
