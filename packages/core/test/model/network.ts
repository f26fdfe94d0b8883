import type { Activity } from './activity.ts'
import type { Host } from './host.ts'
import type { Item, Pipe, Wire } from './pipe.ts'
import { type ConnectionEnd, type Death, type Cut, SimConnection } from './sim-connection.ts'

/** How long a dial into nowhere takes to fail. */
const DIAL_MS = 3_000

/** Two places: whether there is a way between them, and whether what is on it moves by itself. */
interface Link {
  isUp: boolean
  flows: boolean
}

export interface NetworkInit {
  readonly activity: Activity
  readonly onSend: (pipe: Pipe, bytes: Uint8Array) => void
}

/** Connects hosts, and delivers what they send: by itself where a link flows, else when it is told to. */
export class Network {
  readonly #init: NetworkInit
  readonly #hosts = new Map<string, Host>()
  readonly #links = new Map<string, Link>()
  readonly #connections = new Set<SimConnection>()
  readonly #waiting = new Set<Pipe>()
  #isPumping = false
  readonly #wire: Wire

  constructor(init: NetworkInit) {
    this.#init = init
    this.#wire = { onPush: (pipe, item) => this.#onPush(pipe, item), onChange: (pipe) => this.#onChange(pipe) }
  }

  link(a: string, b: string): Link {
    const key = [a, b].toSorted().join(' ')
    const link = this.#links.get(key) ?? { isUp: true, flows: true }
    this.#links.set(key, link)
    return link
  }

  /** Somebody has started; nobody may be here under the same name. */
  join(host: Host): void {
    this.#hosts.set(host.peer, host)
  }

  leave(host: Host): void {
    host.close()
    if (this.#hosts.get(host.peer) === host) this.#hosts.delete(host.peer)
  }

  kill(host: Host, death: Death): void {
    host.isAlive = false
    if (this.#hosts.get(host.peer) === host) this.#hosts.delete(host.peer)
    for (const connection of this.#connections) {
      const dead = connection.ends.find((end) => end.host === host)
      if (dead !== undefined) connection.killed(dead, death)
      if (dead !== undefined) this.#connections.delete(connection)
    }
  }

  async dial(from: Host, to: string, signal?: AbortSignal): Promise<ConnectionEnd> {
    this.#init.activity.note()
    const there = this.#hosts.get(to)
    if (!this.link(from.peer, to).isUp) await nowhere(signal)
    if (there === undefined || !there.isAlive) throw new Error('connection refused')
    return this.connect(from, there)
  }

  connect(from: Host, to: Host): ConnectionEnd {
    const connection = new SimConnection(this.#wire, from, to)
    this.#connections.add(connection)
    const [end, theirs] = connection.ends
    to.connected(theirs)
    from.connected(end)
    return end
  }

  hostOf(peer: string): Host | undefined {
    return this.#hosts.get(peer)
  }

  areConnected(a: string, b: string): boolean {
    return [...(this.#hosts.get(a)?.ends ?? [])].some(({ remotePeer }) => remotePeer.toString() === b)
  }

  /** Ends what connects the two, and tells those who notice. */
  cut(a: string, b: string, { notices: [here, there], ...cut }: Cut): void {
    for (const connection of this.#connections) {
      const peers = connection.ends.map(({ host }) => host.peer)
      if (!peers.includes(a) || !peers.includes(b)) continue
      connection.cut({ ...cut, notices: peers[0] === a ? [here, there] : [there, here] })
      this.#connections.delete(connection)
    }
  }

  /** Pipes that hold something, in the order in which they were filled. */
  get waiting(): readonly Pipe[] {
    return [...this.#waiting]
  }

  flow(): void {
    if (this.#isPumping) return
    this.#isPumping = true
    setImmediate(() => this.#pump())
  }

  #onPush(pipe: Pipe, item: Item): void {
    this.#init.activity.note()
    if (item.kind === 'data') this.#init.onSend(pipe, item.bytes)
  }

  #onChange(pipe: Pipe): void {
    if (pipe.isEmpty) this.#waiting.delete(pipe)
    else this.#waiting.add(pipe)
    if (!pipe.isEmpty && this.link(pipe.from, pipe.to).flows) this.flow()
  }

  #pump(): void {
    this.#isPumping = false
    for (const pipe of this.waiting) {
      const { isUp, flows } = this.link(pipe.from, pipe.to)
      if (!isUp || !flows || pipe.isStalled) continue
      this.#init.activity.note()
      while (!pipe.isEmpty) pipe.deliver()
    }
  }
}

async function nowhere(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    const timer = setTimeout(() => reject(new Error('no way there')), DIAL_MS)
    signal?.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(signal.reason as Error)
    })
  })
}
