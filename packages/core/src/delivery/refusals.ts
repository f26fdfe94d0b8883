import { Bucket, Buckets } from '../bucket.ts'
import type { MessengerError } from '../errors.ts'
import { RECORDED_REFUSALS } from '../limits.ts'

interface Peer {
  readonly bucket: Bucket
  /** Since the last that was. */
  unrecorded: number
  wasConvicted: boolean
}

/**
 * Which refusals of a peer's messages and streams are recorded one by one, and which are counted (spec/wire.md section
 * 4): a frame of three bytes must not cost a flushed record each, as often as its sender likes.
 */
export class Refusals {
  /** Only members get so far as to be refused here, so there are no more than a roster has. */
  readonly #peers = new Map<string, Peer>()
  readonly #told = new Buckets(RECORDED_REFUSALS)

  /** @returns how many were counted since the last that was recorded; undefined when this one is counted, too */
  admit(from: string, { code }: MessengerError): number | undefined {
    const peer = this.#peers.get(from) ?? { bucket: new Bucket(RECORDED_REFUSALS), unrecorded: 0, wasConvicted: false }
    this.#peers.set(from, peer)
    // Evidence must not be lost because of rubbish that came before it.
    const isFirstEvidence = code === 'LOG_FORKED' && !peer.wasConvicted
    if (isFirstEvidence) peer.wasConvicted = true
    if (!isFirstEvidence && !peer.bucket.take()) {
      peer.unrecorded++
      return undefined
    }
    return this.#count(peer)
  }

  /** Whether to tell the application of something that is not recorded: it may show it. */
  mayTell(from: string): boolean {
    return this.#told.take(from)
  }

  /** Peers of whom some were counted and are in no record yet, and how many; from then on they count as recorded. */
  takeUnrecorded(): [from: string, count: number][] {
    const all = [...this.#peers].map(([from, peer]): [string, number] => [from, this.#count(peer)])
    return all.filter(([, count]) => count > 0)
  }

  #count(peer: Peer): number {
    const { unrecorded } = peer
    peer.unrecorded = 0
    return unrecorded
  }
}
