import type { Logger } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import { type LanInterface, onLink } from './interfaces.ts'
import { Link } from './link.ts'
import type { Packets, Sighting } from './packets.ts'
import { type LanSocket, openLanSocket } from './socket.ts'

export interface LinksInit {
  readonly packets: Packets
  readonly log: Logger
  readonly open?: typeof openLanSocket | undefined
  /** Where we listen on an interface, each with our peer ID. */
  readonly addressesOn: (on: LanInterface) => readonly Multiaddr[]
  readonly isSomebodyMissing: () => boolean
  readonly onSighting: (sighting: Sighting, on: LanInterface, from: string) => void
}

/** One that could not be used is tried again. */
const REOPEN_MS = 30_000

/** The links that this machine has now, one for each interface. */
export class Links {
  readonly #init: LinksInit
  /** By what the interface is called and its addresses: with others it is another link. */
  readonly #links = new Map<string, Link>()
  #wanted: readonly LanInterface[] = []
  #reopenTimer: NodeJS.Timeout | undefined

  constructor(init: LinksInit) {
    this.#init = init
  }

  /** From now on these, and no other. */
  use(interfaces: readonly LanInterface[]): void {
    this.#wanted = interfaces
    const wanted = new Set(interfaces.map(keyOf))
    for (const [key, link] of this.#links) {
      if (wanted.has(key)) continue
      link.end()
      this.#links.delete(key)
    }
    this.#openWanted()
  }

  /** Whatever was known may be old. */
  beginAgain(): void {
    for (const link of this.#links.values()) link.begin()
  }

  quicken(): void {
    for (const link of this.#links.values()) link.quicken()
  }

  end(): void {
    clearTimeout(this.#reopenTimer)
    this.use([])
  }

  #openWanted(): void {
    for (const each of this.#wanted) if (!this.#links.has(keyOf(each))) this.#open(each)
  }

  #open(on: LanInterface): void {
    const { packets, log, open = openLanSocket, addressesOn, isSomebodyMissing, onSighting } = this.#init
    const key = keyOf(on)
    let isMute = false
    const socket: LanSocket = open({
      on,
      onReady: () => link.begin(),
      onPacket: (bytes, from) => link.hear(bytes, from),
      onFailure: (error) => {
        log.error('nobody can be looked for on %s - %e', key, error)
        link.end()
        this.#links.delete(key)
        clearTimeout(this.#reopenTimer)
        this.#reopenTimer = setTimeout(() => this.#openWanted(), REOPEN_MS)
      },
      onUnsent: (error) => {
        if (!isMute) log.error('nothing can be sent on %s - %e', key, error)
        isMute = true
      },
    })
    const link = new Link({
      packets,
      socket,
      isOnLink: onLink(on),
      addresses: () => addressesOn(on),
      isSomebodyMissing,
      onSighting: (sighting, from) => onSighting(sighting, on, from),
    })
    this.#links.set(key, link)
  }
}

function keyOf({ name, addresses }: LanInterface): string {
  return `${name} ${addresses.map(({ address, prefix }) => `${address}/${prefix}`).join(' ')}`
}
