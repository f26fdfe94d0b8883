import { type Cosignature, originOf, type SeenCheckpoint, type SignedCheckpoint } from '@branchline/audit-sink'
import type { Checkpoint } from '@branchline/audit-sink/tlog'
import { MessengerError } from '../errors.ts'
import type { Recorded } from '../recorded.ts'
import type { Hello, Receipt } from '../wire/frame.ts'
import { fromWireCheckpoint, ProofReader } from '../wire/proof.ts'
import type { FrameWriter } from '../wire/writer.ts'
import type { DeliveryContext } from './context.ts'
import { OwnLog } from './own-log.ts'
import { PeerLog } from './peer-log.ts'
import { readInTime } from './read-in-time.ts'
import { recordSeen } from './record-refusal.ts'
import { signedOf } from './seen.ts'
import { logKeyOf } from '../roster/roster.ts'

export interface Greeted {
  readonly own: OwnLog
  readonly theirs: PeerLog
}

/** The two logs of one stream: says hello, hears it, and then knows what either side has to prove. */
export class StreamLogs {
  /** Of the proofs that the peer sends; each is to be read, in the order in which they came. */
  readonly proofs = new ProofReader()
  readonly #context: DeliveryContext
  readonly #peer: string
  readonly #held: Promise<SeenCheckpoint | undefined>
  readonly #greeted = Promise.withResolvers<Greeted>()
  #wasGreeted = false
  #kept: Promise<void> = Promise.resolve()
  #theirCosignature: Cosignature | undefined
  #cosigned: { readonly checkpoint: Checkpoint; readonly cosignature: Promise<Cosignature> } | undefined

  constructor(context: DeliveryContext, peer: string, writer: FrameWriter) {
    this.#context = context
    this.#peer = peer
    this.#held = this.#sayHello(writer)
    this.#held.catch((error: unknown) => this.fail(error))
    // Whoever waits is told; when nobody does there is nobody to tell.
    this.#greeted.promise.catch(() => undefined)
  }

  async #sayHello(writer: FrameWriter): Promise<SeenCheckpoint | undefined> {
    const { sink, recordTimeoutMs } = this.#context
    const [genesis, held, continuations] = await readInTime(
      Promise.all([this.#context.genesis(), sink.witnessed(originOf(this.#peer)), sink.continuations()]),
      recordTimeoutMs,
    )
    writer.hello(genesis, { held: held && signedOf(held), continuations })
    return held
  }

  /**
   * @throws MessengerError MEMBER_REVOKED, MEMBER_UNKNOWN, MEMBER_EXPIRED, LOG_UNKNOWN, LOG_KEY_CHANGED,
   *   LOG_DIRECTOR_UNKNOWN, LOG_UNLISTED, FRAME_UNEXPECTED, AUDIT_UNAVAILABLE
   */
  async onHello(hello: Hello): Promise<void> {
    if (this.#wasGreeted) throw new MessengerError('FRAME_UNEXPECTED', 'one hello is enough')
    this.#wasGreeted = true
    try {
      this.#greeted.resolve(await this.#greet(hello))
    } catch (error) {
      this.fail(error)
      throw error
    }
  }

  async #greet(hello: Hello): Promise<Greeted> {
    const { sink, directors, recordTimeoutMs, roster } = this.#context
    const why = roster.whyNot(this.#peer)
    if (why !== undefined) throw why
    const member = roster.member(this.#peer)
    const listed = member && logKeyOf(member)
    const theirs = PeerLog.greeted(this.#peer, hello, { held: await this.#held, directors, listed })
    const held = fromWireCheckpoint(hello.held)
    if (hello.held !== undefined && held === undefined) {
      throw new MessengerError('LOG_UNKNOWN', 'the peer holds something that is no checkpoint')
    }
    return { own: await OwnLog.against(sink, held, recordTimeoutMs), theirs }
  }

  /**
   * Resolves when both have said hello.
   * @throws MessengerError LOG_UNKNOWN when the peer said something else first; what `onHello` threw
   */
  async greeted(isFrame = false): Promise<Greeted> {
    if (isFrame && !this.#wasGreeted) throw new MessengerError('LOG_UNKNOWN', 'the peer did not say hello first')
    return this.#greeted.promise
  }

  fail(error: unknown): void {
    this.#greeted.reject(error)
  }

  /** The peer's, of a receipt: when it brings none, that of the one before. */
  cosignatureIn({ cosignature }: Pick<Receipt, 'cosignature'>): Cosignature | undefined {
    this.#theirCosignature = cosignature ?? this.#theirCosignature
    return this.#theirCosignature
  }

  /** Ours under a checkpoint that this stream has proven; one for each. */
  async cosign(checkpoint: SignedCheckpoint): Promise<Cosignature> {
    if (this.#cosigned?.checkpoint.size !== checkpoint.size) {
      const { sink, recordTimeoutMs } = this.#context
      this.#cosigned = { checkpoint, cosignature: readInTime(sink.cosign(checkpoint), recordTimeoutMs) }
      this.#cosigned.cosignature.catch(() => (this.#cosigned = undefined))
    }
    return this.#cosigned.cosignature
  }

  /**
   * Resolves when all that was proven of the peer's log so far is on record: before that nothing that rests on it is
   * acknowledged.
   * @param record - the next that is made because of what the peer sent
   */
  async kept({ theirs }: Greeted, unkept: SignedCheckpoint | undefined, record: Promise<Recorded<unknown>>) {
    if (unkept !== undefined) this.#kept = this.#keep(theirs, unkept, record)
    await this.#kept
  }

  async #keep(theirs: PeerLog, unkept: SignedCheckpoint, record: Promise<Recorded<unknown>>): Promise<void> {
    const recovery = theirs.takeRecovery()
    try {
      const { seen = [] } = (await record).receipt.record
      const holds = seen.some(([origin, size, root]) => {
        return origin === unkept.origin && size === unkept.size && root === unkept.root
      })
      // Less than we held, by a director's word: from now on that counts, and the record says why.
      if (recovery !== undefined) await recordSeen(this.#context, this.#peer, unkept, recovery.line)
      else if (!holds) await recordSeen(this.#context, this.#peer, unkept)
    } catch (error) {
      theirs.giveBack(unkept, recovery)
      throw error
    }
  }
}
