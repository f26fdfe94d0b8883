import type { SimStream } from './sim-stream.ts'

/** What crosses a pipe: the request for a stream and its answer, bytes, and the two ends. */
export type Item =
  | { readonly kind: 'open' | 'ack' | 'fin' | 'reset' }
  | { readonly kind: 'data'; readonly bytes: Uint8Array }

/** More than this on its way, and the sender is told to wait; less than that, and it may go on. */
const FULL_BYTES = 16_384
const DRAINED_BYTES = 4_096

export interface Wire {
  /** Told of what enters a pipe. */
  readonly onPush: (pipe: Pipe, item: Item) => void
  /** Told when a pipe has something to deliver, or has nothing left. */
  readonly onChange: (pipe: Pipe) => void
}

/** One direction of a stream: what was sent comes in this order, if it comes. */
export class Pipe {
  readonly from: string
  readonly to: string
  readonly protocol: string
  sender: SimStream | undefined
  receiver: SimStream | undefined
  isStalled = false
  readonly #wire: Wire
  #items: Item[] = []
  #bytes = 0
  #isCut = false

  constructor(wire: Wire, { from, to, protocol }: Pick<Pipe, 'from' | 'to' | 'protocol'>) {
    this.#wire = wire
    this.from = from
    this.to = to
    this.protocol = protocol
  }

  get isEmpty(): boolean {
    return this.#items.length === 0
  }

  get isFull(): boolean {
    return this.#bytes > FULL_BYTES
  }

  get bytes(): number {
    return this.#bytes
  }

  push(item: Item): void {
    if (this.#isCut) return
    this.#items.push(item)
    if (item.kind === 'data') this.#bytes += item.bytes.length
    this.#wire.onPush(this, item)
    this.#wire.onChange(this)
  }

  /** @param maxBytes - of the next chunk; what is left of it comes later */
  deliver(maxBytes = Number.POSITIVE_INFINITY): void {
    const item = this.#items.shift()
    if (item === undefined) return
    if (item.kind === 'data') this.#deliverData(item.bytes, maxBytes)
    else this.receiver?.take(item)
    this.#wire.onChange(this)
  }

  #deliverData(bytes: Uint8Array, maxBytes: number): void {
    const now = bytes.subarray(0, maxBytes)
    if (now.length < bytes.length) this.#items.unshift({ kind: 'data', bytes: bytes.subarray(maxBytes) })
    this.#bytes -= now.length
    this.receiver?.take({ kind: 'data', bytes: now })
    if (this.#bytes < DRAINED_BYTES) this.sender?.drained()
  }

  /** The way is lost: what comes still is so many bytes of what is on its way, and then nobody knows anything but that. */
  cut(keepBytes: number): void {
    if (this.#isCut) return
    const kept: Item[] = []
    let left = keepBytes
    for (const item of this.#items) {
      if (left <= 0) break
      if (item.kind !== 'data') kept.push(item)
      else kept.push({ kind: 'data', bytes: item.bytes.subarray(0, left) })
      left -= item.kind === 'data' ? item.bytes.length : 1
    }
    this.#items = [...kept, { kind: 'reset' }]
    this.#bytes = kept.reduce((sum, item) => sum + (item.kind === 'data' ? item.bytes.length : 0), 0)
    this.#isCut = true
    this.#wire.onChange(this)
  }

  /** What is on its way comes later than all else that is sent meanwhile, elsewhere. */
  stall(ms: number): void {
    this.isStalled = true
    setTimeout(() => {
      this.isStalled = false
      this.#wire.onChange(this)
    }, ms)
  }

  /** Nobody is there any more whom it could reach. */
  drop(): void {
    this.#items = []
    this.#bytes = 0
    this.#isCut = true
    this.receiver = undefined
    this.#wire.onChange(this)
  }
}
