import type { Connection, Stream } from '@libp2p/interface'
import { MessengerError } from '../errors.ts'
import {
  FILE_PROGRESS_MS,
  FILE_REQUEST_BYTES,
  FILE_SLICE_BYTES,
  FILE_STALL_MS,
  FILE_TAKEN_BYTES,
  FILE_TAKEN_EVERY_BYTES,
  MAX_FILE_BYTES,
  MAX_FILE_TRANSFERS,
} from '../limits.ts'
import { ExactReader } from '../wire/exact-reader.ts'
import { parseFileRequest, parseTaken } from '../wire/file-request.ts'
import { FileWriter } from '../wire/writer.ts'
import { type FilesContext, offeredFile } from './context.ts'
import { type Grant, grantOf } from './grant.ts'
import type { Offer } from './ledger.ts'
import { Stall } from './stall.ts'
import type { OpenFile } from './store.ts'
import { Window } from './window.ts'

const MAX_HEARD_BYTES = FILE_REQUEST_BYTES + FILE_TAKEN_BYTES * (MAX_FILE_BYTES / FILE_TAKEN_EVERY_BYTES + 1)

interface Side {
  readonly stream: Stream
  readonly peer: string
  readonly reader: ExactReader
  readonly writer: FileWriter
  readonly stall: Stall
}

/** Files that we offered, to whoever accepted them (spec/files.md section 2). */
export class Serving {
  readonly #context: FilesContext
  readonly #streams = new Set<Stream>()
  /** The stream on which an offer is being given to a peer. */
  readonly #given = new Map<string, Stream>()
  readonly #underWay = new Set<Promise<void>>()
  #isClosed = false

  constructor(context: FilesContext) {
    this.#context = context
  }

  handle(stream: Stream, { remotePeer }: Pick<Connection, 'remotePeer'>): void {
    if (this.#isClosed) return stream.abort(new Error('the messenger ends'))
    this.#streams.add(stream)
    const serving = this.#serve(stream, remotePeer.toString()).catch((error: unknown) => {
      this.#context.log('%p was not given a file - %e', remotePeer, error)
      stream.abort(error as Error)
    })
    this.#underWay.add(serving)
    void serving.then(() => {
      this.#streams.delete(stream)
      return this.#underWay.delete(serving)
    })
  }

  async #serve(stream: Stream, peer: string): Promise<void> {
    using stall = new Stall(stream)
    const reader = new ExactReader(stream, MAX_HEARD_BYTES, 'somebody who fetches a file')
    const side: Side = { stream, peer, reader, writer: new FileWriter(stream), stall }
    const request = parseFileRequest(await reader.read(FILE_REQUEST_BYTES))
    try {
      const grant = await grantOf(request, peer, this.#context)
      const key = grant.offer.id + peer
      // Whoever asks anew has lost the stream of before, though we may not know it yet.
      this.#given.get(key)?.abort(new Error('the peer asks anew'))
      if (!this.#given.has(key) && this.#given.size >= MAX_FILE_TRANSFERS) {
        throw new MessengerError('BUSY', 'too many files are being given')
      }
      this.#given.set(key, stream)
      try {
        await this.#give(grant, request.offset, side)
      } finally {
        if (this.#given.get(key) === stream) this.#given.delete(key)
      }
    } catch (error) {
      if (!(error instanceof MessengerError) || stream.status !== 'open') throw error
      side.writer.refuse(isTold(error) ? error.code : 'BUSY')
    }
    await stream.close({ signal: AbortSignal.timeout(FILE_STALL_MS) })
  }

  async #give(grant: Grant, offset: number, side: Side): Promise<void> {
    const { offer } = grant
    await using file = await this.#context.store.open(offer.sha256)
    if (file?.size !== offer.size) throw new MessengerError('FILE_MISSING', 'the file is not there any more')
    const { stream } = side
    const window = new Window(offset)
    stream.addEventListener('close', () => window.end())
    if (stream.status !== 'open') window.end()
    side.writer.grant(grant.said, grant.accepted)
    const hearing = hear(window, offer, side).catch((error: unknown) => stream.abort(error as Error))
    try {
      await this.#giveAll(offer, file, window, side)
      await hearing
    } catch (error) {
      stream.abort(error as Error)
      throw new Error('it broke off', { cause: error })
    }
  }

  async #giveAll(offer: Offer, file: OpenFile, window: Window, { stream, peer, writer }: Side): Promise<void> {
    const { quiet, ledger, onProgress } = this.#context
    let toldAt = performance.now()
    for (let at = window.taken; at < offer.size; ) {
      await window.room()
      await quiet.take(FILE_SLICE_BYTES)
      if (stream.status !== 'open') throw new Error('the stream has ended')
      if (ledger.isWithdrawn(offer) || ledger.answer(offer, peer)?.answer !== 'accept') {
        throw new Error('it is not offered, or not wanted, any more')
      }
      const bytes = await file.read(at, Math.min(FILE_SLICE_BYTES, offer.size - at))
      if (bytes.length === 0) throw new Error('the file that is kept has become shorter')
      window.sent(bytes.length)
      await writer.chunk(bytes)
      at += bytes.length
      if (performance.now() - toldAt < FILE_PROGRESS_MS) continue
      toldAt = performance.now()
      onProgress({ ...offeredFile(offer), peer, direction: 'out', bytes: window.taken })
    }
    await window.empty()
    onProgress({ ...offeredFile(offer), peer, direction: 'out', bytes: window.taken })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const stream of this.#streams) stream.abort(new Error('the messenger ends'))
    await Promise.all(this.#underWay)
  }
}

/** What is wrong with our log or our disk is not a peer's business, and may pass. */
function isTold({ code }: MessengerError): boolean {
  return code.startsWith('FILE_') && !code.startsWith('FILE_STORE_')
}

/** Until all of it is there. */
async function hear(window: Window, { size }: Offer, { reader, stall }: Side): Promise<void> {
  while (window.taken < size) {
    if (!window.took(parseTaken(await reader.read(FILE_TAKEN_BYTES)))) {
      throw new MessengerError('FRAME_UNEXPECTED', 'a peer says to have taken what was not sent')
    }
    stall.beat()
  }
}
