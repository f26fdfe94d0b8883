import type { Readable } from 'node:stream'
import { MAX_LINE_BYTES } from './limits.ts'

/** A line without its line feed; undefined for one that was too long, and passed over. */
export type Line = Uint8Array | undefined

const LINE_FEED = 0x0a

/** The lines of a stream that may hold anything: of one that is too long nothing is kept. */
export async function* lines(input: Readable): AsyncIterable<Line> {
  let pieces: Buffer[] = []
  let bytes = 0
  const keep = (piece: Buffer): void => {
    bytes += piece.length
    if (bytes > MAX_LINE_BYTES) pieces = []
    else if (piece.length > 0) pieces.push(piece)
  }
  const taken = (): Line => {
    const line = bytes > MAX_LINE_BYTES ? undefined : Buffer.concat(pieces)
    pieces = []
    bytes = 0
    return line
  }
  for await (const chunk of input) {
    let rest = Buffer.from(chunk)
    for (let end = rest.indexOf(LINE_FEED); end !== -1; end = rest.indexOf(LINE_FEED)) {
      keep(rest.subarray(0, end))
      yield taken()
      rest = rest.subarray(end + 1)
    }
    keep(rest)
  }
  if (bytes > 0) yield taken()
}
