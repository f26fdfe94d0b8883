import { AuditError, type AuditSink, type SignedCheckpoint } from '@branchline/audit-sink'
import { earlierRoot, isSignedBy, NOTE_KEY, parseVerifierKey } from '@branchline/audit-sink/tlog'
import { MessengerError } from '../errors.ts'
import type { LogProof } from '../wire/proof.ts'
import { readInTime } from './read-in-time.ts'

interface Waiting {
  readonly seq: number
  /** Says whether the proof was sent. */
  readonly write: (proof: LogProof) => boolean
  readonly fail: (error: unknown) => void
}

/** What we have proven of our log on one stream: each proof goes on from the one before (spec/wire.md section 3). */
export class OwnLog {
  readonly #sink: AuditSink
  readonly #timeoutMs: number
  #proven: number
  #waiting: Waiting[] = []
  #isProving = false

  private constructor(sink: AuditSink, proven: number, timeoutMs: number) {
    this.#sink = sink
    this.#proven = proven
    this.#timeoutMs = timeoutMs
  }

  /**
   * @param held - the largest checkpoint of our log that the peer says to hold
   * @throws MessengerError LOG_UNKNOWN when that is not ours; AUDIT_UNAVAILABLE, caused by AUDIT_LOG_ROLLED_BACK, when
   *   it is, and our log is not what it was
   */
  static async against(sink: AuditSink, held: LogProof['checkpoint'] | undefined, timeoutMs: number): Promise<OwnLog> {
    if (held !== undefined) await readInTime(assertIsAsItWas(sink, held), timeoutMs)
    return new OwnLog(sink, held?.size ?? 0, timeoutMs)
  }

  /** Calls `write` with the proof of this record, which is durable; in the order of the calls. */
  send(seq: number, write: Waiting['write'], fail: Waiting['fail']): void {
    this.#waiting.push({ seq, write, fail })
    if (!this.#isProving) void this.#prove()
  }

  async #prove(): Promise<void> {
    this.#isProving = true
    while (this.#waiting.length > 0) {
      const batch = this.#waiting
      this.#waiting = []
      try {
        const checkpoint = await readInTime(this.#sink.checkpoint(), this.#timeoutMs)
        for (; batch[0] !== undefined; batch.shift()) await this.#proveOne(batch[0], checkpoint)
      } catch (error) {
        for (const { fail } of batch) fail(error)
      }
    }
    this.#isProving = false
  }

  async #proveOne({ seq, write }: Waiting, checkpoint: SignedCheckpoint): Promise<void> {
    const { size } = checkpoint
    const proof = await readInTime(this.#sink.prove({ size, seq, from: this.#proven }), this.#timeoutMs)
    if (write({ checkpoint, ...proof })) this.#proven = size
  }
}

async function assertIsAsItWas(sink: AuditSink, held: LogProof['checkpoint']): Promise<void> {
  const checkpoint = { origin: sink.origin, ...held }
  if (!isSignedBy(checkpoint, held.signature, parseVerifierKey(sink.key, NOTE_KEY))) {
    throw new MessengerError('LOG_UNKNOWN', 'the peer holds a checkpoint that we never signed')
  }
  const own = await sink.checkpoint()
  if (held.size > own.size)
    throw notAsItWas(`a colleague has seen ${held.size} records of it, and ${own.size} are there`)
  const { consistency } = await sink.prove({ size: own.size, from: held.size })
  const root = earlierRoot({ from: held.size, to: own.size, toRoot: own.root, path: consistency })
  if (root !== held.root) throw notAsItWas(`a colleague has seen other records in its first ${held.size}`)
}

/** Whether an error says that our own log is not what it was: that stops everything. */
export function isNotAsItWas({ cause }: Error): boolean {
  return cause instanceof AuditError && cause.code === 'AUDIT_LOG_ROLLED_BACK'
}

function notAsItWas(why: string): MessengerError {
  const cause = new AuditError('AUDIT_LOG_ROLLED_BACK', `the log is not what it was: ${why}`)
  const message = `${cause.message}; nothing is sent or acknowledged: see "branchline audit verify"`
  return new MessengerError('AUDIT_UNAVAILABLE', message, { cause })
}
