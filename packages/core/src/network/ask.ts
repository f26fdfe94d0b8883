import type { Connection } from '@libp2p/interface'

const PING_PROTOCOL = '/ipfs/ping/1.0.0'

/** What came of asking whether somebody is at the other end: an answer, none in time, or another end of the attempt. */
export type Outcome = 'answered' | 'late' | 'failed'

/** Opens a stream and ends it: its negotiation is a round trip, and all that we want to know. */
export async function ask(connection: Connection, waitMs: number): Promise<Outcome> {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), waitMs)
  try {
    const stream = await connection.newStream(PING_PROTOCOL, { signal: late.signal, runOnLimitedConnection: true })
    stream.abort(new Error('that was all'))
    return 'answered'
  } catch (error) {
    if (late.signal.aborted) return 'late'
    return error instanceof Error && error.name === 'UnsupportedProtocolError' ? 'answered' : 'failed'
  } finally {
    clearTimeout(timer)
  }
}
