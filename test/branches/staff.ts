import { copyFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { openIdentity, peerIdOf } from '@branchline/core'
import { Library, type Listed, listed } from '../support/library.ts'
import type { Bed } from './bed.ts'
import type { Program } from '../support/program.ts'
import type { Attempt, Line, MemberInit, RelayInit, RelayState, Sending, SendOrder } from './say.ts'

const CLOSE_MS = 15_000
export const RELAY_PORT = 4001

type Order = Omit<SendOrder, 'to' | 'text'> & { readonly timeoutMs?: number }

export async function ask<T>(
  program: Program<Line>,
  command: string,
  order: object = {},
  timeoutMs?: number,
): Promise<T> {
  const request = program.tell(command, order)
  const { result, error } = await program.until('answer', (answer) => answer.request === request, timeoutMs)
  if (error !== undefined) throw new Error(`${command}: ${error}`)
  return result as T
}

/** Ends it by its command, and sees that nothing keeps the process from ending. */
async function close(program: Program<Line>): Promise<void> {
  await ask(program, 'close', {}, CLOSE_MS)
  const late = setTimeout(() => program.killNow(), CLOSE_MS)
  await program.end().finally(() => clearTimeout(late))
}

/** Everyone who was hired in a folder is on one roster when the first program starts. */
class BedRoster {
  readonly library = new Library()
  readonly people: Listed[] = []
  /** Addresses, for whoever is not told of relays by their own machine. */
  readonly relays: string[] = []
  readonly #file: string
  #written: Promise<void> | undefined

  constructor(folder: string) {
    this.#file = join(folder, 'library.roster')
  }

  async file(): Promise<string> {
    this.#written ??= this.library
      .roster(this.people, { relays: this.relays })
      .then((signed) => writeFile(this.#file, signed))
    await this.#written
    return this.#file
  }
}

const rosters = new Map<string, BedRoster>()

export function rosterIn(folder: string): BedRoster {
  const roster = rosters.get(folder) ?? new BedRoster(folder)
  rosters.set(folder, roster)
  return roster
}

/** Someone with a profile, who starts the member program on the host that bears their name. */
export class Staff {
  readonly name: string
  readonly folder: string
  readonly peer: string
  /** What was sent to each peer, in order. */
  readonly sent = new Map<string, string[]>()
  /** What was tried to send to each peer, in order, and what became of it. */
  readonly attempts = new Map<string, Attempt[]>()
  readonly #roster: BedRoster
  #program: Program<Line> | undefined

  private constructor(name: string, folder: string, peer: string, roster: BedRoster) {
    this.name = name
    this.#roster = roster
    this.folder = folder
    this.peer = peer
  }

  /** Has an identity from now on, so that others can name them before they start. */
  static async hire(name: string, folder: string): Promise<Staff> {
    const profile = join(folder, `profile-${name}`)
    const person = await listed(name, profile)
    const roster = rosterIn(folder)
    roster.people.push(person)
    return new Staff(name, profile, person.peer, roster)
  }

  get program(): Program<Line> {
    if (this.#program === undefined) throw new Error(`${this.name} has not started`)
    return this.#program
  }

  /** @param file - of the program, in this folder */
  async start(
    bed: Bed,
    init: Omit<MemberInit, 'folder' | 'rosterFile' | 'name'>,
    file: 'member.ts' | 'laptop.ts' | 'soak-node.ts' = 'member.ts',
  ): Promise<void> {
    // Their own from now on: whoever takes a newer one writes it there.
    const rosterFile = join(this.folder, 'library.roster')
    await copyFile(await this.#roster.file(), rosterFile)
    const all: MemberInit = { ...init, name: this.name, folder: this.folder, rosterFile }
    this.#program = bed.host(this.name).run<Line>(file, JSON.stringify(all))
    await this.#program.until('ready')
  }

  /** When the colleague came; milliseconds since 1970. */
  async sees(other: Staff, since = 0, timeoutMs?: number): Promise<number> {
    const { at } = await this.program.until('here', (here) => here.peer === other.peer && here.at > since, timeoutMs)
    return at
  }

  /** When the colleague went; milliseconds since 1970. */
  async misses(other: Staff, since = 0, timeoutMs?: number): Promise<number> {
    const { at } = await this.program.until('gone', (gone) => gone.peer === other.peer && gone.at > since, timeoutMs)
    return at
  }

  async linkTo(other: Staff): Promise<string | undefined> {
    const colleagues = await ask<{ peer: string; link: string }[]>(this.program, 'colleagues')
    return colleagues.find(({ peer }) => peer === other.peer)?.link
  }

  /** When a word got through; milliseconds since 1970. What fails is said again. */
  async getsThroughTo(other: Staff, timeoutMs = 60_000): Promise<number> {
    const deadline = Date.now() + timeoutMs
    for (let n = 0; ; n++) {
      const [attempt] = await this.attempt(other, `${other.name}, can you hear me? (${n}, ${Date.now()})`)
      if (attempt?.result === 'delivered') return Date.now()
      if (Date.now() > deadline) throw new Error(`${this.name} to ${other.name}: ${attempt?.result}`)
      await pause(100)
    }
  }

  /** What fails is told with its code. */
  async attempt(to: Staff, text: string, { timeoutMs = 60_000, ...order }: Order = {}): Promise<Attempt[]> {
    const attempts = await ask<Attempt[]>(this.program, 'attempt', { to: to.peer, text, ...order }, timeoutMs)
    this.attempts.set(to.peer, [...(this.attempts.get(to.peer) ?? []), ...attempts])
    return attempts
  }

  /** How many colleagues they have a link to. */
  async links(): Promise<number> {
    const colleagues = await ask<{ link: string }[]>(this.program, 'colleagues')
    return colleagues.filter(({ link }) => link !== 'away').length
  }

  /** Peer IDs of relays that hold a place for them. */
  async relays(): Promise<string[]> {
    return ask(this.program, 'relays')
  }

  async send(to: Staff, text: string, { timeoutMs, ...order }: Order = {}): Promise<Sending> {
    const texts = Array.from({ length: order.repeat ?? 1 }, (_, n) =>
      order.repeat === undefined ? text : `${n} ${text}`,
    )
    this.sent.set(to.peer, [...(this.sent.get(to.peer) ?? []), ...texts])
    return ask(this.program, 'send', { to: to.peer, text, ...order }, timeoutMs)
  }

  /** Posts numbered messages, up to but without one; resolves when they are on record. */
  async post(to: Staff, until: number): Promise<void> {
    const from = await ask<number>(this.program, 'posted', { to: to.peer })
    await ask(this.program, 'post', { to: to.peer, from, until })
  }

  /** How many messages their log holds for the other without an outcome. */
  async undelivered(to: Staff): Promise<number> {
    return ask(this.program, 'undelivered', { to: to.peer })
  }

  /** What they were shown of what the other sent, in order. */
  shownFrom(other: Staff): string[] {
    const messages = this.program.all('message')
    return messages.filter(({ from }) => from === other.peer).map(({ text }) => text)
  }

  async close(): Promise<void> {
    await close(this.program)
  }
}

/** Several who start at the same time. */
export async function hireAll<const Names extends readonly string[]>(
  names: Names,
  folder: string,
): Promise<{ [N in keyof Names]: Staff }> {
  return (await Promise.all(names.map((name) => Staff.hire(name, folder)))) as { [N in keyof Names]: Staff }
}

/** The relay program on the host `relay`: the same identity and port, however often it starts. */
export class Relay {
  readonly peer: string
  readonly #host: string
  readonly #identityFile: string
  readonly #roster: BedRoster
  #program: Program<Line> | undefined

  private constructor(host: string, identityFile: string, peer: string, roster: BedRoster) {
    this.#roster = roster
    this.#host = host
    this.#identityFile = identityFile
    this.peer = peer
  }

  static async build(host: string, folder: string): Promise<Relay> {
    const identityFile = join(folder, `${host}.key`)
    return new Relay(host, identityFile, peerIdOf(await openIdentity(identityFile)), rosterIn(folder))
  }

  /** Where the staff of a branch find it. */
  addressIn(bed: Bed, branch: string): string {
    return `/ip4/${bed.host(this.#host).address(branch)}/tcp/${RELAY_PORT}/p2p/${this.peer}`
  }

  /**
   * Tells nobody on the LANs where it is, unless it is told to, so that those who use it must know.
   * @returns when it was up; milliseconds since 1970
   */
  async start(bed: Bed, more: Pick<RelayInit, 'lan'> = { lan: false }): Promise<number> {
    const rosterFile = `${this.#identityFile}.roster`
    await copyFile(await this.#roster.file(), rosterFile)
    const init: RelayInit = {
      ...more,
      identityFile: this.#identityFile,
      rosterFile,
      listen: [`/ip4/0.0.0.0/tcp/${RELAY_PORT}`],
    }
    this.#program = bed.host(this.#host).run<Line>('relay.ts', JSON.stringify(init))
    return (await this.#program.until('ready')).at
  }

  get program(): Program<Line> {
    if (this.#program === undefined) throw new Error('the relay has not started')
    return this.#program
  }

  async reservations(): Promise<number> {
    return ask(this.#program as Program<Line>, 'reservations')
  }

  async state(): Promise<RelayState> {
    return ask(this.#program as Program<Line>, 'state')
  }

  async kill(): Promise<void> {
    await this.#program?.kill()
  }

  async close(): Promise<void> {
    await close(this.#program as Program<Line>)
  }
}
