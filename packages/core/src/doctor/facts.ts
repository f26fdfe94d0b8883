import type { Skew } from '../clock/skew.ts'

/** Somebody whose announcement was heard on a link. */
export interface SeenThere {
  readonly peer: string
  /** Multiaddrs, each with the peer ID. */
  readonly addresses: readonly string[]
  /** Whether it was said by this very machine, as by a chat that runs here. */
  readonly isHere: boolean
}

/** What the system tells of an interface; undefined where it does not tell. */
export interface InterfaceFacts {
  readonly isPointToPoint?: boolean
  readonly canMulticast?: boolean
  /** Hosts of the link that this machine has talked with lately. */
  readonly neighbours?: number
}

/** What was heard on one link, and what came of asking. */
export interface LinkFacts extends InterfaceFacts {
  readonly name: string
  readonly addresses: readonly string[]
  readonly isLoopback: boolean
  /** Whether nobody else can have an address of its network, as with most VPNs. */
  readonly isLone: boolean
  /** Code of the system's error. */
  readonly bindError?: string
  readonly sendError?: string
  /** Our own packet came back to a second socket: the part of the network that is in this machine lets it through. */
  readonly heardOurselves: boolean
  /** Packets of multicast DNS from other machines of the link. */
  readonly packetsOfOthers: number
  /** Whether somebody else of our LAN answered soon after we had asked. */
  readonly wasAnswered: boolean
  /** From the question to the first answer of our LAN. */
  readonly answerMs?: number
  /** Answers to us alone, as printers and the like give. */
  readonly unicastAnswers: number
  readonly seen: readonly SeenThere[]
}

export type TcpOutcome = 'connected' | 'refused' | 'silent' | 'failed'

/** What came of connecting to an address by TCP alone, without a word. */
export interface TcpFacts {
  /** Multiaddr. */
  readonly address: string
  readonly outcome: TcpOutcome
  readonly ms: number
  readonly error?: string
}

export type ProbeOutcome = 'connected' | 'another' | 'turned-away' | 'failed'

/** What came of connecting to a peer as ourselves. */
export interface ProbeFacts {
  readonly peer: string
  readonly outcome: ProbeOutcome
  readonly error?: string
  /** Where it was reached. */
  readonly remoteAddress?: string
  readonly isRelayed?: boolean
  readonly clock?: Skew
  readonly clockError?: string
  /** Of the roster that it holds. */
  readonly rosterSerial?: number
  /** SHA-256 of that roster's text, in hex. */
  readonly rosterHash?: string
  /** Of a relay: OK, or why it gives no place. */
  readonly place?: string
  /** The limits of a connection through it; absent for none. */
  readonly limitSeconds?: number
  readonly limitBytes?: number
}

export interface ProbeTarget {
  readonly peer: string
  /** Multiaddrs; may be none when the peer is connected. */
  readonly addresses: readonly string[]
  readonly isRelay: boolean
}

/** A target, and all that was found out of it. */
export interface PeerFacts extends ProbeTarget {
  readonly name?: string
  readonly tcp: readonly TcpFacts[]
  /** Absent when it was not tried. */
  readonly probe?: ProbeFacts
}

/** Milliseconds. */
export interface DiskFacts {
  readonly flushesMs: readonly number[]
  readonly freeBytes?: number
  /** Of the file system, such as `tmpfs`, when it is known for losing what it keeps, or for being elsewhere. */
  readonly fileSystem?: string
  /** Code of the system's error. */
  readonly error?: string
}
