import {
  AuditError,
  type Hash,
  type KeyChange,
  type KeyEpoch,
  keyEpochs,
  keyInForce,
  originOf,
  parseRecord,
  reasonOf,
  type SignedCheckpoint,
} from '@branchline/audit-sink'
import {
  COSIGNATURE_KEY,
  isSignedBy,
  NOTE_KEY,
  parseVerifierKey,
  type VerifierKey,
  witnessKeyOf,
} from '@branchline/audit-sink/tlog'
import { MessengerError } from '../errors.ts'
import { MAX_STATEMENTS } from '../limits.ts'
import type { Hello } from '../wire/frame.ts'

/** What is held of a peer's log, for its next proof to go on from. */
export interface Base {
  readonly checkpoint: SignedCheckpoint
  /** The director's word by which the log goes on from less than we held; the checkpoint is then not signed. */
  readonly recovery?: KeyChange
}

const NOT_SIGNED = new Uint8Array()
const ROOT_BYTES = 32

/** The keys that a peer's log has had, by its hello (spec/wire.md section 3). */
export class PeerKeys {
  readonly #epochs: readonly (KeyEpoch & { readonly key: VerifierKey })[]
  /** Under which the peer cosigns now. */
  readonly witness: VerifierKey

  private constructor(epochs: readonly KeyEpoch[]) {
    this.#epochs = epochs.map((epoch) => ({ ...epoch, key: parseVerifierKey(epoch.vkey, NOTE_KEY) }))
    this.witness = parseVerifierKey(witnessKeyOf((epochs.at(-1) as KeyEpoch).vkey), COSIGNATURE_KEY)
  }

  /**
   * @param directors - verifier keys of the directors who are believed here
   * @throws MessengerError LOG_UNKNOWN, LOG_KEY_CHANGED, LOG_DIRECTOR_UNKNOWN; in this order
   */
  static in({ genesis, continuations }: Hello, peer: string, directors: readonly string[]): PeerKeys {
    const first = keyIn(genesis, peer)
    let epochs: readonly KeyEpoch[]
    try {
      epochs = keyEpochs(first, changesIn(continuations))
    } catch (cause) {
      throw new MessengerError('LOG_KEY_CHANGED', `the log of ${peer} changes its key: ${reasonOf(cause)}`, { cause })
    }
    const stranger = epochs.find(({ director }) => director !== undefined && !directors.includes(director))
    if (stranger !== undefined) {
      const message = `the log of ${peer} goes on from record ${stranger.from - 1} by the word of ${stranger.director}, who is no director here`
      throw new MessengerError('LOG_DIRECTOR_UNKNOWN', message)
    }
    return new PeerKeys(epochs)
  }

  /** The key that signs for so many records. */
  keyFor(size: number): VerifierKey {
    return (this.#epochs.findLast(({ from }) => from <= size) ?? this.#epochs[0])?.key as VerifierKey
  }

  /** Whether it signs for the log, or did. */
  everHad(key: string): boolean {
    return this.#epochs.some(({ vkey }) => vkey === key)
  }

  /** @returns undefined when none of its keys signed what is held */
  baseFor(held: SignedCheckpoint): Base | undefined {
    return baseIn(this.#epochs, held)
  }
}

/**
 * What a log is to go on from, for somebody who holds this checkpoint of it: that, or, when the key in force at its size
 * did not sign it, what a director let the log go on from after the key that did. Both ends come to the same.
 * @returns undefined when none of its keys signed it
 */
export function baseIn(epochs: readonly KeyEpoch[], held: SignedCheckpoint): Base | undefined {
  const isBy = (size: number): boolean => {
    return isSignedBy(held, held.signature, parseVerifierKey(keyInForce(epochs, size), NOTE_KEY))
  }
  if (isBy(held.size)) return { checkpoint: held }
  const recovery = epochs.find(({ from, director, change }) => {
    return director !== undefined && change !== undefined && from <= held.size && isBy(change.record.seq)
  })?.change
  if (recovery === undefined) return undefined
  const { record, root } = recovery
  return { checkpoint: { origin: held.origin, size: record.seq, root, signature: NOT_SIGNED }, recovery }
}

function changesIn(continuations: Hello['continuations']): KeyChange[] {
  if (continuations.length > MAX_STATEMENTS) throw new RangeError(`there are more than ${MAX_STATEMENTS} statements`)
  return continuations.map(({ record: line, root }) => {
    if (root.length !== ROOT_BYTES) throw new RangeError('a root has 32 bytes')
    return { record: parseRecord(line), line, root: Buffer.from(root).toString('hex') satisfies Hash }
  })
}

function keyIn(genesis: Uint8Array, peer: string): string {
  try {
    const { kind, actor, detail } = parseRecord(genesis)
    const key = String(detail?.['key'])
    const isTheirs = kind === 'genesis' && actor === peer && detail?.['origin'] === originOf(peer)
    if (isTheirs && parseVerifierKey(key, NOTE_KEY).name === originOf(peer)) return key
  } catch (cause) {
    if (!(cause instanceof AuditError)) throw cause
    throw new MessengerError('LOG_UNKNOWN', `${peer} did not say which log is theirs`, { cause })
  }
  throw new MessengerError('LOG_UNKNOWN', `${peer} named a log that is not theirs`)
}
