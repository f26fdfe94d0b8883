import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseRecord } from '@branchline/audit-sink'
import { expect } from 'vitest'
import type { Library, Listed } from '../support/library.ts'
import type { Program } from '../support/program.ts'
import { type Bed, layBranches } from './bed.ts'
import { expectUnaffected, type Latency, Talk } from './hostile-talk.ts'
import { checkLogsAmongOthers, openStore } from './logs.ts'
import type { Line } from './say.ts'
import { ask, Relay, RELAY_PORT, rosterIn, Staff } from './staff.ts'
import { testFolder } from '../support/test-folder.ts'

/** Where Bea, whom all attacks are aimed at, listens. */
export const PORT = 4100
const QUIET_MS = 1_500
const RECOVERY_MS = 20_000
const MIB = 1_048_576

export interface SceneInit {
  /** Who is on the roster besides Ann, Bea and Cy, and does not start by themselves. */
  readonly others?: readonly string[]
}

/** What a process takes of its machine. */
export interface Use {
  readonly cpuMs: number
  readonly rssMiB: number
  readonly files: number
}

/**
 * Ann and Bea in one branch, Cy in another behind a relay, all in talk with Bea; and a host, `eve`, from which they are
 * attacked. Bea looks for nobody: what reaches her comes by itself.
 */
export class Scene implements AsyncDisposable {
  readonly bed: Bed
  readonly folder: string
  readonly ann: Staff
  readonly bea: Staff
  readonly cy: Staff
  readonly others: ReadonlyMap<string, Staff>
  readonly relay: Relay
  readonly #talk: Talk
  #before: Latency | undefined

  private constructor(bed: Bed, folder: string, staff: readonly Staff[], relay: Relay) {
    const [ann, bea, cy, ...others] = staff as [Staff, Staff, Staff, ...Staff[]]
    this.bed = bed
    this.folder = folder
    this.ann = ann
    this.bea = bea
    this.cy = cy
    this.others = new Map(others.map((each) => [each.name, each]))
    this.relay = relay
    this.#talk = new Talk([ann, bea], [cy, bea])
  }

  static async set({ others = [] }: SceneInit = {}): Promise<Scene> {
    const folder = await testFolder()
    const branches = { north: ['ann', 'bea', 'eve'], south: ['cy'] }
    const bed = await layBranches({ branches, relays: { post: ['north', 'south'] }, folder })
    try {
      const names = ['ann', 'bea', 'cy', ...others]
      const staff = await Promise.all(names.map((name) => Staff.hire(name, folder)))
      const relay = await Relay.build('post', folder)
      await relay.start(bed)
      const [ann, bea, cy] = staff as [Staff, Staff, Staff]
      const peers = [beaAddress(bed, bea), cy.peer]
      const north = { relays: [relay.addressIn(bed, 'north')], lan: false } as const
      const south = { relays: [relay.addressIn(bed, 'south')], lan: false } as const
      await Promise.all([
        bea.start(bed, { ...north, peers: [cy.peer], listen: [`/ip4/0.0.0.0/tcp/${PORT}`] }),
        ann.start(bed, { ...north, peers }),
        cy.start(bed, { ...south, peers: [bea.peer] }),
      ])
      await Promise.all([ann.sees(bea), cy.sees(bea)])
      return new Scene(bed, folder, staff, relay)
    } catch (error) {
      await bed[Symbol.asyncDispose]()
      throw error
    }
  }

  get beaAddress(): string {
    return beaAddress(this.bed, this.bea)
  }

  get relayAddress(): string {
    return this.relay.addressIn(this.bed, 'north')
  }

  get relayPort(): number {
    return RELAY_PORT
  }

  get library(): Library {
    return rosterIn(this.folder).library
  }

  get people(): readonly Listed[] {
    return rosterIn(this.folder).people
  }

  /** Somebody of the staff gets a roster from the director's own hand. */
  async takes({ program }: Staff, roster: Uint8Array): Promise<void> {
    await ask(program, 'take', { roster: Buffer.from(roster).toString('base64') })
  }

  /** A program of the attacker's, by the identity in a file; one is made when there is none. */
  async attacker(identityFile = join(this.folder, 'stranger.key')): Promise<Attacker> {
    const program = this.bed.host('eve').run<Line>('hostile-peer.ts', identityFile)
    const { peer } = await program.until('ready')
    return { peer, program, ask: (command, order = {}, timeoutMs = 60_000) => ask(program, command, order, timeoutMs) }
  }

  /** The same, by the identity of somebody on the roster. */
  async traitor(name: string): Promise<Attacker> {
    return this.attacker(join((this.others.get(name) as Staff).folder, 'identity.key'))
  }

  /** Does something while everybody talks, and sees that they did not notice. */
  async during<T>(what: string, work: () => Promise<T>): Promise<T> {
    this.#before ??= await this.#quiet()
    const startedAt = Date.now()
    const result = await work()
    // What was written last has its answer by then, or shows up below as missing.
    await pause(200)
    expectUnaffected(what, this.#before, this.#talk.latency(startedAt))
    return result
  }

  async #quiet(): Promise<Latency> {
    const from = Date.now()
    await pause(QUIET_MS)
    return this.#talk.latency(from)
  }

  /**
   * All that was said has arrived, once; all logs are whole; nobody's process said a word of trouble.
   * @returns what Bea's log holds of the kind `refused`
   */
  async end(): Promise<Refused[]> {
    await this.#talk.end()
    const staff = [this.ann, this.bea, this.cy]
    const peers = new Set(staff.map(({ peer }) => peer))
    for (const { name, program } of staff) {
      expect(
        program.all('error').filter(({ message }) => /audit|unhandled/i.test(message)),
        name,
      ).toEqual([])
    }
    for (const { name, program } of staff) {
      expect(
        program.all('gone').filter(({ peer }) => peers.has(peer)),
        name,
      ).toEqual([])
    }
    await Promise.all(staff.map((each) => each.close()))
    await this.relay.close()
    await checkLogsAmongOthers(staff)
    for (const file of await readdir(this.folder)) {
      if (!/^(ann|bea|cy|post)-\d+\.err$/.test(file)) continue
      expect(await readFile(join(this.folder, file), 'utf8'), file).toBe('')
    }
    return refusedBy(this.bea)
  }

  /** Honest people have said what they had to say. */
  async hush(): Promise<void> {
    await this.#talk.end()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.bed[Symbol.asyncDispose]()
  }
}

function beaAddress(bed: Bed, bea: Staff): string {
  return `/ip4/${bed.host('bea').address()}/tcp/${PORT}/p2p/${bea.peer}`
}

export interface Attacker {
  readonly peer: string
  readonly program: Program<Line>
  ask<T>(command: string, order?: object, timeoutMs?: number): Promise<T>
}

export interface Refused {
  readonly from: string
  readonly code: string
  readonly unrecorded: number
}

export async function refusedBy(one: Staff): Promise<Refused[]> {
  await using open = new AsyncDisposableStack()
  const store = await openStore(one, open)
  const refused: Refused[] = []
  for await (const piece of store.read()) {
    for (const { line } of piece) {
      const { kind, peers, detail } = parseRecord(line)
      if (kind !== 'refused') continue
      refused.push({
        from: peers?.[0] as string,
        code: String(detail?.['code']),
        unrecorded: Number(detail?.['unrecorded'] ?? 0),
      })
    }
  }
  return refused
}

export async function useOf({ pid }: Program<Line>): Promise<Use> {
  const [stat, status, files] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'utf8'),
    readFile(`/proc/${pid}/status`, 'utf8'),
    readdir(`/proc/${pid}/fd`),
  ])
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const cpuMs = (Number(fields[11]) + Number(fields[12])) * 10
  return { cpuMs, rssMiB: Math.round((Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1_024) / MIB), files: files.length }
}

/** LevelDB opens tables and begins logs as it likes; a flood holds hundreds. */
const OF_THE_STORE = 8

/** Resolves when it holds no more files than that again. */
export async function filesBackTo(program: Program<Line>, files: number): Promise<Use> {
  const deadline = Date.now() + RECOVERY_MS
  for (;;) {
    const use = await useOf(program)
    if (use.files <= files + OF_THE_STORE) return use
    if (Date.now() > deadline) throw new Error(`${use.files} files are open, and ${files} were`)
    await pause(200)
  }
}
