import { atEnd } from '../support/at-end.ts'
import { Host, type HostInit } from './host.ts'
import { inNamespace, ip, ipNow, namespaces } from './ip.ts'
import { addBridge, BRIDGE, type Leg, plug } from './leg.ts'
import { isLeftover, newRunId } from './run-id.ts'
import type { Netem } from './slow-cable.ts'

/** So long the system waits for a neighbour's answer; links that are slower are routed, in earnest, and ask for none. */
const ARP_ANSWER_MS = 1_000

export interface BedPlan {
  /** Branches with their hosts. Each branch is a network of its own, with no way to any other. */
  readonly branches: Readonly<Record<string, readonly string[]>>
  /** Hosts with a leg in each of several branches, which pass on nothing by themselves. */
  readonly relays?: Readonly<Record<string, readonly string[]>>
  /** The same, but they pass on whatever comes, and each host of their branches sends through them. */
  readonly routers?: Readonly<Record<string, readonly string[]>>
  /** Where what programs say is kept. */
  readonly folder: string
}

/**
 * Lays branches on this machine: a namespace with a bridge for each branch, one for each host, cables between them.
 * Nothing of it outlives this process; what a killed process left is removed when the next bed is laid.
 */
export async function layBranches(plan: BedPlan): Promise<Bed> {
  await removeLeftovers()
  const bed = new Bed(plan.folder)
  try {
    await bed.lay(plan)
  } catch (error) {
    await bed[Symbol.asyncDispose]()
    throw error
  }
  return bed
}

async function removeLeftovers(): Promise<void> {
  for (const name of await namespaces()) {
    // Another process may be at it, too.
    if (isLeftover(name)) await ip('netns', 'del', name).catch(() => undefined)
  }
}

export class Bed implements AsyncDisposable {
  readonly #folder: string
  readonly #id = newRunId()
  readonly #namespaces: string[] = []
  readonly #hosts = new Map<string, Host>()
  /** Namespaces of the branches' bridges. */
  readonly #bridges = new Map<string, string>()
  readonly #callOffEnd: () => void

  constructor(folder: string) {
    this.#folder = folder
    this.#callOffEnd = atEnd(() => {
      for (const host of this.#hosts.values()) host.killNow()
      for (const namespace of this.#namespaces) ipNow('netns', 'del', namespace)
    })
  }

  host(name: string): Host {
    const host = this.#hosts.get(name)
    if (host === undefined) throw new Error(`there is no host ${name}`)
    return host
  }

  /** Makes the cables of a host slow and lossy, each way. */
  async netem(name: string, netem: Netem): Promise<void> {
    const roundTripMs = 2 * (netem.delayMs ?? 0)
    if (roundTripMs > ARP_ANSWER_MS) {
      await Promise.all([...this.#hosts.values()].map((host) => host.waitForNeighbours(2 * roundTripMs)))
    }
    await this.host(name).netem(netem)
  }

  /** Carries a host of one branch to another, where it gets this address. */
  async move(name: string, branch: string, address: string): Promise<void> {
    const bridge = this.#bridges.get(branch)
    if (bridge === undefined) throw new Error(`there is no branch ${branch}`)
    await this.host(name).moveTo({ branch, bridge, address })
  }

  /** Called once, by `layBranches`. */
  async lay({ branches, relays = {}, routers = {} }: BedPlan): Promise<void> {
    const several = { ...relays, ...routers }
    const legsOf = new Map<string, Leg[]>()
    for (const [index, [branch, hosts]] of Object.entries(branches).entries()) {
      const bridge = await this.#addNamespace(branch)
      this.#bridges.set(branch, bridge)
      await addBridge(bridge, BRIDGE)
      const withLeg = Object.keys(several).filter((each) => several[each]?.includes(branch))
      for (const [n, host] of [...hosts, ...withLeg].entries()) {
        const legs = legsOf.get(host) ?? []
        const [device, address] = [`eth${legs.length}`, `10.${index + 1}.0.${n + 1}`]
        legsOf.set(host, [...legs, { branch, bridge, port: `p${index + 1}-${n}`, device, address }])
      }
    }
    await Promise.all([...legsOf].map(([name, legs]) => this.#addHost(name, legs)))
    for (const [router, branches] of Object.entries(routers)) await this.#route(router, branches)
  }

  async #route(router: string, branches: readonly string[]): Promise<void> {
    await this.host(router).forward()
    for (const host of this.#hosts.values()) {
      const branch = branches.find((each) => host.name !== router && host.isIn(each))
      if (branch !== undefined) await host.sendThrough(this.host(router).address(branch))
    }
  }

  async #addHost(name: string, legs: readonly Leg[]): Promise<void> {
    const namespace = await this.#addNamespace(name)
    await inNamespace(namespace, 'sh', '-c', 'echo 0 > /proc/sys/net/ipv4/ip_forward')
    await ip('-n', namespace, 'link', 'set', 'lo', 'up')
    for (const { device, port, bridge, address } of legs) {
      const peer = ['peer', 'name', port, 'netns', bridge]
      await ip('-n', namespace, 'link', 'add', device, 'type', 'veth', ...peer)
      await plug(bridge, port, BRIDGE)
      await ip('-n', namespace, 'address', 'add', `${address}/24`, 'dev', device)
      await ip('-n', namespace, 'link', 'set', device, 'up')
    }
    await ip('-n', namespace, 'route', 'replace', '224.0.0.0/4', 'dev', 'eth0')
    const init: HostInit = { name, namespace, legs, folder: this.#folder }
    this.#hosts.set(name, new Host(init))
  }

  async #addNamespace(name: string): Promise<string> {
    const namespace = `${this.#id}-${name}`
    this.#namespaces.push(namespace)
    await ip('netns', 'add', namespace)
    return namespace
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#hosts.values()].map((host) => host.kill()))
    for (const namespace of this.#namespaces.splice(0)) await ip('netns', 'del', namespace).catch(() => undefined)
    this.#callOffEnd()
  }
}
