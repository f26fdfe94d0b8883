import { MessengerError } from '../errors.ts'
import { Hop, type Limit } from './hop.ts'

/** As libp2p bounds it. */
export const MAX_HOP_BYTES = 65_535

/** Of HopMessage's `type` (libp2p's specification of circuit-relay-v2). */
const TYPE_STATUS = 2
const STATUS: Readonly<Record<number, string>> = {
  100: 'OK',
  200: 'RESERVATION_REFUSED',
  201: 'RESOURCE_LIMIT_EXCEEDED',
  202: 'PERMISSION_DENIED',
  203: 'CONNECTION_FAILED',
  204: 'NO_RESERVATION',
  400: 'MALFORMED_MESSAGE',
  401: 'UNEXPECTED_MESSAGE',
}

/** What a relay answers to whoever asks for a place. */
export interface PlaceAnswer {
  /** OK, or why not, as circuit-relay-v2 calls it. */
  readonly status: string
  /** Of a connection through it; absent for no limit. */
  readonly limitSeconds?: number
  readonly limitBytes?: number
}

/**
 * Reads a relay's answer; what else is in it is passed over.
 * @throws MessengerError FRAME_MALFORMED
 */
export function parsePlaceAnswer(bytes: Uint8Array): PlaceAnswer {
  const { type, status, limit } = decode(bytes)
  if (type !== TYPE_STATUS || status === undefined) throw malformed('it tells no status')
  return { status: STATUS[status] ?? `status ${status}`, ...limitsOf(limit) }
}

function decode(bytes: Uint8Array): Hop {
  try {
    return Hop.decode(bytes)
  } catch (cause) {
    throw malformed('it cannot be read', cause)
  }
}

/** The specification has seconds, and js-libp2p tells milliseconds: its two minutes are 120,000. */
const LEAST_MS = 30_000

/** 0 is no limit, as its absence is. */
function limitsOf({ duration = 0, data = 0 }: Limit = {}): Pick<PlaceAnswer, 'limitSeconds' | 'limitBytes'> {
  const limitSeconds = duration >= LEAST_MS ? duration / 1_000 : duration
  return { ...(limitSeconds > 0 && { limitSeconds }), ...(data > 0 && { limitBytes: data }) }
}

function malformed(why: string, cause?: unknown): MessengerError {
  return new MessengerError('FRAME_MALFORMED', `a relay answers something else than it should: ${why}`, { cause })
}
