import { MESSENGER_ERROR_CODES, MessengerError } from '../errors.ts'
import {
  FILE_PROGRESS_MS,
  FILE_PROTOCOL,
  FILE_STALL_MS,
  FILE_TAKEN_EVERY_BYTES,
  MAX_FILE_FRAME_BYTES,
  OPEN_TIMEOUT_MS,
} from '../limits.ts'
import { endWith } from '../wire/end-with.ts'
import { FileReader } from '../wire/file-reader.ts'
import { FileAsker } from '../wire/writer.ts'
import { type FilesContext, offeredFile } from './context.ts'
import type { Offer } from './ledger.ts'
import type { PartialFile } from './store.ts'

export interface DownloadInit {
  readonly context: FilesContext
  readonly offer: Offer
  /** Grows. */
  readonly partial: PartialFile
  readonly signal: AbortSignal
  /** Called when so much has come that it is worth to ask again at once, should it break off. */
  readonly onGoingWell: () => void
}

/**
 * Asks for the rest of a file once, and writes what comes.
 * @throws MessengerError: the code with which it is refused; FILE_WRONG when more comes than was offered; FILE_STORE_FULL,
 *   FILE_STORE_FAILED, FRAME_TOO_LARGE, FRAME_MALFORMED, FRAME_STALLED; an Error when it breaks off
 */
export async function download(init: DownloadInit): Promise<void> {
  const { context, offer, partial, signal } = init
  const opening = AbortSignal.any([signal, AbortSignal.timeout(OPEN_TIMEOUT_MS)])
  const connection = await context.reach(offer.from, opening)
  const stream = await connection.newStream(FILE_PROTOCOL, { signal: opening })
  using _ = endWith(signal, stream)
  try {
    const reader = new FileReader(stream)
    const asker = new FileAsker(stream)
    asker.ask(offer.id, partial.bytes)
    const code = await reader.answer()
    if (code !== '') throw refusedWith(code)
    await takeAll(reader, asker, init)
    if (partial.bytes < offer.size) throw new Error('the stream ended too early')
    await stream.close({ signal: AbortSignal.timeout(FILE_STALL_MS) })
  } catch (error) {
    stream.abort(error as Error)
    throw error
  }
}

async function takeAll(
  reader: FileReader,
  asker: FileAsker,
  { context, offer, partial, onGoingWell }: DownloadInit,
): Promise<void> {
  const { quiet, onProgress } = context
  const began = partial.bytes
  let [told, toldAt] = [began, performance.now()]
  while (partial.bytes < offer.size) {
    const chunk = await reader.chunk()
    if (chunk === undefined) return
    await quiet.silence()
    if (partial.bytes + chunk.length > offer.size) {
      await partial.drop()
      throw new MessengerError('FILE_WRONG', 'more came than was offered; nothing of it was kept')
    }
    await partial.write(chunk)
    const { bytes } = partial
    const isWhole = bytes === offer.size
    if (isWhole || bytes - told >= FILE_TAKEN_EVERY_BYTES) {
      asker.taken(bytes)
      told = bytes
    }
    if (isWhole || bytes - began >= MAX_FILE_FRAME_BYTES) onGoingWell()
    if (!isWhole && performance.now() - toldAt < FILE_PROGRESS_MS) continue
    toldAt = performance.now()
    onProgress({ ...offeredFile(offer), peer: offer.from, direction: 'in', bytes })
  }
}

/** The code may be any string. */
function refusedWith(code: string): MessengerError {
  const known = MESSENGER_ERROR_CODES.find((each) => each === code) ?? 'FILE_UNKNOWN'
  return new MessengerError(known, `whoever offered the file does not give it: ${code}`)
}
