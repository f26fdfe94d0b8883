import type { AuditSink, StoreBatch } from '@branchline/audit-sink'
import { type PullMove, type PullState, pullState } from '../../src/content/pull.ts'
import type { Roster } from '../../src/roster/index.ts'
import { Activity } from './activity.ts'
import { Chance } from './chance.ts'
import { Disk } from './disk.ts'
import { judge } from './judge.ts'
import { isUnknown, Ledger } from './ledger.ts'
import { Network } from './network.ts'
import { Node } from './node.ts'
import { rosterWithout, STAFF, withNames } from './staff.ts'
import { Tap } from './tap.ts'

const MINUTE_MS = 60_000
/** How long all of it may take, once everybody is there again: more than the longest pause. */
const PATIENCE_MS = 15 * MINUTE_MS

/** What is wrong with a world that shows that these tests can fail. */
export interface Flaw {
  readonly sinkOf?: (sink: AuditSink) => AuditSink
  /** Whether a disk says of a batch that it is durable before it is. */
  readonly isHasty?: (batch: StoreBatch) => boolean
  /** How requests are folded, in the order in which their steps came. */
  readonly pullStateOf?: (pull: Pick<PullMove, 'author'>, moves: readonly PullMove[]) => PullState
}

/** Five machines, the network between them, and a director. */
export class World {
  readonly activity = new Activity()
  readonly complaints: string[] = []
  readonly ledger: Ledger
  readonly network: Network
  readonly nodes: readonly Node[]
  readonly away = new Set<string>()
  readonly revoked = new Set<string>()
  /** Whom a roster has ever revoked: of what was under way then nobody says that it came. */
  readonly everRevoked = new Set<string>()
  readonly tap: Tap
  /** Of which every step came to everyone: the others were lost to an outcome that allows it. */
  requestsJudged = 0
  readonly pullStateOf: NonNullable<Flaw['pullStateOf']>
  #roster: Roster
  #rosters: Promise<unknown> = Promise.resolve()

  private constructor(seed: number, roster: Roster, flaw: Flaw) {
    const { sinkOf = (sink) => sink, isHasty = () => false, pullStateOf = pullState } = flaw
    this.pullStateOf = pullStateOf
    const complain = (what: string): void => void this.complaints.push(what)
    const { activity } = this
    this.ledger = new Ledger(complain)
    this.tap = new Tap(this.ledger, complain)
    this.network = new Network({ activity, onSend: (pipe, bytes) => this.tap.onSend(pipe, bytes) })
    this.#roster = roster
    const chance = new Chance(seed)
    this.nodes = STAFF.map((colleague) => {
      const { peer } = colleague
      const onDurable = (batch: StoreBatch): void => this.ledger.durable(peer, batch)
      const disk = new Disk({ activity, chance, isHasty, onDurable })
      const page = this.ledger.page(peer)
      const { network } = this
      return new Node({ colleague, disk, network, page, roster, complain, sinkOf })
    })
  }

  static async begin(seed: number, flaw: Flaw = {}): Promise<World> {
    const roster = await rosterWithout({ away: new Set(), revoked: new Set() }, { serial: 1, issued: Date.now() })
    const world = new World(seed, roster, flaw)
    for (const node of world.nodes) void node.open()
    await world.activity.settle()
    return world
  }

  node(n: number): Node {
    return this.nodes[n % this.nodes.length] as Node
  }

  /** The director writes another roster, and gives it to one of them. */
  async writeRoster(to: Node): Promise<void> {
    const writing = this.#writeRosterAfter(this.#rosters)
    this.#rosters = writing
    await writing
    void to.takeRoster(this.#roster)
  }

  async #writeRosterAfter(before: Promise<unknown>): Promise<void> {
    await before
    const made = { serial: this.#roster.serial + 1, issued: Date.now() }
    this.#roster = await rosterWithout({ away: this.away, revoked: this.revoked }, made)
  }

  connect(a: Node, b: Node): void {
    const [from, to] = [this.network.hostOf(a.peer), this.network.hostOf(b.peer)]
    if (a === b || from === undefined || to === undefined || !this.network.link(a.peer, b.peer).isUp) return
    this.network.connect(from, to)
  }

  assertSound(): void {
    if (this.complaints.length > 0) throw new Error(withNames([...new Set(this.complaints)].slice(0, 5).join('\n')))
  }

  /** Everybody comes back, disks are mended, ways are open; then all that was said must come to an end, and be right. */
  async end(): Promise<void> {
    this.assertSound()
    await this.#reopen((node) => !node.disk.isSound)
    this.#heal()
    for (const { disk } of this.nodes) disk.failReads(0)
    await this.#judgeRevocations()
    this.away.clear()
    this.revoked.clear()
    await this.writeRoster(this.node(0))
    await this.#rosters
    await this.#reopen(({ state }) => state !== 'up')
    for (const node of this.nodes) await node.takeRoster(this.#roster)
    await this.#reopen(({ state }) => state !== 'up')
    await this.activity.pass(MINUTE_MS / 2)
    for (const [n, a] of this.nodes.entries()) {
      for (const b of this.nodes.slice(n + 1)) if (!this.network.areConnected(a.peer, b.peer)) this.connect(a, b)
    }
    await this.activity.pass(PATIENCE_MS, () => this.complaints.length > 0 || this.#isDone())
    this.assertSound()
    await judge(this)
    this.assertSound()
  }

  /** For whoever was taken off for good nothing waits any more. */
  async #judgeRevocations(): Promise<void> {
    if (this.revoked.size === 0) return
    await this.activity.pass(MINUTE_MS)
    for (const node of this.nodes) {
      const peers = [...this.revoked].filter((peer) => node.revokes(peer))
      for (const { id, seq } of node.page.held.filter(({ from, isKept }) => isKept && from === node.peer)) {
        const waiting = peers.filter(
          (peer) => this.ledger.said.get(id)?.peers.includes(peer) && !node.page.ended.has(`${id} ${peer}`),
        )
        for (const peer of waiting)
          this.complaints.push(`record ${seq} of ${node.peer} waits for ${peer}, who was revoked`)
      }
    }
    this.assertSound()
  }

  #heal(): void {
    for (const [n, a] of this.nodes.entries()) {
      for (const b of this.nodes.slice(n + 1)) {
        Object.assign(this.network.link(a.peer, b.peer), { isUp: true, flows: true })
      }
    }
    this.network.flow()
  }

  async #reopen(isMeant: (node: Node) => boolean): Promise<void> {
    const meant = this.nodes.filter(isMeant)
    for (const node of meant) void node.close()
    await this.activity.pass(MINUTE_MS, () => meant.every(({ state }) => state === 'down' || state === 'opening'))
    for (const node of meant) if (node.state !== 'opening') node.kill(false, { keepBytes: 0, isHeard: true })
    for (const node of meant) void node.open()
    await this.activity.settle()
  }

  #isDone(): boolean {
    return [...this.ledger.said.values()].every((said) => {
      const { id, from, peers } = said
      if (isUnknown(this.ledger, said)) return true
      const { ended } = this.ledger.page(from)
      return peers.every((peer) => ended.has(`${id} ${peer}`))
    })
  }
}
