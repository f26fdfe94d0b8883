import { reasonOf } from '../errors.ts'
import { type CheckpointNote, cosignatureTime, parseCheckpoint } from '../tlog/checkpoint.ts'
import type { NoteSignature, VerifierKey } from '../tlog/note.ts'
import type { Claims } from './claims.ts'
import type { Findings } from './findings.ts'
import type { Witness } from './report.ts'

/** More names than any log has witnesses: a log must not fill the memory of who looks at it. */
const MAX_WITNESSES = 1_000

interface Cosigned {
  readonly seq: number
  readonly checkpoint: CheckpointNote
  readonly signature: NoteSignature
}

/**
 * The cosignatures that a log keeps of its own checkpoints: each root is compared, while of each witness the largest
 * alone has its signature checked, since a signature costs as much as twenty records.
 */
export class CosignatureCheck {
  readonly #findings: Findings
  readonly #claims: Claims
  readonly #witnessKeys: readonly VerifierKey[]
  readonly #isSigned: (checkpoint: CheckpointNote) => boolean
  readonly #largest = new Map<string, Cosigned>()
  #late = 0
  /** The log's own origin, once its genesis has been read. */
  origin: string | undefined

  /** @param isSigned - whether the log itself signed a checkpoint with the key in force at its size */
  constructor(
    findings: Findings,
    claims: Claims,
    witnessKeys: readonly VerifierKey[],
    isSigned: (checkpoint: CheckpointNote) => boolean,
  ) {
    this.#isSigned = isSigned
    this.#findings = findings
    this.#claims = claims
    this.#witnessKeys = witnessKeys
  }

  /** @param bytes - payload `cosignature` of an `outcome` record, which opened its commitment */
  add(seq: number, bytes: Uint8Array): void {
    const checkpoint = this.#read(seq, bytes)
    if (checkpoint === undefined) return
    const { size, root } = checkpoint
    const heldBy = `the cosignature in record ${seq}`
    const holds = this.#claims.compare({ size, root, heldBy, isSigned: () => this.#isSigned(checkpoint) })
    if (holds === undefined) this.#passOver(seq, size)
    if (holds !== true) return
    for (const signature of checkpoint.note.signatures) this.#keep({ seq, checkpoint, signature })
  }

  /** @returns of each witness whose key is not known what it is said to have seen */
  finish(): Witness[] {
    const unproven: Witness[] = []
    for (const [by, { seq, checkpoint, signature }] of this.#largest) {
      const { size } = checkpoint
      const key = this.#witnessKeys.find(({ name, keyId }) => name === by && keyId === signature.keyId)
      if (key === undefined) {
        unproven.push({ by, size, time: undefined, proven: false })
        continue
      }
      const seconds = cosignatureTime(checkpoint, signature, key)
      if (seconds !== undefined) this.#claims.witness({ by, size, time: seconds * 1_000, proven: true })
      else this.#findings.add('COSIGNATURE_WRONG', seq, `The cosignature in record ${seq} was not made by ${by}.`)
    }
    if (this.#late > 0) {
      const text = `${this.#late} cosignatures came so late that they were not compared, so they prove nothing here.`
      this.#findings.remark('COSIGNATURE_LATE', this.#claims.size, text)
    }
    return unproven
  }

  #read(seq: number, bytes: Uint8Array): CheckpointNote | undefined {
    try {
      const checkpoint = parseCheckpoint(bytes)
      const { origin } = checkpoint
      if (this.origin === undefined || origin === this.origin) return checkpoint
      this.#findings.add('COSIGNATURE_WRONG', seq, `The cosignature in record ${seq} is of another log, ${origin}.`)
    } catch (thrown) {
      const text = `The cosignature in record ${seq} cannot be read: ${reasonOf(thrown)}.`
      this.#findings.add('COSIGNATURE_WRONG', seq, text)
    }
    return undefined
  }

  /** Of more records than come before it, which nobody can have seen, or of so few that the tree no longer knows. */
  #passOver(seq: number, size: number): void {
    // A log with a gap has no roots from there on; that has a finding of its own.
    if (this.#claims.size !== seq + 1) return
    if (size <= seq) this.#late += 1
    else {
      const text = `The cosignature in record ${seq} is of ${size} records, more than there were.`
      this.#findings.add('COSIGNATURE_WRONG', seq, text)
    }
  }

  #keep(cosigned: Cosigned): void {
    const { name } = cosigned.signature
    if (name === this.origin) return
    const known = this.#largest.get(name)
    if (known === undefined && this.#largest.size === MAX_WITNESSES) return
    if (known === undefined || known.checkpoint.size <= cosigned.checkpoint.size) this.#largest.set(name, cosigned)
  }
}
