import { type Stream, StreamCloseEvent, StreamMessageEvent } from '@libp2p/interface'
import { type Machine, on } from './machine.ts'
import type { Item, Pipe } from './pipe.ts'

/**
 * One end of a stream, as libp2p's AbstractStream behaves towards readers and writers: chunks wait while it is paused or
 * nobody listens, `close` ends our side alone, and a stream is closed when both sides are.
 */
export class SimStream extends EventTarget {
  status: 'open' | 'closed' | 'aborted' | 'reset' = 'open'
  readStatus: 'readable' | 'paused' | 'closed' = 'readable'
  writeStatus: 'writable' | 'closed' = 'writable'
  remoteWriteStatus: 'writable' | 'closed' = 'writable'
  writableNeedsDrain = false
  readonly protocol: string
  /** When the stream was asked for: told when the other side has taken it. */
  onAck: () => void = () => undefined
  onRequest: (stream: SimStream) => void = () => undefined
  readonly #machine: Machine
  readonly #out: Pipe
  readonly #in: Pipe
  #held: Uint8Array[] = []
  #listeners = 0
  #isFrozen = false

  constructor(machine: Machine, out: Pipe, into: Pipe) {
    super()
    this.#machine = machine
    this.#out = out
    this.#in = into
    this.protocol = out.protocol
    out.sender = this
    into.receiver = this
  }

  asStream(): Stream {
    return this as unknown as Stream
  }

  override addEventListener(...args: Parameters<EventTarget['addEventListener']>): void {
    super.addEventListener(...args)
    if (args[0] !== 'message') return
    this.#listeners++
    queueMicrotask(() => this.#flush())
  }

  send(bytes: Uint8Array): boolean {
    if (this.#isFrozen) return true
    if (this.writeStatus === 'closed') throw new Error('Cannot write to a stream that is closed')
    this.#out.push({ kind: 'data', bytes: Uint8Array.from(bytes) })
    this.writableNeedsDrain = this.#out.isFull
    return !this.writableNeedsDrain
  }

  /** Tells who asked for it that the stream is taken. */
  ack(): void {
    this.#out.push({ kind: 'ack' })
  }

  drained(): void {
    if (!this.writableNeedsDrain || this.#isFrozen || this.status !== 'open') return
    this.writableNeedsDrain = false
    on(this.#machine, () => this.dispatchEvent(new Event('drain')))
  }

  pause(): void {
    if (this.readStatus === 'readable') this.readStatus = 'paused'
  }

  resume(): void {
    if (this.readStatus === 'closed') throw new Error('Cannot resume a stream that is closed')
    this.readStatus = 'readable'
    this.#flush()
  }

  async close(): Promise<void> {
    if (this.writeStatus === 'closed' || this.#isFrozen) return
    this.#out.push({ kind: 'fin' })
    this.writeStatus = 'closed'
    if (this.remoteWriteStatus === 'closed') this.#end('closed')
  }

  /** What was sent before may still come; of what comes from now on nothing is read. */
  abort(): void {
    if (this.status !== 'open' || this.#isFrozen) return
    this.#out.push({ kind: 'reset' })
    this.#end('aborted')
  }

  /** The connection has gone, and this side has noticed. */
  lost(): void {
    if (!this.#isFrozen) on(this.#machine, () => this.#end('aborted'))
  }

  /** Its process was killed: nothing that it does has an effect, and nothing reaches it. */
  freeze(): void {
    this.#isFrozen = true
  }

  take(item: Item): void {
    if (this.status === 'open' && !this.#isFrozen) on(this.#machine, () => this.#take(item))
  }

  #take(item: Item): void {
    switch (item.kind) {
      case 'open':
        return this.onRequest(this)
      case 'ack':
        return this.onAck()
      case 'data':
        this.#held.push(item.bytes)
        return this.#flush()
      case 'fin':
        return this.#remoteEnded()
      case 'reset':
        return this.#end('reset')
      default:
        return item satisfies never
    }
  }

  #remoteEnded(): void {
    this.remoteWriteStatus = 'closed'
    this.dispatchEvent(new Event('remoteCloseWrite'))
    if (this.writeStatus === 'closed') this.#end('closed')
  }

  #flush(): void {
    if (this.readStatus !== 'readable' || this.#listeners === 0 || this.#held.length === 0 || this.#isFrozen) return
    const bytes = Buffer.concat(this.#held.splice(0))
    this.dispatchEvent(new StreamMessageEvent(bytes))
  }

  #end(status: 'closed' | 'aborted' | 'reset'): void {
    if (this.status !== 'open') return
    this.status = status
    this.readStatus = 'closed'
    this.writeStatus = 'closed'
    this.remoteWriteStatus = 'closed'
    this.#held = []
    this.#in.receiver = undefined
    this.dispatchEvent(new StreamCloseEvent())
  }
}
