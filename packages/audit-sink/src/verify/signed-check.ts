import { reasonOf } from '../errors.ts'
import { isContinuation } from '../record/continuation.ts'
import { type CheckpointNote, parseCheckpoint, verifyCheckpoint } from '../tlog/checkpoint.ts'
import { parseHeadNote, withoutPadding } from '../tlog/head-note.ts'
import type { StoredEntry } from '../store.ts'
import { NOTE_KEY, parseVerifierKey, type VerifierKey } from '../tlog/note.ts'
import { Claims, type Claim } from './claims.ts'
import { CosignatureCheck } from './cosignature-check.ts'
import type { Findings } from './findings.ts'
import type { Genesis } from './genesis-check.ts'
import { KeyHistory, type Standing } from './key-history.ts'
import type { ReadEntry } from './read-entry.ts'
import type { VerifyReport } from './report.ts'
import type { VerifyOptions } from './verify-log.ts'
import { readWitnessKey } from './witness-key.ts'

/** The first batch is the genesis alone; the process may have ended before its note was written. */
const GENESIS_BATCH = 1

const UNBELIEVED = 'its key was put in force by a director who is not known here'

export type ProvenBySignature = Pick<
  VerifyReport,
  'size' | 'root' | 'headNoteSize' | 'witnessed' | 'unwitnessedSince' | 'witnesses' | 'strayCheckpoints'
> & {
  /** Recoveries by directors who are not known: their seq, and the director's verifier key. */
  readonly unknownDirectors: readonly { readonly seq: number; readonly key: string }[]
}

/** Everything that was signed about a log: the head note, what the auditor gives, what others hold, cosignatures. */
export class SignedCheck {
  readonly #findings: Findings
  readonly #claims: Claims
  readonly #cosignatures: CosignatureCheck
  readonly #given: readonly CheckpointNote[]
  readonly #expectedVkey: string | undefined
  readonly #expectedKey: VerifierKey | undefined
  readonly #witnessKeys: readonly VerifierKey[]
  readonly #unsigned: string[] = []
  #origin: string | undefined
  #headNoteSize: number | undefined
  #headNoteFlaw: string | undefined
  readonly #directors: readonly string[]
  #keys: KeyHistory
  readonly #atTheEnd: (() => void)[] = []
  /** The bytes beside the log. */
  headNote: Uint8Array | undefined

  constructor(findings: Findings, options: VerifyOptions, claims: readonly Claim[]) {
    const { checkpoints = [], witnesses = [], directors = [], key } = options
    for (const director of directors) parseVerifierKey(director, NOTE_KEY)
    this.#directors = directors
    this.#expectedVkey = key
    this.#keys = new KeyHistory(undefined, directors)
    this.#findings = findings
    this.#given = checkpoints.map((bytes) => parseCheckpoint(withoutPadding(bytes)))
    this.#expectedKey = key === undefined ? undefined : parseVerifierKey(key, NOTE_KEY)
    this.#witnessKeys = witnesses.map(readWitnessKey)
    this.#claims = new Claims(findings)
    this.#claims.expect(claims)
    this.#cosignatures = new CosignatureCheck(
      findings,
      this.#claims,
      this.#witnessKeys,
      (checkpoint) => this.#keys.standingOf(checkpoint)?.by === 'signed',
    )
  }

  get largestHeld(): number {
    return this.#claims.largestHeld
  }

  begin(genesis: Genesis | undefined): void {
    this.#origin = genesis?.origin
    this.#keys = new KeyHistory(genesis?.key && genesis.vkey, this.#directors)
    this.#cosignatures.origin = genesis?.key?.name
    this.#headNoteFlaw = 'record 0 names no key of it'
    if (genesis?.key !== undefined) this.#expectHeadNote(genesis.key)
    const key = this.#expectedKey ?? genesis?.key
    if (key === undefined) return
    const isOther = this.#expectedKey !== undefined && this.#expectedKey.keyId !== genesis?.key?.keyId
    const keys = isOther ? new KeyHistory(this.#expectedVkey, []) : this.#keys
    for (const checkpoint of this.#given) {
      if (checkpoint.origin !== key.name) continue
      this.#weighInTime(checkpoint, keys, (standing) => this.#takeGiven(checkpoint, key, standing))
    }
  }

  add({ seq, leaf, record }: ReadEntry, { line }: StoredEntry): void {
    if (record !== undefined && record.seq === seq && isContinuation(record)) {
      this.#keys.add({ record, line, root: this.#claims.size === seq ? this.#claims.root : undefined })
    }
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
    this.#keys.settle(this.#findings)
    this.#keys.remarkOn(this.#findings)
    for (const weigh of this.#atTheEnd) weigh()
    for (const [seq, size] of this.#keys.knownSizes) this.#claims.lose(seq, { size, heldBy: 'its own statement' })
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
      unknownDirectors: [...this.#keys.unknownDirectors].map(([seq, key]) => ({ seq, key })),
    }
  }

  #expectHeadNote({ name }: VerifierKey): void {
    if (this.headNote === undefined) return
    try {
      const checkpoint = parseHeadNote(this.headNote)
      this.#headNoteFlaw = `the head note is not signed by ${name}`
      this.#weighInTime(checkpoint, this.#keys, (standing) => this.#takeHeadNote(checkpoint, standing))
    } catch (thrown) {
      this.#headNoteFlaw = reasonOf(thrown)
    }
  }

  #takeHeadNote({ size, root }: CheckpointNote, standing: Standing | undefined): void {
    if (standing?.by === 'unbelieved') this.#headNoteFlaw = UNBELIEVED
    if (standing?.by === 'lost') this.#headNoteFlaw = 'it is of records that were lost'
    if (standing?.by === 'signed') this.#headNoteSize = size
    this.#expect(standing, { size, root, heldBy: 'the head note', isSigned: () => true })
  }

  #takeGiven(checkpoint: CheckpointNote, key: VerifierKey, standing: Standing | undefined): void {
    const { size, root } = checkpoint
    const heldBy = 'the checkpoint that was given'
    try {
      if (standing?.by === 'unbelieved') throw new Error(UNBELIEVED)
      const [cosigner] = verifyCheckpoint(checkpoint, standing?.key ?? key, this.#witnessKeys)
      if (standing === undefined) throw new Error('its key was not in force at that size')
      const witness = { by: cosigner?.name ?? heldBy, time: cosigner && cosigner.time * 1_000 }
      this.#expect(standing, { size, root, heldBy, isSigned: () => true, witness })
    } catch (thrown) {
      this.#unsigned.push(`A checkpoint of ${size} records that was given does not belong here: ${reasonOf(thrown)}.`)
    }
  }

  #expect(standing: Standing | undefined, claim: Claim): void {
    if (standing === undefined || standing.by === 'unbelieved') return
    this.#claims.expect([{ ...claim, recovery: standing.recovery, isLost: standing.by === 'lost' }])
  }

  /**
   * Weighs a checkpoint when the log has been read to its size, so that the key in force there is known, and at the end
   * at the latest.
   */
  #weighInTime(checkpoint: CheckpointNote, keys: KeyHistory, take: (standing: Standing | undefined) => void): void {
    let isTaken = false
    const weigh = (isLast: boolean): void => {
      if (isTaken || (keys.isOpen && !isLast)) return
      isTaken = true
      take(keys.standingOf(checkpoint))
    }
    this.#claims.whenReached(checkpoint.size, () => weigh(false))
    this.#atTheEnd.push(() => weigh(true))
  }

  #accuseNotes(recordsClaimed: number, mayHaveNote: boolean): void {
    for (const text of this.#unsigned) this.#findings.add('CHECKPOINT_UNSIGNED', 0, text)
    // Its note was to be written next (section 9).
    if (this.#keys.recoveryAt(recordsClaimed - 1) !== undefined) return
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
