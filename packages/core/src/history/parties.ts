import { hash } from 'node:crypto'
import { partyKey } from './keys.ts'

const DIGITS = 32
const KEPT = 256

/** Whoever writes in a room names hundreds of others; a party is kept once, and numbered by who is in it. */
export class Parties {
  readonly #get: (key: string) => string | undefined
  readonly #numbers = new Map<string, string>()
  readonly #members = new Map<string, readonly string[]>()

  constructor(get: (key: string) => string | undefined) {
    this.#get = get
  }

  /** @param put - keeps a party that is not there */
  numberOf(author: string, peers: readonly string[], put: (key: string, value: string) => void): string {
    const told = `${author} ${peers.join(' ')}`
    const known = this.#numbers.get(told)
    if (known !== undefined) return known
    const members = [...new Set([author, ...peers])].toSorted().join(' ')
    const number = hash('sha256', members, 'hex').slice(0, DIGITS)
    if (this.#get(partyKey(number)) === undefined) put(partyKey(number), members)
    remember(this.#numbers, told, number)
    return number
  }

  /** Peer IDs, in their order. */
  membersOf(number: string): readonly string[] {
    let members = this.#members.get(number)
    if (members === undefined) {
      members = this.#get(partyKey(number))?.split(' ') ?? []
      remember(this.#members, number, members)
    }
    return members
  }
}

function remember<T>(map: Map<string, T>, key: string, value: T): void {
  if (map.size === KEPT) map.clear()
  map.set(key, value)
}
