import { reasonOf } from '../errors.ts'
import { readHeadNote, withoutPadding } from '../tlog/head-note.ts'
import { type CheckpointNote, parseCheckpoint, verifyCheckpoint } from '../tlog/checkpoint.ts'
import { NOTE_KEY, parseVerifierKey, type VerifierKey } from '../tlog/note.ts'
import { Claims, type Claim } from './claims.ts'
import { CosignatureCheck } from './cosignature-check.ts'
import type { Findings } from './findings.ts'
import type { Genesis } from './genesis-check.ts'
import type { ReadEntry } from './read-entry.ts'
import type { VerifyReport } from './report.ts'
import type { VerifyOptions } from './verify-log.ts'
import { readWitnessKey } from './witness-key.ts'

/** The first batch is the genesis alone; the process may have ended before its note was written. */
const GENESIS_BATCH = 1

export type ProvenBySignature = Pick<
  VerifyReport,
  'size' | 'root' | 'headNoteSize' | 'witnessed' | 'unwitnessedSince' | 'witnesses' | 'strayCheckpoints'
>

/** Everything that was signed about a log: the head note, what the auditor gives, what others hold, cosignatures. */
export class SignedCheck {
  readonly #findings: Findings
  readonly #claims: Claims
  readonly #cosignatures: CosignatureCheck
  readonly #given: readonly CheckpointNote[]
  readonly #expectedKey: VerifierKey | undefined
  readonly #witnessKeys: readonly VerifierKey[]
  readonly #unsigned: string[] = []
  #origin: string | undefined
  #headNoteSize: number | undefined
  #headNoteFlaw: string | undefined
  /** The bytes beside the log. */
  headNote: Uint8Array | undefined

  constructor(findings: Findings, options: VerifyOptions, claims: readonly Claim[]) {
    const { checkpoints = [], witnesses = [], key } = options
    this.#findings = findings
    this.#given = checkpoints.map((bytes) => parseCheckpoint(withoutPadding(bytes)))
    this.#expectedKey = key === undefined ? undefined : parseVerifierKey(key, NOTE_KEY)
    this.#witnessKeys = witnesses.map(readWitnessKey)
    this.#claims = new Claims(findings)
    this.#claims.expect(claims)
    this.#cosignatures = new CosignatureCheck(findings, this.#claims, this.#witnessKeys)
  }

  get largestHeld(): number {
    return this.#claims.largestHeld
  }

  begin(genesis: Genesis | undefined): void {
    this.#origin = genesis?.origin
    this.#cosignatures.logKey = genesis?.key
    this.#headNoteFlaw = 'record 0 names no key'
    if (genesis !== undefined) this.#expectHeadNote(genesis.vkey)
    const key = this.#expectedKey ?? genesis?.key
    if (key !== undefined) for (const checkpoint of this.#given) this.#expectGiven(checkpoint, key)
  }

  add({ seq, leaf }: ReadEntry): void {
    this.#claims.append(seq, leaf)
  }

  addCosignature(seq: number, bytes: Uint8Array): void {
    this.#cosignatures.add(seq, bytes)
  }

  /**
   * @param recordsClaimed - number of records that the log itself says to have; infinite where nobody can tell
   * @param mayHaveNote - whether the log comes from a place that keeps head notes
   */
  finish(recordsClaimed: number, mayHaveNote: boolean): ProvenBySignature {
    this.#claims.finish(recordsClaimed)
    if (mayHaveNote && recordsClaimed === 0) this.#accuseEmptiness()
    // Where record 0 is not as it was, nobody can tell who should have signed.
    else if (this.#findings.firstBreak > 0) this.#accuseNotes(recordsClaimed, mayHaveNote)
    const unproven = this.#cosignatures.finish()
    const { size, root, witnesses } = this.#claims
    const bySize = [...witnesses.values()].toSorted((a, b) => b.size - a.size)
    const [witnessed] = bySize
    const seen = witnessed?.size ?? 0
    const strays = this.#given.filter(({ origin }) => origin !== this.#origin)
    return {
      size,
      root,
      headNoteSize: this.#headNoteSize,
      witnessed,
      unwitnessedSince: seen < recordsClaimed ? seen : undefined,
      witnesses: [...bySize, ...unproven.filter(({ by }) => !witnesses.has(by)).toSorted((a, b) => b.size - a.size)],
      strayCheckpoints: strays.map(({ origin }) => origin),
    }
  }

  #expectHeadNote(vkey: string): void {
    if (this.headNote === undefined) return
    try {
      const { size, root } = readHeadNote(this.headNote, vkey)
      this.#headNoteSize = size
      this.#claims.expect([{ size, root, heldBy: 'the head note', isSigned: () => true }])
    } catch (thrown) {
      this.#headNoteFlaw = reasonOf(thrown)
    }
  }

  #expectGiven(checkpoint: CheckpointNote, key: VerifierKey): void {
    const { origin, size, root } = checkpoint
    if (origin !== key.name) return
    const heldBy = 'the checkpoint that was given'
    try {
      const [cosigner] = verifyCheckpoint(checkpoint, key, this.#witnessKeys)
      const witness = { by: cosigner?.name ?? heldBy, time: cosigner && cosigner.time * 1_000 }
      this.#claims.expect([{ size, root, heldBy, isSigned: () => true, witness }])
    } catch (thrown) {
      this.#unsigned.push(`A checkpoint of ${size} records that was given does not belong here: ${reasonOf(thrown)}.`)
    }
  }

  #accuseNotes(recordsClaimed: number, mayHaveNote: boolean): void {
    for (const text of this.#unsigned) this.#findings.add('CHECKPOINT_UNSIGNED', 0, text)
    if (!mayHaveNote || this.#headNoteSize !== undefined || !Number.isFinite(recordsClaimed)) return
    if (this.headNote !== undefined) {
      const text = `The head note is not this log’s: ${this.#headNoteFlaw}.`
      this.#findings.add('HEAD_NOTE_WRONG', recordsClaimed, text)
    } else if (recordsClaimed > GENESIS_BATCH) {
      const text = 'The head note is gone, so nobody can tell whether records are missing at the end.'
      this.#findings.add('HEAD_NOTE_MISSING', recordsClaimed, text)
    }
  }

  /** Without a genesis there is no key to check the note with, but it would not be there without a log. */
  #accuseEmptiness(): void {
    if (this.headNote === undefined) return
    this.#findings.add('LOG_ROLLED_BACK', 0, 'The log is gone: its head note is there, and not one record.')
  }
}
