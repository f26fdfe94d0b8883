import type { Said } from '../support/program.ts'

export interface FloodInit {
  /** Says nothing; begins the handshake; the same a byte a second; or finishes it, with a key that is on no roster. */
  readonly how: 'silent' | 'half' | 'loris' | 'finish'
  readonly host: string
  readonly port: number
  readonly perSecond: number
  readonly seconds: number
  /** Addresses of the attacker's machine, by turns. */
  readonly from?: readonly string[]
  readonly folder: string
}

export interface Flooded extends Said {
  readonly event: 'done'
  readonly at: number
  readonly tried: number
  readonly opened: number
  /** Handshakes. */
  readonly finished: number
  /** Not closed by the other side. */
  readonly held: number
}

export interface DatagramsInit {
  /** Such as `_branchline._udp.local`. */
  readonly service: string
  /** Of the attacker's machine. */
  readonly address: string
  /** Peer IDs that it says are there; when there are none, it says all kinds of things. */
  readonly peers: readonly string[]
  readonly perSecond: number
  readonly seconds: number
}
