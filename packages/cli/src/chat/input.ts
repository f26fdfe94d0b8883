import type { Readable } from 'node:stream'

const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
/** Far above what a message may hold; the rest of a longer line is dropped, and the line is refused for its length. */
const MAX_LINE_BYTES = 65_536

/** The lines of a pipe as bytes, so that what is not UTF-8 stays what it is. */
export async function* byteLines(input: Readable): AsyncIterable<Uint8Array> {
  let pieces: Buffer[] = []
  let held = 0
  const keep = (piece: Buffer): void => {
    const room = piece.subarray(0, Math.max(0, MAX_LINE_BYTES - held))
    if (room.length > 0) pieces.push(room)
    held += room.length
  }
  for await (const chunk of input) {
    let rest = Buffer.from(chunk)
    for (let end = rest.indexOf(LINE_FEED); end !== -1; end = rest.indexOf(LINE_FEED)) {
      keep(rest.subarray(0, end))
      yield withoutReturn(Buffer.concat(pieces))
      pieces = []
      held = 0
      rest = rest.subarray(end + 1)
    }
    keep(rest)
  }
  if (held > 0) yield withoutReturn(Buffer.concat(pieces))
}

function withoutReturn(line: Buffer): Buffer {
  return line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line
}
