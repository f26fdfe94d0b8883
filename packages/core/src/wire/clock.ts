import { MessengerError } from '../errors.ts'
import { CLOCK_NONCE_BYTES, CLOCK_TIME_BYTES, MAX_CLOCK_MS } from '../limits.ts'

export const CLOCK_ANSWER_BYTES = CLOCK_NONCE_BYTES + CLOCK_TIME_BYTES

/** @param timeMs - milliseconds since 1970, by the clock of whoever answers */
export function formatClockAnswer(nonce: Uint8Array, timeMs: number): Uint8Array {
  const bytes = Buffer.alloc(CLOCK_ANSWER_BYTES)
  bytes.set(nonce)
  bytes.writeBigUInt64BE(BigInt(Math.round(timeMs)), CLOCK_NONCE_BYTES)
  return bytes
}

/**
 * @returns the time that an answer tells, milliseconds since 1970
 * @throws MessengerError FRAME_MALFORMED when it answers another question, or tells no time
 */
export function parseClockAnswer(nonce: Uint8Array, answer: Uint8Array): number {
  const bytes = Buffer.from(answer)
  if (bytes.length !== CLOCK_ANSWER_BYTES) throw malformed(`it has ${bytes.length} bytes`)
  if (!bytes.subarray(0, CLOCK_NONCE_BYTES).equals(nonce)) throw malformed('it answers another question')
  const time = bytes.readBigUInt64BE(CLOCK_NONCE_BYTES)
  if (time > BigInt(MAX_CLOCK_MS)) throw malformed('it is after the end of the calendar')
  return Number(time)
}

function malformed(why: string): MessengerError {
  return new MessengerError('FRAME_MALFORMED', `a peer says something else than a time: ${why}`)
}
