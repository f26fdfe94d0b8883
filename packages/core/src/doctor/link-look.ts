import { createSocket, type Socket } from 'node:dgram'
import { setTimeout as pause } from 'node:timers/promises'
import { encode } from 'dns-packet'
import { type LanInterface, onLink } from '../network/lan/interfaces.ts'
import { Packets } from '../network/lan/packets.ts'
import { type LanSocket, openLanSocket } from '../network/lan/socket.ts'
import type { LinkFacts, SeenThere } from './facts.ts'

export interface LinkLookInit {
  readonly on: LanInterface
  /** mDNS service of the LAN. */
  readonly service: string
  /** Addresses of this machine, on whatever interface. */
  readonly ownAddresses: ReadonlySet<string>
  readonly lookMs: number
}

/** What tests put in the place of the system. */
export interface LinkLookSystem {
  readonly open?: typeof openLanSocket
  readonly openUnicast?: (on: LanInterface, onAnswer: (from: string) => void) => UnicastAsker
}

export interface UnicastAsker {
  ask(question: Uint8Array): void
  close(): void
}

export type HeardOnLink = Omit<LinkFacts, 'name' | 'addresses' | 'isLoopback' | 'isLone'>

/** Who answers us answers within 1.12 seconds (RFC 6762 section 6): later it was somebody else's question. */
const ANSWERS_WITHIN_MS = 1_300
/** As often as everybody may answer. */
const ASK_EVERY_MS = 1_300
const MAX_SEEN = 256
const RESPONSE_BIT = 0x80
const FLAGS_AT = 2
const HEADER_BYTES = 12
/** "A DNS-SD service browser asks for all services by this name" (RFC 6763 section 9): printers and the like answer it. */
const ANYBODY = '_services._dns-sd._udp.local'

/** Asks who is there on one link, and listens on two sockets: one that asks, and one that hears whether that went out. */
export class LinkLook {
  readonly #init: LinkLookInit
  readonly #system: LinkLookSystem
  readonly #packets: Packets
  readonly #isOnLink: (address: string) => boolean
  readonly #seen = new Map<string, SeenThere>()
  readonly #asked: Buffer[]
  #askedAt = Number.NEGATIVE_INFINITY
  #othersAskedAt = Number.NEGATIVE_INFINITY
  #bindError: string | undefined
  #sendError: string | undefined
  #heardOurselves = false
  #packetsOfOthers = 0
  #unicastAnswers = 0
  #answerMs: number | undefined

  constructor(init: LinkLookInit, system: LinkLookSystem = {}) {
    this.#init = init
    this.#system = system
    // Ourselves are heard, too: somebody may run with our identity.
    this.#packets = new Packets({ service: init.service, self: '' })
    this.#isOnLink = onLink(init.on)
    this.#asked = [this.#packets.query(), anybody()]
  }

  /** @throws what `signal` aborts with */
  async look(signal: AbortSignal): Promise<HeardOnLink> {
    const listener = this.#open((bytes, from) => this.#hear(bytes, from))
    const speaker = this.#open(() => undefined)
    const unicast = this.#openUnicast()
    try {
      await Promise.all([listener.ready, speaker.ready])
      const until = performance.now() + this.#init.lookMs
      while (this.#bindError === undefined && performance.now() < until) {
        this.#ask(speaker.socket, unicast)
        await pause(Math.min(ASK_EVERY_MS, until - performance.now()), undefined, { signal })
      }
    } finally {
      for (const each of [listener.socket, speaker.socket, unicast]) each?.close()
    }
    return this.#facts()
  }

  #ask(speaker: LanSocket, unicast: UnicastAsker | undefined): void {
    this.#askedAt = performance.now()
    for (const question of this.#asked) speaker.send(question)
    unicast?.ask(anybody())
  }

  #facts(): HeardOnLink {
    return {
      heardOurselves: this.#heardOurselves,
      packetsOfOthers: this.#packetsOfOthers,
      wasAnswered: this.#answerMs !== undefined,
      unicastAnswers: this.#unicastAnswers,
      seen: [...this.#seen.values()],
      ...(this.#bindError !== undefined && { bindError: this.#bindError }),
      ...(this.#sendError !== undefined && { sendError: this.#sendError }),
      ...(this.#answerMs !== undefined && { answerMs: this.#answerMs }),
    }
  }

  #open(onPacket: (bytes: Uint8Array, from: string) => void): { socket: LanSocket; ready: Promise<void> } {
    const { promise: ready, resolve } = Promise.withResolvers<void>()
    const { open = openLanSocket } = this.#system
    const socket = open({
      on: this.#init.on,
      onReady: resolve,
      onPacket,
      onFailure: (error) => {
        this.#bindError ??= codeOf(error)
        resolve()
      },
      onUnsent: (error) => {
        this.#sendError ??= codeOf(error)
      },
    })
    return { socket, ready }
  }

  #openUnicast(): UnicastAsker | undefined {
    const { openUnicast = openUnicastAsker } = this.#system
    return openUnicast(this.#init.on, (from) => {
      if (this.#isOnLink(from) && !this.#init.ownAddresses.has(from)) this.#unicastAnswers++
    })
  }

  #hear(bytes: Uint8Array, from: string): void {
    if (!this.#isOnLink(from)) return
    const isHere = this.#init.ownAddresses.has(from)
    if (isHere && this.#asked.some((own) => own.equals(bytes))) this.#heardOurselves = true
    if (!isHere && bytes.length >= HEADER_BYTES) this.#packetsOfOthers++
    const heard = this.#packets.parse(bytes, this.#isOnLink)
    if (heard?.kind === 'query' && !isHere) this.#othersAskedAt = performance.now()
    if (heard?.kind !== 'sighting') return
    if (!isHere) this.#noteAnswer(bytes)
    if (this.#seen.size >= MAX_SEEN && !this.#seen.has(heard.peer)) return
    const addresses = heard.addresses.map(String)
    if (heard.ttlMs > 0) this.#seen.set(heard.peer, { peer: heard.peer, addresses, isHere })
    else this.#seen.delete(heard.peer)
  }

  /** An answer to somebody else proves nothing of what we sent. */
  #noteAnswer(bytes: Uint8Array): void {
    const now = performance.now()
    const isAnswer = ((bytes[FLAGS_AT] as number) & RESPONSE_BIT) !== 0
    if (!isAnswer || now - this.#othersAskedAt < ANSWERS_WITHIN_MS || now - this.#askedAt > ANSWERS_WITHIN_MS) return
    this.#answerMs ??= now - this.#askedAt
  }
}

function anybody(): Buffer {
  return encode({ type: 'query', questions: [{ name: ANYBODY, type: 'PTR' }] })
}

function codeOf(error: Error): string {
  return (error as NodeJS.ErrnoException).code ?? error.message
}

const GROUP = '224.0.0.251'
const PORT = 5353

/** From a port of its own: whoever answers such a question answers to it alone (RFC 6762 section 6.7). */
function openUnicastAsker({ addresses }: LanInterface, onAnswer: (from: string) => void): UnicastAsker {
  const address = addresses[0]?.address
  const socket: Socket = createSocket({ type: 'udp4' })
  let isReady = false
  // It is one hint among others: without it there is one less.
  socket.on('error', () => socket.close())
  socket.on('close', () => {
    isReady = false
  })
  socket.on('message', (_, { address: from }) => onAnswer(from))
  socket.bind({ port: 0, address: address as string }, () => {
    isReady = true
    try {
      socket.setMulticastInterface(address as string)
    } catch {
      socket.close()
    }
  })
  return {
    ask: (question) => {
      if (isReady) socket.send(question, PORT, GROUP, () => undefined)
    },
    close: () => {
      if (isReady) socket.close()
    },
  }
}
