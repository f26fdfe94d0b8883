import { randomBytes } from 'node:crypto'
import {
  type ComponentLogger,
  type Connection,
  serviceCapabilities,
  type Startable,
  type Stream,
} from '@libp2p/interface'
import type { Registrar } from '@libp2p/interface-internal'
import {
  CLOCK_NONCE_BYTES,
  CLOCK_PROTOCOL,
  CLOCK_TIMEOUT_MS,
  MAX_CLOCK_QUESTIONS,
  MAX_CLOCK_STREAMS,
} from '../limits.ts'
import { CLOCK_ANSWER_BYTES, parseClockAnswer } from '../wire/clock.ts'
import { endWith } from '../wire/end-with.ts'
import { ExactReader } from '../wire/exact-reader.ts'
import { ClockWriter } from '../wire/writer.ts'
import { type ClockAnswer, type Skew, skewOf } from './skew.ts'

export interface ClockInit {
  /** Whether a peer is told the time: as the node's gate says. */
  readonly isAdmitted: (peer: string) => boolean
  /** Milliseconds since 1970; default: the machine's clock. */
  readonly now?: () => number
}

export interface ClockComponents {
  readonly registrar: Registrar
  readonly logger: ComponentLogger
}

/** Tells whoever is admitted what time it is here (spec/clock.md), so that they can tell whether a clock is wrong. */
export function clock(init: ClockInit): (components: ClockComponents) => Startable {
  return ({ registrar, logger }) => {
    const { isAdmitted, now = Date.now } = init
    const log = logger.forComponent('branchline:clock')
    const handle = (stream: Stream, { remotePeer }: Connection): void => {
      if (!isAdmitted(remotePeer.toString())) return stream.abort(new Error('it is not admitted'))
      tell(stream, now).catch((error: unknown) => {
        log('%p was not told the time - %e', remotePeer, error)
        stream.abort(error as Error)
      })
    }
    return Object.assign(
      {
        start: async () => registrar.handle(CLOCK_PROTOCOL, handle, { maxInboundStreams: MAX_CLOCK_STREAMS }),
        stop: async () => registrar.unhandle(CLOCK_PROTOCOL),
      },
      { [Symbol.toStringTag]: '@branchline/clock', [serviceCapabilities]: ['@branchline/clock'] },
    )
  }
}

async function tell(stream: Stream, now: () => number): Promise<void> {
  const signal = AbortSignal.timeout(CLOCK_TIMEOUT_MS)
  using _ = endWith(signal, stream, 'it took too long to ask')
  const reader = new ExactReader(stream, MAX_CLOCK_QUESTIONS * CLOCK_NONCE_BYTES, 'questions for the time')
  const writer = new ClockWriter(stream)
  for (let n = 0; n < MAX_CLOCK_QUESTIONS; n++) {
    const nonce = await reader.read(CLOCK_NONCE_BYTES).catch((error: unknown) => {
      if (reader.isAtEnd && stream.status === 'open') return undefined
      throw error
    })
    if (nonce === undefined) break
    writer.answer(nonce, now())
  }
  await stream.close({ signal })
}

/** One question may have been held up. */
const QUESTIONS = 3

/**
 * Asks a peer for the time, on a connection that is there.
 * @throws MessengerError FRAME_MALFORMED, FRAME_TOO_LARGE; libp2p's UnsupportedProtocolError from a version that does not
 *   tell it; what `signal` aborts with
 */
export async function askClock(connection: Connection, signal: AbortSignal, now = Date.now): Promise<Skew> {
  const stream = await connection.newStream(CLOCK_PROTOCOL, { signal })
  using _ = endWith(signal, stream, 'no answer in time')
  try {
    const reader = new ExactReader(stream, QUESTIONS * CLOCK_ANSWER_BYTES, 'a time')
    const writer = new ClockWriter(stream)
    const ask = async (): Promise<ClockAnswer> => {
      const nonce = randomBytes(CLOCK_NONCE_BYTES)
      const [sentMs, startedAt] = [now(), performance.now()]
      writer.question(nonce)
      const answer = await reader.read(CLOCK_ANSWER_BYTES)
      return { sentMs, roundTripMs: performance.now() - startedAt, theirMs: parseClockAnswer(nonce, answer) }
    }
    const first = await ask()
    const answers: [ClockAnswer, ...ClockAnswer[]] = [first]
    while (answers.length < QUESTIONS) answers.push(await ask())
    stream.close({ signal }).catch((error: unknown) => stream.abort(error as Error))
    return skewOf(answers)
  } catch (error) {
    stream.abort(error as Error)
    signal.throwIfAborted()
    throw error
  }
}
