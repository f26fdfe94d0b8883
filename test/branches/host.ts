import { join, resolve } from 'node:path'
import { type Ended, ended, LAUNCHER } from '../support/branchline.ts'
import { inNamespace, ip } from './ip.ts'
import { Program, type Said } from '../support/program.ts'
import { BRIDGE, type Leg, plug } from './leg.ts'
import { type Netem, SlowCable } from './slow-cable.ts'

export interface HostInit {
  readonly name: string
  readonly namespace: string
  readonly legs: readonly Leg[]
  /** Where what its programs say is kept. */
  readonly folder: string
}

interface Connect extends Said {
  readonly event: 'done'
  readonly result: string
  readonly ms: number
}

/** A machine of its own in one branch, or with a leg in several. */
export class Host {
  readonly name: string
  readonly #init: HostInit
  readonly #programs: Program[] = []
  readonly #slowCables: SlowCable[] = []

  constructor(init: HostInit) {
    this.name = init.name
    this.#init = init
  }

  /** A host of one branch need not say which. */
  address(branch?: string): string {
    return (this.#legs(branch)[0] as Leg).address
  }

  isIn(branch: string): boolean {
    return this.#init.legs.some((leg) => leg.branch === branch)
  }

  /** Passes on what is for others, from now on. */
  async forward(): Promise<void> {
    await inNamespace(this.#init.namespace, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward')
  }

  async sendThrough(router: string): Promise<void> {
    await ip('-n', this.#init.namespace, 'route', 'replace', 'default', 'via', router)
  }

  /** Gets another address in its branch, such as a laptop does that wakes up in another room. */
  async readdress(address: string, branch?: string): Promise<void> {
    const leg = this.#legs(branch)[0] as Leg
    const { namespace } = this.#init
    await ip('-n', namespace, 'address', 'flush', 'dev', leg.device)
    await ip('-n', namespace, 'address', 'add', `${address}/24`, 'dev', leg.device)
    leg.address = address
  }

  /** Its cable is pulled here and plugged in there; for a host of one branch, whose cable is not slow. */
  async moveTo({ branch, bridge, address }: Pick<Leg, 'branch' | 'bridge' | 'address'>): Promise<void> {
    const [leg, ...others] = this.#init.legs as [Leg, ...Leg[]]
    if (others.length > 0 || this.#slowCables.length > 0) throw new Error(`${this.name} cannot be moved`)
    await ip('-n', leg.bridge, 'link', 'set', leg.port, 'netns', bridge)
    Object.assign(leg, { branch, bridge })
    await this.readdress(address)
    await plug(bridge, leg.port, BRIDGE)
  }

  /** Gets further addresses in its branch, from 10.x.0.100 on. @returns them */
  async addAddresses(count: number): Promise<string[]> {
    const { device, address } = this.#legs(undefined)[0] as Leg
    const network = address.slice(0, address.lastIndexOf('.'))
    const added = Array.from({ length: count }, (_, n) => `${network}.${100 + n}`)
    for (const each of added) await ip('-n', this.#init.namespace, 'address', 'add', `${each}/24`, 'dev', device)
    return added
  }

  /** Adds an interface that is up and has an address, and at whose other end is nobody. */
  async addDeadVpn(device: string, address: string): Promise<void> {
    const { namespace } = this.#init
    await ip('-n', namespace, 'link', 'add', device, 'type', 'veth', 'peer', 'name', `${device}-end`)
    await ip('-n', namespace, 'link', 'set', `${device}-end`, 'up')
    await ip('-n', namespace, 'address', 'add', `${address}/32`, 'dev', device)
    await ip('-n', namespace, 'link', 'set', device, 'up', 'multicast', 'off')
  }

  /** How many UDP datagrams it sent, and lost because nobody read them in time. */
  async datagrams(): Promise<{ readonly sent: number; readonly lost: number }> {
    const [names = '', numbers = ''] = (await inNamespace(this.#init.namespace, 'cat', '/proc/net/snmp'))
      .split('\n')
      .filter((line) => line.startsWith('Udp: '))
    const figure = (name: string): number => Number(numbers.split(' ')[names.split(' ').indexOf(name)])
    return { sent: figure('OutDatagrams'), lost: figure('RcvbufErrors') }
  }

  /**
   * Starts a Node program on this host.
   * @param file - in this folder, or absolute
   */
  run<S extends Said>(file: string, ...args: string[]): Program<S> {
    const { namespace, folder, name } = this.#init
    const command = ['netns', 'exec', namespace, process.execPath, resolve(import.meta.dirname, file), ...args]
    const program = new Program<S>('ip', command, join(folder, `${name}-${this.#programs.length}`))
    this.#programs.push(program as unknown as Program)
    return program
  }

  /** Runs any command here to its end. */
  async does(command: string, ...args: string[]): Promise<string> {
    return inNamespace(this.#init.namespace, command, ...args)
  }

  /** Runs a command of Branchline here to its end, whatever its exit code. */
  async branchline(...args: string[]): Promise<Ended> {
    return ended('ip', ['netns', 'exec', this.#init.namespace, process.execPath, LAUNCHER, ...args])
  }

  /** Sets what its port of the branch's bridge passes on, such as `isolated on`. */
  async setPort(...options: string[]): Promise<void> {
    const { bridge, port } = this.#legs(undefined)[0] as Leg
    await inNamespace(bridge, 'bridge', 'link', 'set', 'dev', port, ...options)
  }

  /** Its branch's bridge forgets behind which port each machine is, and it forgets their hardware addresses. */
  async forgetNeighbours(): Promise<void> {
    const { bridge } = this.#legs(undefined)[0] as Leg
    await ip('-n', bridge, 'link', 'set', BRIDGE, 'type', 'bridge', 'fdb_flush')
    await this.does('ip', 'neigh', 'flush', 'all')
  }

  /** Tries a TCP connection from here. @returns 'connected' or the code of the error, and how long that took */
  async connect(address: string, port: number): Promise<Connect> {
    await using program = this.run<Connect>('connect.ts', address, String(port))
    return await program.until('done')
  }

  /** How long it waits each time that it asks where in its LAN an address is. */
  async waitForNeighbours(ms: number): Promise<void> {
    const { namespace, legs } = this.#init
    const files = legs.map(({ device }) => `/proc/sys/net/ipv4/neigh/${device}/retrans_time_ms`)
    await inNamespace(namespace, 'sh', '-c', files.map((file) => `echo ${ms} > ${file}`).join('; '))
  }

  /** What a file of the host's own /proc/sys holds. */
  async sysctl(path: string): Promise<string> {
    return (await inNamespace(this.#init.namespace, 'cat', `/proc/sys/${path}`)).trim()
  }

  /** Pulls the cable out of the bridge. Without a branch: all cables. */
  async linkDown(branch?: string): Promise<void> {
    for (const { bridge, port } of this.#legs(branch)) await ip('-n', bridge, 'link', 'set', port, 'down')
  }

  async linkUp(branch?: string): Promise<void> {
    for (const { bridge, port } of this.#legs(branch)) await ip('-n', bridge, 'link', 'set', port, 'up')
  }

  /** Makes all its cables slow and lossy, each way; called again, otherwise so. */
  async netem(netem: Netem): Promise<void> {
    const { name, folder, legs } = this.#init
    await Promise.all(this.#slowCables.splice(0).map((cable) => cable.remove()))
    for (const leg of legs) {
      const cable = new SlowCable(leg, join(folder, `${name}-cable-${leg.port}`))
      this.#slowCables.push(cable)
      await cable.lay(netem)
    }
  }

  #legs(branch: string | undefined): readonly Leg[] {
    const legs = this.#init.legs.filter((leg) => branch === undefined || leg.branch === branch)
    if (legs.length === 0) throw new Error(`${this.name} has no leg in ${branch}`)
    return legs
  }

  /** Ends what runs here; without a turn of the event loop. */
  killNow(): void {
    for (const each of [...this.#programs, ...this.#slowCables]) each.killNow()
  }

  async kill(): Promise<void> {
    await Promise.all([...this.#programs, ...this.#slowCables].map((each) => each.kill()))
  }
}
