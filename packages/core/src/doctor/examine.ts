import type { AbortOptions } from '@branchline/audit-sink'
import type { Ed25519PrivateKey } from '@libp2p/interface'
import { inTime } from '../in-time.ts'
import { peerIdOf } from '../identity.ts'
import { lanService } from '../network/lan/service-name.ts'
import { type LanInterface, onLink } from '../network/lan/interfaces.ts'
import { ipOf } from '../network/addresses.ts'
import { multiaddr } from '@multiformats/multiaddr'
import type { RosterKeeper } from '../roster/keeper.ts'
import { type DiskSystem, lookAtDisk } from './disk.ts'
import { openDoctorNode } from './doctor-node.ts'
import type { DiskFacts, LinkFacts, PeerFacts, ProbeFacts, ProbeTarget } from './facts.ts'
import { type Finding, finding, inOrder } from './finding.ts'
import { judgeClock } from './judge-clock.ts'
import { judgeColleagues } from './judge-colleagues.ts'
import { judgeDisk } from './judge-disk.ts'
import { judgeLinks } from './judge-links.ts'
import { judgeRelays } from './judge-relays.ts'
import { judgeRoster } from './judge-roster.ts'
import { type LanFacts, type LanLookSystem, lookAtLan } from './lan-look.ts'
import { type Targets, targetsOf } from './targets.ts'
import { tryTcp } from './tcp.ts'

export interface ProbeOptions extends AbortOptions {
  /** After which `signal` aborts. */
  readonly timeoutMs: number
}

export interface DoctorInit {
  /** What needs an identity is tried with it. Not one that another process is using: give that process's `probe`. */
  readonly identity?: Ed25519PrivateKey | undefined
  /** Our peer ID, when there is no identity to try with. */
  readonly self?: string | undefined
  readonly roster?: RosterKeeper | undefined
  /** Every key that the log of this profile has or had: 64 hex digits each (`rosterLogKey`). */
  readonly logKeys?: readonly string[] | undefined
  /** As of `createMessenger`. */
  readonly relays?: readonly string[] | undefined
  readonly peers?: readonly string[] | undefined
  readonly lan?: string | false | undefined
  /** Where the record is kept. */
  readonly folder?: string | undefined
  /** How long it may take in all, milliseconds; a third of it goes into listening. */
  readonly timeoutMs?: number | undefined
  /** Tries peers as ourselves: `HostedMessenger.probe` of the process that has our identity. */
  readonly probe?: ((targets: readonly ProbeTarget[], options: ProbeOptions) => Promise<ProbeFacts[]>) | undefined
  /** Told what is under way, in words. */
  readonly onProgress?: ((what: string) => void) | undefined
}

/** What tests put in the place of the system. */
export interface DoctorSystem {
  readonly lan?: LanLookSystem
  readonly disk?: DiskSystem
  readonly tcp?: typeof tryTcp
  readonly now?: () => number
}

const TIMEOUT_MS = 8_000
/** Another process answers when its own time is over. */
const LATE_MS = 500
const MAX_LOOK_MS = 3_000
/** Without a roster, the name that everybody would have. */
const NO_LAN = 'branchline'

/**
 * Finds out what keeps messages from coming through on this machine, and what to do about it. It appends no record,
 * takes no roster and writes nothing but one small file in `folder`, which it removes; what it sends is described in
 * docs/doctor.md.
 * @returns findings by what was looked at, then by subject
 * @throws MessengerError NAME_INVALID; what `options.signal` aborts with
 */
export async function examine(
  init: DoctorInit,
  { signal = new AbortController().signal }: AbortOptions = {},
  system: DoctorSystem = {},
): Promise<Finding[]> {
  const doctor = new Examination(init, signal, system)
  return inOrder(await doctor.run())
}

class Examination {
  readonly #init: DoctorInit
  readonly #signal: AbortSignal
  readonly #system: DoctorSystem
  readonly #self: string | undefined
  readonly #deadline: number

  constructor(init: DoctorInit, signal: AbortSignal, system: DoctorSystem) {
    this.#init = init
    this.#signal = signal
    this.#system = system
    this.#self = init.self ?? (init.identity && peerIdOf(init.identity))
    this.#deadline = performance.now() + (init.timeoutMs ?? TIMEOUT_MS)
  }

  get #leftMs(): number {
    return Math.max(1, Math.ceil(this.#deadline - performance.now()))
  }

  async run(): Promise<Finding[]> {
    const { folder, roster, logKeys = [], peers = [], onProgress } = this.#init
    onProgress?.('listening on each interface, and measuring the disk')
    const [lan, disk] = await Promise.all([this.#lookAround(), this.#lookAtDisk()])
    const { links } = lan
    const targets = targetsOf({
      links,
      peers,
      relays: [...(roster?.current.relays ?? []), ...(this.#init.relays ?? [])],
      self: this.#self,
      isNamed: (peer) => roster?.isNamed(peer) ?? true,
      isRelay: (peer) => roster?.isRelay(peer) ?? false,
    })
    const running = this.#whoElseIsUs(links)
    const found = await this.#try(targets, running.length === 0)
    const [colleagues, relays] = [found.filter(({ isRelay }) => !isRelay), found.filter(({ isRelay }) => isRelay)]
    const now = this.#system.now?.() ?? Date.now()
    return [
      ...running,
      ...(roster === undefined
        ? []
        : judgeRoster({ roster: roster.current, self: this.#self, logKeys, peers: found, now })),
      ...(folder === undefined || disk === undefined ? [] : judgeDisk(folder, disk)),
      ...this.#judgeLinks(lan, found),
      ...judgeColleagues({ ...targets, colleagues, heardOn: heardOn(links, colleagues) }),
      ...judgeRelays({ ...targets, relays, branches: branchesOf(roster) }),
      ...judgeClock(found),
    ]
  }

  async #lookAround(): Promise<LanFacts> {
    const { lan, roster } = this.#init
    const service = lanService(lan ?? roster?.current.lan ?? NO_LAN)
    if (service === undefined) return { links: [], interfaces: [], unplugged: [] }
    const lookMs = Math.min(MAX_LOOK_MS, this.#leftMs / 3)
    return lookAtLan({ service, lookMs }, this.#signal, this.#system.lan)
  }

  /** A disk that hangs is a finding, and must not keep us. */
  async #lookAtDisk(): Promise<DiskFacts | undefined> {
    const { folder } = this.#init
    if (folder === undefined) return undefined
    const late = new Error('the disk hangs')
    const looking = lookAtDisk(folder, this.#signal, this.#system.disk)
    try {
      return await inTime(looking, { timeoutMs: this.#leftMs / 2, late: () => late, signal: this.#signal })
    } catch (error) {
      if (error === late) return { flushesMs: [], error: 'ETIMEDOUT' }
      throw error
    }
  }

  /** Two nodes with one identity would take each other's connections. */
  #whoElseIsUs(links: readonly LinkFacts[]): Finding[] {
    const ours = links.flatMap(({ seen }) => seen).filter(({ peer }) => peer === this.#self)
    const elsewhere = ours.find(({ isHere }) => !isHere)
    if (elsewhere !== undefined) {
      return [
        finding('IDENTITY_ELSEWHERE', {
          subject: elsewhere.peer,
          measured: { addresses: elsewhere.addresses },
          says: `Another machine (${elsewhere.addresses.join(', ')}) says that it is this profile: its identity key is in two places, and the two logs fork.`,
          todo: 'Stop Branchline on both at once. Keep both folders as they are and ask the director which one goes on; the other begins a new profile.',
        }),
      ]
    }
    const [here] = ours
    if (here === undefined || this.#init.probe !== undefined) return []
    return [
      finding('IDENTITY_HERE', {
        subject: here.peer,
        measured: { addresses: here.addresses },
        says: 'A relay, or another program on this machine, runs with the identity of this profile; so nobody was tried as this device.',
        todo: 'To try relays and colleagues as well, end it, run this again, and start it again.',
      }),
    ]
  }

  #judgeLinks({ links, interfaces, unplugged }: LanFacts, found: readonly PeerFacts[]): Finding[] {
    if (this.#init.lan === false) {
      const says = 'Looking for colleagues on the network is switched off.'
      return [finding('LAN_OFF', { subject: 'this machine', says })]
    }
    const known = new Map(interfaces.map((each) => [each.name, found.filter((peer) => isOn(each, peer))]))
    return judgeLinks({ links, unplugged, known })
  }

  async #try({ colleagues, relays }: Targets, mayUseIdentity: boolean): Promise<PeerFacts[]> {
    const targets = [...relays, ...colleagues]
    if (targets.length === 0) return []
    this.#init.onProgress?.(`trying ${targets.length} colleagues and relays`)
    const late = AbortSignal.any([this.#signal, AbortSignal.timeout(this.#leftMs)])
    const [tcp, probed] = await Promise.all([
      Promise.all(targets.map(({ addresses }) => this.#tryTcp(addresses, late))),
      mayUseIdentity ? this.#probe(targets, late) : undefined,
    ])
    this.#signal.throwIfAborted()
    return targets.map((target, n): PeerFacts => {
      const [name, probe] = [this.#init.roster?.member(target.peer)?.name, probed?.[n]]
      return {
        ...target,
        tcp: tcp[n] ?? [],
        ...(name !== undefined && { name }),
        ...(probe !== undefined && { probe }),
      }
    })
  }

  async #tryTcp(addresses: readonly string[], late: AbortSignal): Promise<PeerFacts['tcp']> {
    const { tcp = tryTcp } = this.#system
    const tried = await Promise.all(addresses.map((address) => tcp(address, late)))
    return tried.filter((each) => each !== undefined)
  }

  async #probe(targets: readonly ProbeTarget[], signal: AbortSignal): Promise<ProbeFacts[] | undefined> {
    const { probe, identity, roster, relays = [] } = this.#init
    if (probe !== undefined) return this.#ask(probe, targets)
    if (identity === undefined || roster === undefined) return undefined
    const named = targets.filter(({ isRelay }) => isRelay).map(({ peer }) => peer)
    await using node = await openDoctorNode({ identity, roster, relays: relays.length > 0 ? named : [] })
    return await node.probe(targets, signal)
  }

  /** Whoever has our identity may hang: then nothing was tried. */
  async #ask(
    probe: NonNullable<DoctorInit['probe']>,
    targets: readonly ProbeTarget[],
  ): Promise<ProbeFacts[] | undefined> {
    const timeoutMs = this.#leftMs
    const late = new Error('no answer')
    const asking = probe(targets, { signal: this.#signal, timeoutMs })
    try {
      return await inTime(asking, { timeoutMs: timeoutMs + LATE_MS, late: () => late, signal: this.#signal })
    } catch (error) {
      if (error === late) return undefined
      throw error
    }
  }
}

function branchesOf(roster: RosterKeeper | undefined): number | undefined {
  return roster && new Set(roster.current.members.map(({ branch }) => branch)).size
}

/** By an address of theirs, or by the one at which they were reached. */
function isOn(on: LanInterface, { addresses, probe }: PeerFacts): boolean {
  const isThere = onLink(on)
  const own = new Set(on.addresses.map(({ address }) => address))
  const direct = probe?.remoteAddress === undefined || probe.isRelayed === true ? [] : [probe.remoteAddress]
  return [...addresses, ...direct].some((address) => {
    const ip = ipOf(multiaddr(address))
    return isThere(ip) && !own.has(ip)
  })
}

function heardOn(links: readonly LinkFacts[], colleagues: readonly PeerFacts[]): Map<string, PeerFacts[]> {
  return new Map(
    links.map(({ name, seen }) => {
      const heard = new Set(seen.filter(({ isHere }) => !isHere).map(({ peer }) => peer))
      return [name, colleagues.filter(({ peer }) => heard.has(peer))]
    }),
  )
}
