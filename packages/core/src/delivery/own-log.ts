import {
  AuditError,
  type AuditSink,
  type Hash,
  type KeyEpoch,
  keyEpochs,
  parseRecord,
  type SignedCheckpoint,
} from '@branchline/audit-sink'
import { earlierRoot } from '@branchline/audit-sink/tlog'
import { MessengerError } from '../errors.ts'
import type { LogProof } from '../wire/proof.ts'
import { baseIn } from './peer-keys.ts'
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
    const proven = held === undefined ? 0 : await readInTime(sizeOnBoth(sink, held), timeoutMs)
    return new OwnLog(sink, proven, timeoutMs)
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
      const proven: BatchProof = { checkpoint: undefined, consistency: [], paths: [] }
      try {
        await readInTime(this.#proofsOf(batch, proven), this.#timeoutMs)
        this.#write(batch, proven)
      } catch (error) {
        this.#write(batch, proven)
        for (const { fail } of batch) fail(error)
      }
    }
    this.#isProving = false
  }

  /** @param proven - grows while this goes on, so that what is there is of use when the rest fails */
  async #proofsOf(batch: readonly Waiting[], proven: BatchProof): Promise<void> {
    const checkpoint = await this.#sink.checkpoint()
    const { size } = checkpoint
    if (this.#proven > 0 && this.#proven < size) {
      proven.consistency = (await this.#sink.prove({ size, from: this.#proven })).consistency
    }
    proven.checkpoint = checkpoint
    for (const { seq } of batch) proven.paths.push((await this.#sink.prove({ size, seq })).inclusion)
  }

  /** Takes from the batch what is proven. The first that is sent brings what leads to the checkpoint. */
  #write(batch: Waiting[], { checkpoint, consistency, paths }: BatchProof): void {
    if (checkpoint === undefined) return
    for (const inclusion of paths.splice(0)) {
      const { write, fail } = batch.shift() as Waiting
      try {
        const isGoingOn = this.#proven < checkpoint.size
        const isSent = write({ checkpoint, inclusion, consistency: isGoingOn ? consistency : [] })
        if (isSent) this.#proven = checkpoint.size
      } catch (error) {
        fail(error)
      }
    }
  }
}

/** Of as many that wait as could be proven. */
interface BatchProof {
  checkpoint: SignedCheckpoint | undefined
  consistency: readonly Hash[]
  readonly paths: (readonly Hash[])[]
}

/** How many of our records are those that the peer holds a checkpoint of: all, unless a director let the log go on. */
async function sizeOnBoth(sink: AuditSink, held: LogProof['checkpoint']): Promise<number> {
  const base = baseIn(await ownEpochs(sink), { origin: sink.origin, ...held })
  if (base === undefined) throw new MessengerError('LOG_UNKNOWN', 'the peer holds a checkpoint that we never signed')
  const { size, root } = base.checkpoint
  const own = await sink.checkpoint()
  if (size > own.size) throw notAsItWas(`a colleague has seen ${size} records of it, and ${own.size} are there`)
  const { consistency } = await sink.prove({ size: own.size, from: size })
  if (earlierRoot({ from: size, to: own.size, toRoot: own.root, path: consistency }) !== root) {
    throw notAsItWas(`a colleague has seen other records in its first ${size}`)
  }
  return size
}

async function ownEpochs(sink: AuditSink): Promise<readonly KeyEpoch[]> {
  const changes = await sink.continuations()
  if (changes.length === 0) return [{ from: 0, vkey: sink.key }]
  for await (const [genesis] of sink.read({ from: 0, to: 1 })) {
    if (genesis !== undefined) return keyEpochs(String(parseRecord(genesis.line).detail?.['key']), changes)
  }
  throw new Error('it has no record 0')
}

/** Whether an error says that our own log is not what it was: that stops everything. */
export function isNotAsItWas({ cause }: Error): boolean {
  return cause instanceof AuditError && cause.code === 'AUDIT_LOG_ROLLED_BACK'
}

function notAsItWas(why: string): MessengerError {
  const cause = new AuditError('AUDIT_LOG_ROLLED_BACK', `the log is not what it was: ${why}`)
  const message = `${cause.message}; nothing is sent or acknowledged: see "branchline audit verify", then "branchline audit recover"`
  return new MessengerError('AUDIT_UNAVAILABLE', message, { cause })
}
