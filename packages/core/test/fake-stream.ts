import { type Stream, StreamCloseEvent, StreamMessageEvent } from '@libp2p/interface'

/** As much of a libp2p stream as readers and writers use; what it was given to send is in `sent`. */
export class FakeStream extends EventTarget {
  readonly sent: Uint8Array[] = []
  status: 'open' | 'closed' | 'aborted' = 'open'
  readStatus: 'readable' | 'paused' | 'closed' = 'readable'
  writeStatus: 'writable' | 'closed' = 'writable'
  remoteWriteStatus: 'writable' | 'closed' = 'writable'
  writableNeedsDrain = false
  /** What `send` answers; false: the peer does not take more now. */
  takesMore = true
  /** False: its connection has gone, and it does not know yet. */
  resumes = true
  /** Whether the peer lets our side end. */
  ends = true
  readonly calls: string[] = []
  #held: Uint8Array[] = []

  asStream(): Stream {
    return this as unknown as Stream
  }

  /** As if these bytes had come from the peer. */
  feed(bytes: Uint8Array): void {
    if (this.readStatus === 'paused') this.#held.push(bytes)
    else this.dispatchEvent(new StreamMessageEvent(bytes))
  }

  send(bytes: Uint8Array): boolean {
    if (this.writeStatus === 'closed') throw new Error('the stream is closed')
    this.sent.push(bytes)
    this.writableNeedsDrain = !this.takesMore
    return this.takesMore
  }

  drain(): void {
    this.takesMore = true
    this.writableNeedsDrain = false
    this.dispatchEvent(new Event('drain'))
  }

  pause(): void {
    this.calls.push('pause')
    this.readStatus = 'paused'
  }

  resume(): void {
    this.calls.push('resume')
    if (!this.resumes) throw new Error('the connection is closed')
    this.readStatus = 'readable'
    for (const bytes of this.#held.splice(0)) this.feed(bytes)
  }

  async close({ signal }: { signal?: AbortSignal } = {}): Promise<void> {
    if (!this.ends) await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
    this.#end('closed')
  }

  abort(): void {
    this.#end('aborted')
  }

  #end(status: 'closed' | 'aborted'): void {
    if (this.status !== 'open') return
    this.status = status
    this.readStatus = 'closed'
    this.writeStatus = 'closed'
    this.remoteWriteStatus = 'closed'
    this.dispatchEvent(new StreamCloseEvent())
  }
}
