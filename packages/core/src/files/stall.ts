import type { Stream } from '@libp2p/interface'
import { MessengerError } from '../errors.ts'
import { FILE_STALL_MS } from '../limits.ts'

/** Ends a stream on which nothing has moved for 20 seconds. */
export class Stall implements Disposable {
  readonly #timer: NodeJS.Timeout

  constructor(stream: Stream) {
    this.#timer = setTimeout(() => {
      stream.abort(new MessengerError('FRAME_STALLED', `nothing of a file was taken for ${FILE_STALL_MS} ms`))
    }, FILE_STALL_MS)
  }

  beat(): void {
    this.#timer.refresh()
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
  }
}
