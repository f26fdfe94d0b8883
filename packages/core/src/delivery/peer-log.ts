import {
  type Cosignature,
  type Hash,
  type KeyChange,
  originOf,
  type SeenCheckpoint,
  type SignedCheckpoint,
} from '@branchline/audit-sink'
import {
  type Checkpoint,
  cosignatureBytes,
  cosignatureTime,
  earlierRoot,
  type Evidence,
  formatCheckpoint,
  formatInclusionFile,
  InclusionCheck,
  isSignedBy,
  type NoteSignature,
} from '@branchline/audit-sink/tlog'
import { ForkedError, MessengerError } from '../errors.ts'
import type { Hello } from '../wire/frame.ts'
import { isSameCheckpoint, type LogProof } from '../wire/proof.ts'
import { type Base, PeerKeys } from './peer-keys.ts'
import { signedOf } from './seen.ts'

/** A record, by its place and its hash. */
export interface Leaf {
  readonly seq: number
  readonly leaf: Hash
}

interface Believed {
  readonly held?: SeenCheckpoint | undefined
  readonly directors: readonly string[]
  readonly listed: string | undefined
}

/** What the peer at the other end of a stream has proven of its log on it (spec/wire.md sections 3 and 4). */
export class PeerLog {
  readonly #origin: string
  readonly #keys: PeerKeys
  /** The last that was proven; what we held before the stream began. */
  #proven: SignedCheckpoint | undefined
  #unkept: SignedCheckpoint | undefined
  readonly #inclusion = new InclusionCheck()
  /** The last that a proof was to be kept of. */
  #noted: { readonly checkpoint: LogProof['checkpoint']; readonly note: string } | undefined

  /** By which the peer's log goes on from less than we held, until that is on record. */
  #recovery: KeyChange | undefined

  private constructor(origin: string, keys: PeerKeys, base: Base | undefined) {
    this.#origin = origin
    this.#keys = keys
    this.#proven = base?.checkpoint
    this.#recovery = base?.recovery
  }

  get proven(): SignedCheckpoint | undefined {
    return this.#proven
  }

  /**
   * @param held - the largest checkpoint of the peer's log that ours holds
   * @param listed - verifier key of the peer's log on the roster
   * @throws MessengerError LOG_UNKNOWN, LOG_KEY_CHANGED, LOG_DIRECTOR_UNKNOWN, LOG_UNLISTED
   */
  static greeted(peer: string, hello: Hello, { held, directors, listed }: Believed): PeerLog {
    const keys = PeerKeys.in(hello, peer, directors)
    const base = held && keys.baseFor(signedOf(held))
    if (held !== undefined && base === undefined) {
      throw new MessengerError('LOG_KEY_CHANGED', `the log key of ${peer} is not the one that signed before`)
    }
    if (listed === undefined || !keys.everHad(listed)) {
      throw new MessengerError('LOG_UNLISTED', `the log of ${peer} is not the one that the roster names`)
    }
    return new PeerLog(originOf(peer), keys, base)
  }

  /**
   * Takes one step: the record is in the log, and the log goes on from what was proven before.
   * @throws MessengerError MESSAGE_UNPROVEN, LOG_UNSIGNED, LOG_ROLLED_BACK; ForkedError; in this order
   */
  prove({ seq, leaf }: Leaf, proof: LogProof | undefined): void {
    if (proof === undefined) throw unproven('it comes without a proof of its place')
    const { size, root } = proof.checkpoint
    const wrong = this.follow(proof)
    if (!this.#inclusion.verify({ leaf, index: seq, size, root, path: proof.inclusion })) {
      throw unproven('it is not at its place in the log')
    }
    if (wrong !== undefined) throw wrong
  }

  /**
   * Takes the step alone: of a record that is refused for what it is itself, the log may still be right, and the peer
   * goes on from there.
   * @returns what is wrong with the step: MESSAGE_UNPROVEN, LOG_UNSIGNED, LOG_ROLLED_BACK; a ForkedError
   */
  follow(proof: LogProof): MessengerError | undefined {
    const checkpoint = { origin: this.#origin, ...proof.checkpoint }
    const held = this.#proven
    if (held && isSameCheckpoint(checkpoint, held) && proof.consistency.length === 0) return undefined
    if (!isSignedBy(checkpoint, checkpoint.signature, this.#keys.keyFor(checkpoint.size))) {
      return new MessengerError('LOG_UNSIGNED', 'its log did not sign the checkpoint that it shows')
    }
    const wrong = held && this.#contradiction(held, checkpoint, proof.consistency)
    if (wrong !== undefined) return wrong
    if (held === undefined && proof.consistency.length > 0) return unproven('it goes on from what nobody holds')
    if (held !== undefined && held.size === checkpoint.size) return undefined
    this.#proven = checkpoint
    this.#unkept = checkpoint
    return undefined
  }

  #contradiction(held: SignedCheckpoint, shown: SignedCheckpoint, path: readonly Hash[]): MessengerError | undefined {
    // Of a log that goes on by a director's word the record that says so must be there.
    const isRecovery = held.signature.length === 0
    if (shown.size < held.size || (isRecovery && shown.size === held.size)) {
      const message = `its log shows ${shown.size} records, and had ${held.size} before`
      return new MessengerError('LOG_ROLLED_BACK', message)
    }
    // Two roots of one size need no path: whatever came as one is left out.
    const steps = shown.size === held.size ? [] : path
    const root = earlierRoot({ from: held.size, to: shown.size, toRoot: shown.root, path: steps })
    if (root === held.root) return undefined
    if (root === undefined) return unproven('nothing shows that its log goes on from what it was')
    if (isRecovery) return unproven('its log is not the one that a director let go on')
    return new ForkedError('its log has another past than it had before', this.#evidence(held, shown, steps))
  }

  /** Text of a tlog-proof without extra line, of a record that `prove` took, to be kept. */
  fileOf(seq: number, { checkpoint, inclusion }: LogProof): string {
    if (this.#noted === undefined || this.#noted.checkpoint.size !== checkpoint.size) {
      this.#noted = { checkpoint, note: this.#noteOf({ origin: this.#origin, ...checkpoint }) }
    }
    return formatInclusionFile({ index: seq, path: inclusion, checkpoint: this.#noted.note })
  }

  /**
   * The largest checkpoint that was proven since the last call. Whoever takes it puts it on record, or gives it back.
   */
  takeUnkept(): SignedCheckpoint | undefined {
    const unkept = this.#unkept
    this.#unkept = undefined
    return unkept
  }

  giveBack(unkept: SignedCheckpoint, recovery?: KeyChange): void {
    this.#unkept ??= unkept
    this.#recovery ??= recovery
  }

  /** As `takeUnkept`, with which it goes: the word of a director, for which the log goes on from less than was held. */
  takeRecovery(): KeyChange | undefined {
    const recovery = this.#recovery
    this.#recovery = undefined
    return recovery
  }

  #evidence(held: SignedCheckpoint, shown: SignedCheckpoint, path: readonly Hash[]): Evidence {
    return { held: this.#noteOf(held), shown: this.#noteOf(shown), path }
  }

  #noteOf(checkpoint: SignedCheckpoint): string {
    return formatCheckpoint(checkpoint, [this.#signatureOf(checkpoint)])
  }

  #signatureOf({ size, signature }: SignedCheckpoint): NoteSignature {
    const { name, keyId } = this.#keys.keyFor(size)
    return { name, keyId, bytes: signature }
  }

  /**
   * The peer's signature line under one of our checkpoints.
   * @returns undefined when it is not the peer's for this checkpoint
   */
  cosignatureLine(checkpoint: Checkpoint, { time, signature }: Cosignature): NoteSignature | undefined {
    if (!Number.isSafeInteger(time) || time < 0) return undefined
    const { witness } = this.#keys
    const line = { name: witness.name, keyId: witness.keyId, bytes: cosignatureBytes(time, signature) }
    return cosignatureTime(checkpoint, line, witness) === undefined ? undefined : line
  }
}

function unproven(why: string): MessengerError {
  return new MessengerError('MESSAGE_UNPROVEN', why)
}
