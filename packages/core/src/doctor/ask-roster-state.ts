import type { Connection } from '@libp2p/interface'
import { ROSTER_PROTOCOL } from '../limits.ts'
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
  const end = (): void => stream.abort(new Error('no answer in time'))
  signal.addEventListener('abort', end, { once: true })
  try {
    const reader = new RosterReader(stream)
    new RosterWriter(stream).state(ours)
    return await reader.state()
  } finally {
    signal.removeEventListener('abort', end)
    stream.abort(new Error('that was all'))
  }
}
