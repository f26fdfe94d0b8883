import { type AuditSink, auditLog } from '@branchline/audit-sink'
import type { Startable } from '@libp2p/interface'
import { type Messenger, messenger, type What, type Where } from '../../src/index.ts'
import { MessengerError } from '../../src/errors.ts'
import { holdRoster, type Roster, type RosterKeeper } from '../../src/roster/index.ts'
import type { PostOptions } from '../../src/delivery/posting.ts'
import type { Disk, DiskFault } from './disk.ts'
import { Host } from './host.ts'
import { type Machine, on } from './machine.ts'
import type { Page } from './ledger.ts'
import type { Network } from './network.ts'
import type { Death } from './sim-connection.ts'
import type { Colleague } from './staff.ts'
import { Watch } from './watch.ts'

export interface NodeInit {
  readonly colleague: Colleague
  readonly disk: Disk
  readonly network: Network
  readonly page: Page
  /** Signed, as it lies on the disk when the node is set up. */
  readonly roster: Roster
  readonly complain: (what: string) => void
  /** Makes of a log what the messenger is given. */
  readonly sinkOf: (sink: AuditSink) => AuditSink
}

/** One run of the program. */
interface Process {
  readonly roster: RosterKeeper
  readonly host: Host
  readonly audit: AuditSink
  readonly service: Messenger & Startable
  readonly watch: Watch
}

/** Somebody's machine: a disk, a roster on it, and at times a process. */
export class Node {
  readonly peer: string
  readonly disk: Disk
  readonly #init: NodeInit
  #signed: Uint8Array
  #state: 'down' | 'opening' | 'up' | 'closing' = 'down'
  #process: Process | undefined
  readonly #machine: Machine = { skewMs: 0 }
  /** Counts processes, so that one that is dead knows that it is. */
  #run = 0
  readonly #shown = new Set<string>()
  #endedWell = true

  constructor(init: NodeInit) {
    this.#init = init
    this.peer = init.colleague.peer
    this.disk = init.disk
    this.#signed = init.roster.signed
  }

  get state(): 'down' | 'opening' | 'up' | 'closing' {
    return this.#state
  }

  get page(): Page {
    return this.#init.page
  }

  get watch(): Watch | undefined {
    return this.#process?.watch
  }

  jumpClock(ms: number): void {
    this.#machine.skewMs += ms
  }

  failDisk(fault: DiskFault): void {
    this.watch?.expectAlarms()
    this.disk.fail(fault)
  }

  failReads(count: number): void {
    this.watch?.expectAlarms()
    this.disk.failReads(count)
  }

  async open(): Promise<void> {
    if (this.#state !== 'down') return
    const run = ++this.#run
    this.#state = 'opening'
    try {
      const process = await on(this.#machine, () => this.#start(run))
      if (run !== this.#run) return
      this.#init.network.join(process.host)
      this.#state = 'up'
    } catch (error) {
      if (run !== this.#run) return
      this.#state = 'down'
      if (!(error instanceof MessengerError)) throw error
    }
  }

  async #start(run: number): Promise<Process> {
    const { colleague, disk, network, page, complain, sinkOf } = this.#init
    const { peer, signer } = colleague
    const started = performance.now()
    const clock = {
      boot: run.toString(16).padStart(32, '0'),
      monoMs: () => Math.floor(performance.now() - started),
      wallMs: () => Date.now(),
    }
    const audit = await auditLog({ store: disk.open(), owner: peer, signer, clock })
    const roster = holdRoster(this.#signed, async ({ signed }) => {
      if (run === this.#run) this.#signed = signed
    })
    const host = new Host(network, peer, this.#machine)
    const service = messenger({ audit: sinkOf(audit), roster })(host.components) as Messenger & Startable
    const from = (await audit.head()).size
    if (!this.#endedWell) page.unknownBefore = from
    this.#endedWell = false
    const watch = new Watch({ peer, page, complain, shown: this.#shown, from })
    watch.over(service)
    const process = { roster, host, audit, service, watch }
    this.#process = process
    try {
      await service.start()
    } catch (error) {
      await audit.close()
      throw error
    }
    return process
  }

  /** Whether the program runs, and a roster is in force in it by which the peer was taken off for good. */
  revokes(peer: string): boolean {
    return this.#state === 'up' && this.#process?.roster.whyNot(peer)?.code === 'MEMBER_REVOKED'
  }

  /** As a person ends the program. */
  async close(): Promise<void> {
    const process = this.#process
    if (this.#state !== 'up' || process === undefined) return
    const run = this.#run
    this.#state = 'closing'
    await on(this.#machine, () => process.service.stop())
    if (run !== this.#run) return
    process.watch.assertAllSeen()
    this.#init.network.leave(process.host)
    await process.audit.close()
    if (run !== this.#run) return
    this.#state = 'down'
    this.#endedWell = this.disk.isSound
  }

  /** From one instant to the next there is only what was on the disk. */
  kill(keepsPending: boolean, death: Death): void {
    if (this.#state === 'down') return
    this.#run++
    this.#state = 'down'
    this.disk.kill(keepsPending)
    const process = this.#process
    this.#process = undefined
    process?.watch.end()
    if (process !== undefined) this.#init.network.kill(process.host, death)
  }

  async post(where: Where, what: What, options?: PostOptions): Promise<void> {
    const process = this.#process
    if (process === undefined || this.#state !== 'up') return
    await on(this.#machine, () => process.watch.posting(process.service.post(where, what, options)))
  }

  /** Now or never. */
  async send(to: string, text: string): Promise<void> {
    const process = this.#process
    if (process === undefined || this.#state !== 'up') return
    await on(this.#machine, () => process.watch.sending(process.service.send(to, text)))
  }

  async mark(id: string, how: 'read' | 'acknowledged'): Promise<void> {
    const process = this.#process
    const said = this.page.held.find((each) => each.id === id)
    if (process === undefined || said === undefined || said.from === this.peer || this.#state !== 'up') return
    const { from, conversation } = said
    await on(this.#machine, () => process.watch.settled(process.service.mark([{ id, from, conversation }], how)))
  }

  /** Somebody puts a roster here: into the running program, or into its file. */
  async takeRoster({ signed }: Roster): Promise<void> {
    if (this.#state === 'down') this.#signed = signed
    else if (this.#process !== undefined) await this.#process.watch.settled(this.#take(this.#process, signed))
  }

  async #take({ service }: Process, signed: Uint8Array): Promise<unknown> {
    return on(this.#machine, () => service.takeRoster(signed))
  }
}
