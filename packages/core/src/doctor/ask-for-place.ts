import { RELAY_V2_HOP_CODEC } from '@libp2p/circuit-relay-v2'
import type { Connection } from '@libp2p/interface'
import { endWith } from '../wire/end-with.ts'
import { ExactReader } from '../wire/exact-reader.ts'
import { MAX_HOP_BYTES, parsePlaceAnswer, type PlaceAnswer } from '../wire/place-answer.ts'
import { decode } from '../wire/varint.ts'
import { writeReserve } from '../wire/writer.ts'

const MAX_LENGTH_BYTES = 3

/**
 * Asks a relay for a place, as whoever is to be reached through it must. One who has a place already keeps it, and it
 * lasts longer.
 * @throws MessengerError FRAME_MALFORMED, FRAME_TOO_LARGE; UnsupportedProtocolError of whom is no relay
 */
export async function askForPlace(connection: Connection, signal: AbortSignal): Promise<PlaceAnswer> {
  const stream = await connection.newStream(RELAY_V2_HOP_CODEC, { signal })
  using _ = endWith(signal, stream, 'no answer in time')
  try {
    const reader = new ExactReader(stream, MAX_LENGTH_BYTES + MAX_HOP_BYTES, 'an answer of a relay')
    writeReserve(stream)
    return parsePlaceAnswer(await reader.read(await readLength(reader)))
  } finally {
    stream.close({ signal }).catch((error: unknown) => stream.abort(error as Error))
  }
}

async function readLength(reader: ExactReader): Promise<number> {
  const bytes: number[] = []
  for (;;) {
    const length = decode((at) => bytes[at] as number, bytes.length)
    if (length === 'long') return MAX_HOP_BYTES + MAX_LENGTH_BYTES + 1
    if (length !== 'short') return length[0]
    bytes.push((await reader.read(1))[0] as number)
  }
}
