import type { Connection } from '@libp2p/interface'
import { ROSTER_PROTOCOL } from '../limits.ts'
import { endWith } from '../wire/end-with.ts'
import { RosterReader, type RosterState } from '../wire/roster-reader.ts'
import { RosterWriter } from '../wire/writer.ts'

/**
 * Which roster a peer holds. Neither side takes a roster by this: we end the stream when both have said what they hold.
 * @throws MessengerError FRAME_MALFORMED, FRAME_TOO_LARGE; UnsupportedProtocolError
 */
export async function askRosterState(
  connection: Connection,
  ours: RosterState,
  signal: AbortSignal,
): Promise<RosterState> {
  const stream = await connection.newStream(ROSTER_PROTOCOL, { signal })
  using _ = endWith(signal, stream, 'no answer in time')
  try {
    const reader = new RosterReader(stream)
    new RosterWriter(stream).state(ours)
    return await reader.state()
  } finally {
    stream.abort(new Error('that was all'))
  }
}
