import { reasonOf } from '@branchline/audit-sink'
import { peerIdFromString } from '@libp2p/peer-id'
import { MessengerError } from '../errors.ts'

const MAX_KEPT = 1_024

/** Peer IDs as callers give them. Reading one takes a fifth of the time that sending a message does, so they are kept. */
export class ParsedPeers {
  readonly #self: string
  readonly #kept = new Map<string, string>()

  constructor(self: string) {
    this.#self = self
  }

  /** @throws MessengerError PEER_INVALID */
  parse(text: string): string {
    let peer = this.#kept.get(text)
    if (peer === undefined) {
      peer = this.#parseNew(text)
      if (this.#kept.size === MAX_KEPT) this.#kept.clear()
      this.#kept.set(text, peer)
    }
    return peer
  }

  #parseNew(text: string): string {
    let peer: string
    try {
      peer = peerIdFromString(text).toString()
    } catch (cause) {
      throw new MessengerError('PEER_INVALID', `not a peer ID: ${reasonOf(cause)}`, { cause })
    }
    if (peer === this.#self) throw new MessengerError('PEER_INVALID', 'that is yourself')
    return peer
  }
}
