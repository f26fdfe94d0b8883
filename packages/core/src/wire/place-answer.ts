import { type Reader, reader } from 'protons-runtime'
import { MessengerError } from '../errors.ts'

/** `HopMessage { type: RESERVE }`, length first (libp2p's specification of circuit-relay-v2). */
export const RESERVE = Uint8Array.of(2, 0x08, 0x00)
export const HOP_PROTOCOL = '/libp2p/circuit/relay/0.2.0/hop'
/** As libp2p bounds it. */
export const MAX_HOP_BYTES = 65_535

const FIELD = { type: 1, reservation: 3, limit: 4, status: 5 } as const
const TYPE_STATUS = 2
const WIRE_LENGTH = 2
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
  try {
    return read(reader(bytes))
  } catch (cause) {
    if (cause instanceof MessengerError) throw cause
    throw malformed('it cannot be read', cause)
  }
}

function read(message: Reader): PlaceAnswer {
  let [type, status] = [undefined, undefined] as (number | undefined)[]
  let limits: Pick<PlaceAnswer, 'limitSeconds' | 'limitBytes'> = {}
  while (message.pos < message.len) {
    const tag = message.uint32()
    if (tag >>> 3 === FIELD.type) type = message.uint32()
    else if (tag >>> 3 === FIELD.status) status = message.uint32()
    else if (tag === ((FIELD.limit << 3) | WIRE_LENGTH)) limits = readLimits(message)
    else message.skipType(tag & 7)
  }
  if (type !== TYPE_STATUS || status === undefined) throw malformed('it tells no status')
  return { status: STATUS[status] ?? `status ${status}`, ...limits }
}

/** The specification has seconds, and js-libp2p tells milliseconds: its two minutes are 120,000. */
const LEAST_MS = 30_000

/** 0 is no limit, as its absence is. */
function readLimits(message: Reader): Pick<PlaceAnswer, 'limitSeconds' | 'limitBytes'> {
  const end = message.uint32() + message.pos
  if (end > message.len) throw malformed('it is cut off')
  let [limitSeconds, limitBytes] = [0, 0]
  while (message.pos < end) {
    const tag = message.uint32()
    if (tag >>> 3 === 1) limitSeconds = message.uint32()
    else if (tag >>> 3 === 2) limitBytes = message.uint64Number()
    else message.skipType(tag & 7)
  }
  if (limitSeconds >= LEAST_MS) limitSeconds /= 1_000
  return { ...(limitSeconds > 0 && { limitSeconds }), ...(limitBytes > 0 && { limitBytes }) }
}

function malformed(why: string, cause?: unknown): MessengerError {
  return new MessengerError('FRAME_MALFORMED', `a relay answers something else than it should: ${why}`, { cause })
}
