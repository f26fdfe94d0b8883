import { reasonOf } from '../errors.ts'
import type { Hash } from '../hash.ts'
import { MAX_CONTINUATIONS } from '../limits.ts'
import { epochAfter, type KeyChange, type KeyEpoch } from '../keys/epochs.ts'
import { bearsSignature, type CheckpointNote } from '../tlog/checkpoint.ts'
import { NOTE_KEY, parseVerifierKey, type VerifierKey } from '../tlog/note.ts'
import type { Findings } from './findings.ts'

/** Who signed a checkpoint of a log, as far as its keys go. */
export interface Standing {
  /**
   * - `signed`: by the key in force at its size
   * - `lost`: by the key before a director's recovery, for more records than that kept
   * - `unbelieved`: by a key that a director put in force who is not known here
   */
  readonly by: 'signed' | 'lost' | 'unbelieved'
  /** The seq of the recovery by a known director that explains it when it does not fit the log. */
  readonly recovery?: number | undefined
  /** Of `signed` and `lost`. */
  readonly key?: VerifierKey
}

interface Keyed {
  /** The smallest size for which the key signs. */
  readonly from: number
  readonly key: VerifierKey
}

interface Recovery {
  readonly seq: number
  readonly before: VerifierKey
}

/** A statement that could not be followed. */
interface Unfollowed {
  readonly seq: number
  readonly why: string
  readonly key: VerifierKey | undefined
}

/** The keys of one log, as its records name them while they are read (spec/audit-log.md section 12). */
export class KeyHistory {
  readonly #directors: ReadonlySet<string>
  /** As the records name them; undefined when the genesis names no key. */
  readonly #epochs: KeyEpoch[] | undefined
  /** By key, those whom to believe, and from a recovery by an unknown director on the others. */
  readonly #believed: Keyed[] = []
  readonly #unbelieved: Keyed[] = []
  readonly #recoveries: Recovery[] = []
  #unfollowed: Unfollowed[] = []
  /** Records that a recovery says to be lost: its seq, and the largest size that was known. */
  readonly knownSizes = new Map<number, number>()
  /** Recoveries by directors who are not known: their seq, and the director's verifier key. */
  readonly unknownDirectors = new Map<number, string>()

  /**
   * @param genesisKey - verifier key that record 0 names
   * @param directors - verifier keys of those who are believed
   */
  constructor(genesisKey: string | undefined, directors: readonly string[]) {
    this.#directors = new Set(directors)
    const key = genesisKey === undefined ? undefined : readKey(genesisKey)
    if (genesisKey === undefined || key === undefined) return
    this.#epochs = [{ from: 0, vkey: genesisKey }]
    this.#believed.push({ from: 0, key })
  }

  /** Verifier keys that were ever in force, or are said to have been. */
  get all(): readonly string[] {
    return [...new Set((this.#epochs ?? []).map(({ vkey }) => vkey))]
  }

  /** Whether it is not known yet if a statement was wrong, or only something before it. */
  get isOpen(): boolean {
    return this.#unfollowed.length > 0
  }

  /** @param change - a statement of continuation; its root is undefined where records before it are missing */
  add(change: Omit<KeyChange, 'root'> & { readonly root: Hash | undefined }): void {
    const { record, root } = change
    const { seq, detail } = record
    const key = readKey(String(detail?.['key']))
    const before = this.#epochs?.at(-1)
    if (this.#epochs === undefined || before === undefined) return
    if (root === undefined) {
      this.#pass({ seq, why: 'records before it are missing', key })
      return
    }
    try {
      const epoch = epochAfter(this.#epochs, { ...change, root })
      this.#epochs.push(epoch)
      this.#follow(epoch, readKey(before.vkey) as VerifierKey, key as VerifierKey)
    } catch (thrown) {
      this.#pass({ seq, why: reasonOf(thrown), key })
    }
  }

  /** A log must not fill the memory of who looks at it: after so many one more says nothing new. */
  #pass(unfollowed: Unfollowed): void {
    if (this.#unfollowed.length < MAX_CONTINUATIONS) this.#unfollowed.push(unfollowed)
  }

  #follow({ from, director, change }: KeyEpoch, before: VerifierKey, key: VerifierKey): void {
    const seq = from - 1
    const knownSize = change?.record.detail?.['known-size']
    if (typeof knownSize === 'number' && knownSize > seq) this.knownSizes.set(seq, knownSize)
    const isKnown = director === undefined || this.#directors.has(director)
    if (!isKnown) this.unknownDirectors.set(seq, director)
    // What a key that is not believed signs for is not believed either.
    if (this.unknownDirectors.size > 0) {
      this.#unbelieved.push({ from, key })
      return
    }
    this.#believed.push({ from, key })
    if (director !== undefined) this.#recoveries.push({ seq, before })
  }

  /**
   * Tells of statements that are wrong. One over records that are not as they were cannot be checked: then both keys may
   * sign.
   * @param findings - without it every statement counts as one that cannot be checked
   */
  settle(findings?: Findings): void {
    for (const { seq, why, key } of this.#unfollowed) {
      if (findings !== undefined && findings.firstBreak >= seq) {
        findings.add('CONTINUATION_WRONG', seq, `The change of the log’s key in record ${seq} does not hold: ${why}.`)
      } else if (key !== undefined) {
        const keys = [...this.#inForce(Number.POSITIVE_INFINITY), key]
        this.#believed.push(...keys.map((each) => ({ from: seq + 1, key: each })))
      }
    }
    this.#unfollowed = []
  }

  /** Says of each statement that it is there: a change of the key is worth a look, be it ever so well signed. */
  remarkOn(findings: Findings): void {
    for (const { from, director } of this.#epochs?.slice(1) ?? []) {
      const seq = from - 1
      if (director === undefined) {
        findings.remark(
          'KEY_CHANGED',
          seq,
          `From record ${seq} on the log is signed with another key, as the old one signed.`,
        )
      } else {
        const who = this.#directors.has(director) ? 'a director who is known here' : 'somebody who is not known here'
        findings.remark(
          'LOG_CONTINUED',
          seq,
          `From record ${seq} on the log goes on by the word of ${director}, ${who}.`,
        )
      }
    }
  }

  /** The seq of the known director's recovery that is the record at a place. */
  recoveryAt(place: number): number | undefined {
    return this.#recoveries.find(({ seq }) => seq === place)?.seq
  }

  /** The seq of the known director's recovery before a size that left this key in force. */
  recoveryUnder(vkey: string, size: number): number | undefined {
    const key = readKey(vkey)
    return this.#recoveries.findLast(({ seq, before }) => seq < size && key !== undefined && isSame(before, key))?.seq
  }

  standingOf(checkpoint: CheckpointNote): Standing | undefined {
    return this.standing(checkpoint.size, (key) => bearsSignature(checkpoint, key))
  }

  /**
   * @param verifies - whether the checkpoint in question bears a right signature by this key
   * @returns undefined when no key signed it that could have
   */
  standing(size: number, verifies: (key: VerifierKey) => boolean): Standing | undefined {
    const signer = this.#inForce(size).find(verifies)
    const recovery = this.#recoveries.findLast(
      ({ seq, before }) => seq < size && (signer === undefined ? verifies(before) : isSame(signer, before)),
    )
    if (signer !== undefined) return { by: 'signed', recovery: recovery?.seq, key: signer }
    if (recovery !== undefined) return { by: 'lost', recovery: recovery.seq, key: recovery.before }
    return this.#unbelieved.some(({ from, key }) => from <= size && verifies(key)) ? { by: 'unbelieved' } : undefined
  }

  /** One, but where a statement could not be checked. */
  #inForce(size: number): VerifierKey[] {
    const from = this.#believed.findLast((each) => each.from <= size)?.from
    return this.#believed.filter((each) => each.from === from).map(({ key }) => key)
  }
}

function isSame(one: VerifierKey, other: VerifierKey): boolean {
  return one.keyId === other.keyId && one.key.equals(other.key)
}

function readKey(vkey: string): VerifierKey | undefined {
  try {
    return parseVerifierKey(vkey, NOTE_KEY)
  } catch {
    return undefined
  }
}
